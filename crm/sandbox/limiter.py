"""The service's side of the rate limit: refuse above so many calls a second, block who goes on (fact sheet, 2)."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from crm.sandbox.problems import Problem
from crm.sandbox.switches import Switches


@dataclass(slots=True)
class _Caller:
    recent: deque[float] = field(default_factory=deque)
    refused_until: float = 0.0
    refused: int = 0
    blocked_until: float = 0.0


class Limiter:
    """Counts the calls of each integration, and of all of them together, in a sliding second."""

    def __init__(self) -> None:
        self._callers: dict[str, _Caller] = defaultdict(_Caller)
        self._account: deque[float] = deque()

    def check(self, client_id: str, now: float, switches: Switches) -> Problem | None:
        """Why a call is refused: 403 while blocked, 429 above the limit and until `retry_after` has passed."""
        caller = self._callers[client_id]
        if now < caller.blocked_until:
            return Problem(403, "Blocked", html=True)
        mine = switches.requests_per_second
        everybodys = max(mine, switches.account_requests_per_second)  # never less than for one alone
        has_room = (
            _in_the_last_second(caller.recent, now) < mine and _in_the_last_second(self._account, now) < everybodys
        )
        if now >= caller.refused_until and has_room:
            caller.recent.append(now)
            self._account.append(now)
            caller.refused = 0
            return None
        return self._refuse(caller, now, switches)

    def is_blocked(self, now: float) -> bool:
        """Whether the address is blocked, which the token endpoint feels as well."""
        return any(now < caller.blocked_until for caller in self._callers.values())

    def _refuse(self, caller: _Caller, now: float, switches: Switches) -> Problem:
        if now >= caller.refused_until:
            caller.refused_until = now + switches.retry_after
        caller.refused += 1
        if caller.refused > switches.abuse_limit:
            caller.blocked_until = now + switches.block_seconds
            return Problem(403, "Blocked", html=True)
        return too_many(switches, switches.retry_after, html=switches.limit_answer == "html")


def _in_the_last_second(times: deque[float], now: float) -> int:
    while times and times[0] <= now - 1:
        times.popleft()
    return len(times)


def too_many(switches: Switches, retry_after: float, *, html: bool) -> Problem:
    """429 as documented, or as the gateway words it: HTML and, unless switched on, nothing about when to return."""
    headers = {"Retry-After": str(round(retry_after))} if switches.retry_after_header else {}
    return Problem(429, "Request limit reached", html=html, extra={"retry_after": round(retry_after)}, headers=headers)
