"""One limiter for the whole process: how often, how many at once, when to pause and when to stop.

The service counts calls when they arrive, we know only when they leave and when their answers come. A call
therefore counts from its start until one second after its end: whatever the network does in between, no sliding
second at the service can hold more than `ceiling` of ours.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from crm import cures
from crm.clock import Clock
from crm.errors import Blocked, NotSent, RateLimited

WINDOW = 1.01  # seconds; a hair above one, so that rounding never counts against us
LONGEST_BACKOFF = 300.0
SLOWEST = 16.0  # times slower than the setting, after refusals one upon another
RECOVERY = 0.98  # of the slowness is left after each success
TICK = 1e-6  # seconds; a shorter wait is rounding, and a clock might never get past it


@dataclass(slots=True)
class _Call:
    ended: float | None = None


class Limiter:
    """Grants turns. `rate` calls a second in the long run, `ceiling` in any second, `concurrency` at once.

    `on_change` is told the Blocked error when calls stop and None when they go on: the place for an alert.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        rate: float = 5.0,
        ceiling: int = 7,
        concurrency: int = 4,
        probe_interval: float = 300.0,
        jitter: Callable[[], float] = random.random,
        on_change: Callable[[Blocked | None], None] | None = None,
    ) -> None:
        self._clock = clock
        self._interval = 1 / rate
        self._burst = min(ceiling, 5)
        self._ceiling = ceiling
        self._probe_interval = probe_interval
        self._jitter = jitter
        self._on_change = on_change
        self._slots = asyncio.Semaphore(concurrency)
        self._turn = asyncio.Lock()
        self._calls: list[_Call] = []
        self._due = 0.0  # when the bucket is full again (generic cell rate algorithm)
        self._paused_until = 0.0
        self._refusals = 0  # 429s in a row
        self._slowness = 1.0
        self._blocked: Blocked | None = None
        self._probe_at = 0.0

    @asynccontextmanager
    async def turn(self, deadline: float, *, probe: bool = False) -> AsyncIterator[None]:
        """Wait for a turn and hold it for one call; `deadline` is monotonic. A probe goes out while calls are stopped.

        Raises Blocked while calls are stopped, RateLimited where a pause outlasts the deadline, NotSent when no
        turn came in time. None of them has sent anything.
        """
        try:
            async with asyncio.timeout(max(0.0, deadline - self._clock.monotonic())):
                await self._slots.acquire()
        except TimeoutError as error:
            raise NotSent("no turn came before the deadline", retry_after=1.0) from error
        try:
            async with self._turn:
                await self._wait(deadline, probe=probe)
                call = self._start()
            try:
                yield
            finally:
                call.ended = self._clock.monotonic()
        finally:
            self._slots.release()

    def pause(self, retry_after: float | None) -> float:
        """Everybody waits after a 429: as long as the service says, else doubling from 1 s with jitter up to 5 min."""
        now = self._clock.monotonic()
        if now >= self._paused_until:  # of several refusals in one burst the first counts
            self._refusals += 1
            self._slowness = min(SLOWEST, self._slowness * 2)
        if retry_after is None:
            backoff = min(LONGEST_BACKOFF, 2.0 ** max(0, self._refusals - 1))
            retry_after = backoff * (0.75 + 0.5 * self._jitter())
        seconds = min(max(retry_after, 0.0), 3600.0)
        self._paused_until = max(self._paused_until, now + seconds)
        self._due = max(self._due, self._paused_until + self._spacing * (self._burst - 1))  # no burst after a pause
        return self._paused_until - now

    def succeeded(self) -> None:
        """An answer other than 429 came: the next back-off begins anew, and the rate creeps back to its setting."""
        self._refusals = 0
        self._slowness = max(1.0, self._slowness * RECOVERY)

    @property
    def blocked(self) -> Blocked | None:
        """The error that stopped all calls, or None."""
        return self._blocked

    @property
    def probe_due(self) -> bool:
        """Whether calls are stopped and it is time to try one."""
        return self._blocked is not None and self._clock.monotonic() >= self._probe_at

    def block(self, error: Blocked) -> None:
        """Stop all calls until `unblock`; a probe may be made after the probe interval."""
        first = self._blocked is None
        self._blocked = error
        self._probe_at = self._clock.monotonic() + self._probe_interval
        error.retry_after = self._probe_interval
        if first and self._on_change:
            self._on_change(error)

    def unblock(self) -> None:
        """A probe succeeded: calls go on, slowly at first."""
        if self._blocked is not None:
            self._blocked = None
            self._slowness = SLOWEST
            self._due = self._clock.monotonic() + self._spacing * self._burst
            if self._on_change:
                self._on_change(None)

    def check(self) -> None:
        """Raise the Blocked error while calls are stopped."""
        if self._blocked is not None:
            left = max(0.0, self._probe_at - self._clock.monotonic())
            raise Blocked(str(self._blocked), retry_after=left, cure=self._blocked.cure, status=self._blocked.status)

    async def _wait(self, deadline: float, *, probe: bool) -> None:
        while True:
            if not probe:
                self.check()
            now = self._clock.monotonic()
            pause = self._paused_until - now
            if pause > 0 and self._paused_until > deadline:
                raise RateLimited("all calls pause after a 429", retry_after=pause, cure=cures.WAIT, status=429)
            delay = max(pause, self._bucket_delay(now), self._window_delay(now))
            if delay < TICK:
                return
            if now + delay > deadline:
                raise NotSent("no turn comes before the deadline", retry_after=delay)
            await self._clock.sleep(delay)

    def _start(self) -> _Call:
        now = self._clock.monotonic()
        self._due = max(self._due, now) + self._spacing
        call = _Call()
        self._calls.append(call)
        return call

    def _bucket_delay(self, now: float) -> float:
        return self._due - now - self._spacing * (self._burst - 1)

    @property
    def _spacing(self) -> float:
        return self._interval * self._slowness

    def _window_delay(self, now: float) -> float:
        self._calls = [call for call in self._calls if call.ended is None or call.ended + WINDOW > now]
        excess = len(self._calls) - self._ceiling + 1
        if excess <= 0:
            return 0.0
        ends = sorted(call.ended for call in self._calls if call.ended is not None)
        # Fewer have ended than must go: the rest are still under way, look again soon.
        return ends[excess - 1] + WINDOW - now if len(ends) >= excess else 0.05
