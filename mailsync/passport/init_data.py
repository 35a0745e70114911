"""Who opened the Mini App: `initData`, checked by Telegram's rule (pure).

https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

LIVES = 86_400  # seconds
CLOCK_DIFFERS = 60  # seconds that Telegram's clock may be ahead of ours
LONGEST = 8_192
MOST_FIELDS = 40
NAME_LIMIT = 200


class BadInitData(ValueError):  # noqa: N818 - what is wrong with it stands in the message
    """Not to be trusted; the message says why and holds nothing of the data."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user of Telegram. `name` is what he calls himself, "" where he does not say."""

    telegram_id: str
    name: str = ""


def check(init_data: str, bot_token: str, now: float) -> Visitor:
    """The user behind `initData`, `now` in Unix seconds. Raises BadInitData."""
    fields = _fields(init_data)
    given = fields.pop("hash", "")
    # The newer `signature` (Ed25519, for third parties) is one of the hashed fields; what old clients and some
    # libraries make leaves it out. It is not used here, so either hash proves all the rest.
    bare = {name: value for name, value in fields.items() if name != "signature"}
    claimed = given.lower().encode("utf-8", "replace")
    proven = [hmac.compare_digest(sign(some, bot_token), claimed) for some in (fields, bare)]
    if not any(proven):
        raise BadInitData("the hash does not fit: forged, or of another bot")
    _check_age(fields.get("auth_date", ""), now)
    return _visitor(fields.get("user", ""))


def sign(fields: Mapping[str, str], bot_token: str) -> bytes:
    """The hash that Telegram gives these fields, hexadecimal."""
    key = hmac.digest(b"WebAppData", bot_token.encode(), "sha256")
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    return hmac.new(key, lines.encode("utf-8", "replace"), hashlib.sha256).hexdigest().encode()


def _fields(init_data: str) -> dict[str, str]:
    if not init_data or len(init_data) > LONGEST:
        raise BadInitData("initData is empty or too long")
    try:
        pairs = parse_qsl(init_data, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadInitData("initData has too many fields") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadInitData("a field of initData comes twice")
    return fields


def _check_age(auth_date: str, now: float) -> None:
    if not auth_date.isascii() or not auth_date.isdecimal() or len(auth_date) > 12:
        raise BadInitData("initData does not say when it was made")
    age = now - int(auth_date)
    if age > LIVES:
        raise BadInitData("initData is older than a day")
    if age < -CLOCK_DIFFERS:
        raise BadInitData("initData is from the future")


def _visitor(user: str) -> Visitor:
    try:
        told = json.loads(user)
    except ValueError:
        raise BadInitData("initData names no user") from None
    number = told.get("id") if isinstance(told, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        raise BadInitData("initData names no user")
    names = [told.get("first_name"), told.get("last_name")]
    name = " ".join(part.strip() for part in names if isinstance(part, str) and part.strip())
    return Visitor(str(number), name[:NAME_LIMIT])
