"""Message-IDs, dates and structured parameters (RFC 5322, RFC 2231), read without complaint."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from mailsync.reading import charset, encoded_words
from mailsync.reading.limits import PARAMETERS

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_REFERENCES = 200
_SEGMENT = re.compile(r"^(.+?)(?:\*(\d{1,3}))?(\*)?$")


def message_ids(value: str) -> tuple[str, ...]:
    """Each `<id>` of Message-ID, In-Reply-To or References, once, in order; a bare `a@b` is given its brackets."""
    found = _MESSAGE_ID.findall(value)[:_REFERENCES]
    if not found and "@" in value and len(value) < 900 and not re.search(r"[\s<>]", value.strip()):
        found = [f"<{value.strip()}>"]
    return tuple(dict.fromkeys(found))


def date(value: str) -> datetime | None:
    """An aware time, or None; without a zone it is taken as UTC (RFC 5322, 3.3: -0000)."""
    parsed = parsedate_tz(value[:120])
    if parsed is None:
        return None
    year, month, day, hour, minute, second = parsed[:6]
    offset = parsed[9] or 0
    try:
        zone = timezone(timedelta(seconds=offset)) if offset else UTC
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def _pieces(value: str) -> list[str]:
    """The value cut at semicolons that stand outside quoted strings."""
    pieces: list[str] = []
    start, quoted, position = 0, False, 0
    while position < len(value) and len(pieces) < PARAMETERS:
        char = value[position]
        if char == "\\" and quoted:
            position += 1
        elif char == '"':
            quoted = not quoted
        elif char == ";" and not quoted:
            pieces.append(value[start:position])
            start = position + 1
        position += 1
    return [*pieces, value[start:]]


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == '"':
        value = value[1 : -1 if value.endswith('"') else None]
        return re.sub(r"\\(.)", r"\1", value)
    return value


def parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """The value proper in lower case, and its parameters decoded (RFC 2045, 5.1; RFC 2231).

    Read as well: RFC 2047 words where they are not allowed, raw 8-bit, blanks around "=", numbered segments without
    or out of order.
    """
    first, *others = _pieces(encoded_words.unfold(raw).decode("latin-1"))
    plain: dict[str, str] = {}
    segments: dict[str, list[tuple[int, bool, str]]] = {}
    for piece in others:
        name, equals, value = piece.partition("=")
        found = _SEGMENT.match(name.strip().casefold())
        if not equals or found is None:
            continue
        if found[2] is None and found[3] is None:
            plain.setdefault(found[1], _unquoted(value))
        else:
            segments.setdefault(found[1], []).append((int(found[2] or 0), found[3] is not None, _unquoted(value)))
    known = {name: encoded_words.decode(value.encode("latin-1")) for name, value in plain.items()}
    known |= {name: _extended(found) for name, found in segments.items()}
    return first.strip().casefold(), known


def _extended(segments: list[tuple[int, bool, str]]) -> str:
    """A parameter in RFC 2231 form, its segments joined before the octets become characters."""
    segments.sort(key=lambda segment: segment[0])
    label: str | None = None
    octets = b""
    _, encoded, text = segments[0]
    if encoded and text.count("'") >= 2:
        label, _, text = text.split("'", 2)
        segments[0] = (0, True, text)
    for _, encoded, text in segments:
        octets += unquote_to_bytes(text.encode("latin-1")) if encoded else text.encode("latin-1")
    if not label and b"=?" in octets:
        return encoded_words.decode(octets)
    return charset.decode(octets, label or None)[0].replace("\n", " ")
