"""What all of `/passport/…` answers alike: refusals, moments, a journal that is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, TypeVar

from mailsync.errors import TemporaryFailure
from mailsync.web.problems import Problem, Told, unavailable

Result = TypeVar("Result")

JOURNAL_SECONDS = 5.0
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Told, "description": "no valid key, no valid initData"},
    403: {"model": Told, "description": "not for this caller"},
    404: {"model": Told, "description": "no such machine, or not the caller's"},
    422: {"model": Told, "description": "cannot be read"},
    503: {"model": Told, "description": "not configured, or the journal is away"},
}


async def in_time(asked: Awaitable[Result]) -> Result:
    """What the journal reads. Raises Problem 503 where it is away or slow."""
    try:
        async with asyncio.timeout(JOURNAL_SECONDS):
            return await asked
    except TemporaryFailure as failure:
        raise unavailable(failure) from failure
    except TimeoutError:
        raise Problem(503, "the journal is too slow", headers={"Retry-After": "30"}) from None


def moment(seconds: float) -> datetime:
    """Whole seconds, in UTC."""
    return datetime.fromtimestamp(int(seconds), UTC)


def unknown() -> Problem:
    """404, the same for a machine that is not there and for one of somebody else's."""
    return Problem(404, "the digital passport knows no such machine", cure="look at the serial number")
