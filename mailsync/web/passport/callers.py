"""Who asks the digital passport: the platform by its key, or a customer by what Telegram has signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader

from mailsync.passport.init_data import BadInitData, Visitor, check
from mailsync.web.keys import is_one_of, keys_of
from mailsync.web.problems import Problem
from mailsync.web.services import Here, Services

CURE = "send Authorization: Bearer KEY, or Authorization: tma INIT-DATA from the Mini App"
_header = APIKeyHeader(
    name="Authorization",
    scheme_name="Passport",
    auto_error=False,
    description="`Bearer KEY` of the platform, or `tma INIT-DATA` from the Mini App",
)
OPEN_AGAIN = "закройте и откройте приложение в Telegram ещё раз"


@dataclass(frozen=True, slots=True)
class Caller:
    """`visitor` is the customer; None for the platform, which sees everything."""

    visitor: Visitor | None = None

    def may_see(self, telegram_id: str | None) -> bool:
        return self.visitor is None or self.visitor.telegram_id == telegram_id


async def caller(services: Here, authorization: Annotated[str | None, Security(_header)] = None) -> Caller:
    """Who calls. Raises Problem 401, or 503 where that way in is not configured."""
    scheme, _, proof = (authorization or "").partition(" ")
    match scheme.lower():
        case "bearer":
            return _platform(services, proof.strip())
        case "tma":
            return Caller(_visitor(services, proof.strip()))
    raise _refused("no key and no initData", CURE)


async def platform(who: Annotated[Caller, Depends(caller)]) -> None:
    """Lets the platform in alone. Raises Problem 403."""
    if who.visitor is not None:
        raise Problem(403, "only the platform may change a machine", cure="send Authorization: Bearer KEY")


async def customer(who: Annotated[Caller, Depends(caller)]) -> Visitor:
    """Lets customers in alone. Raises Problem 403."""
    if who.visitor is None:
        raise Problem(403, "only a customer in the Mini App", cure="the platform sends requests to /ingest/leads")
    return who.visitor


def _platform(services: Services, key: str) -> Caller:
    keys = keys_of(services.settings.passport_key)
    if not keys:
        raise Problem(503, "not configured", cure="set MAILSYNC_WEB__PASSPORT_KEY")
    if not is_one_of(key, keys):
        raise _refused("no valid key", CURE)
    return Caller()


def _visitor(services: Services, init_data: str) -> Visitor:
    token = services.bot_token.get_secret_value()
    if not token:
        raise Problem(503, "not configured", cure="set MAILSYNC_TELEGRAM__BOT_TOKEN")
    try:
        return check(init_data, token, services.clock.now())
    except BadInitData as failure:
        raise _refused(str(failure), OPEN_AGAIN) from None


def _refused(why: str, cure: str) -> Problem:
    return Problem(401, why, cure=cure, headers={"WWW-Authenticate": "Bearer, tma"})
