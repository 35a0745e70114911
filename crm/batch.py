"""Many writers, one request: items of one kind gather while a call is under way (fact sheet, 2 and 12)."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from crm import cures
from crm.errors import CrmError, NotSent, OutcomeUnknown, Refused, Unauthorized

Item = TypeVar("Item")
Result = TypeVar("Result")
Take = Callable[[], Sequence[Item]]

SMALLEST = 5  # a batch shrinks to this many items after 504


class NothingToSend(Exception):  # noqa: N818 - not an error: every waiting caller has gone
    """The turn came and nobody waits any more."""


@dataclass(slots=True)
class _Waiter(Generic[Item, Result]):
    item: Item
    future: asyncio.Future[Result]


class Batcher(Generic[Item, Result]):
    """A queue of one kind of write. `send` is given `take`, calls it when the limiter's turn has come, and returns
    one result or error for each item taken, in their order.

    An item is sent at once while nothing is under way; `parallel` calls run only when there are full batches for
    them. Refused items fail alone: those the answer names at once, an unnamed one after at most 7 more calls.
    """

    def __init__(
        self,
        send: Callable[[Take[Item]], Awaitable[Sequence[Result | CrmError]]],
        *,
        size: int = 50,
        parallel: int = 3,
        most_waiting: int = 50_000,
    ) -> None:
        self._send = send
        self._full = size
        self._size = size
        self._parallel = parallel
        self._most_waiting = most_waiting
        self._waiting: deque[_Waiter[Item, Result]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._before_turn: set[asyncio.Task[None]] = set()  # those that have not taken their items yet
        self._closed = False

    async def submit(self, item: Item) -> Result:
        """The item's own result. A caller cancelled before the item was taken has sent nothing."""
        if self._closed or len(self._waiting) >= self._most_waiting:
            raise NotSent("the client is closed" if self._closed else "too many writes are waiting", retry_after=5.0)
        waiter: _Waiter[Item, Result] = _Waiter(item, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._start()
        return await waiter.future

    async def aclose(self, grace: float) -> None:
        """Send no more. Calls under way have `grace` seconds to end, then their outcome is unknown."""
        self._closed = True
        self._fail_waiting(NotSent("the client is closed"))
        for task in self._before_turn:
            task.cancel()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _start(self) -> None:
        enough = not self._running or len(self._waiting) >= self._size * (len(self._before_turn) + 1)
        if self._waiting and enough and len(self._running) < self._parallel:
            task = asyncio.create_task(self._run())
            self._running.add(task)
            self._before_turn.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._before_turn.discard(task)
        if not self._closed:
            self._start()

    async def _run(self) -> None:
        batch: list[_Waiter[Item, Result]] = []
        task = asyncio.current_task()

        def take() -> list[Item]:
            self._before_turn.difference_update({task})
            while self._waiting and len(batch) < self._size:
                waiter = self._waiting.popleft()
                if not waiter.future.done():
                    batch.append(waiter)
            if not batch:
                raise NothingToSend
            return [waiter.item for waiter in batch]

        try:
            await self._settle(batch, take)
        except NothingToSend:
            pass
        except CrmError as error:
            # No turn came at all: whoever waits behind would fare the same.
            self._fail(batch, error) if batch else self._fail_waiting(error)
        except Exception as error:  # noqa: BLE001 - a store's own error, or a fault: it must reach who waits
            self._broke_off(batch, error)
        except asyncio.CancelledError as error:
            self._broke_off(batch, error)
            raise

    def _broke_off(self, batch: list[_Waiter[Item, Result]], error: BaseException) -> None:
        told = f"the call broke off: {type(error).__name__}"
        if batch:
            unknown = OutcomeUnknown(told, cure=cures.LOOK_FIRST)
            unknown.__cause__ = error
            self._fail(batch, unknown)
        else:
            not_sent = NotSent(told)
            not_sent.__cause__ = error
            self._fail_waiting(not_sent)

    async def _settle(self, batch: list[_Waiter[Item, Result]], take: Take[Item]) -> None:
        try:
            results = await self._send(take)
        except Refused as error:
            if len(batch) < 2:
                raise
            await self._isolate(batch, error)
            return
        except OutcomeUnknown as error:
            if error.status == 504:
                self._size = max(SMALLEST, self._size // 2)
            raise
        self._size = min(self._full, self._size + SMALLEST)
        for waiter, result in zip(batch, results, strict=True):
            _resolve(waiter, result)

    async def _isolate(self, batch: list[_Waiter[Item, Result]], error: Refused) -> None:
        """Find what was refused and send the rest: named items at once, otherwise by halves.

        `suspects` hold at least one bad item, so when one is left it needs no call of its own; what was not tried
        on the way goes out together at the end. For one bad item of 50 that makes 6 + 1 calls.
        """
        remaining = batch
        while remaining:
            named = _named(remaining, error)
            if named:
                for waiter, own in named:
                    _resolve(waiter, own)
                bad = {id(waiter) for waiter, _ in named}
                remaining = [waiter for waiter in remaining if id(waiter) not in bad]
            else:
                remaining = await self._halve(remaining, error)
            refusal = await self._retry(remaining) if remaining else None
            if refusal is None:
                return
            error = refusal

    async def _halve(self, suspects: list[_Waiter[Item, Result]], error: Refused) -> list[_Waiter[Item, Result]]:
        """Resolve one bad item among the suspects; returns those that were not tried."""
        untried: list[_Waiter[Item, Result]] = []
        while len(suspects) > 1:
            middle = len(suspects) // 2
            first, second = suspects[:middle], suspects[middle:]
            refusal = await self._retry(first)
            if refusal is not None:
                suspects, error = first, refusal
                untried += second
            elif all(_is_done(waiter) for waiter in first):
                suspects = second
            else:
                return untried + second  # the call failed in another way: nothing is known about the second half
        _resolve(suspects[0], error)
        return untried

    async def _retry(self, batch: list[_Waiter[Item, Result]]) -> Refused | None:
        """Send these again: None where they are settled one way or another, the refusal otherwise."""
        try:
            results = await self._send(lambda: [waiter.item for waiter in batch])
        except Refused as error:
            return error
        except CrmError as error:
            self._fail(batch, error)
            return None
        for waiter, result in zip(batch, results, strict=True):
            _resolve(waiter, result)
        return None

    def _fail(self, batch: list[_Waiter[Item, Result]], error: CrmError) -> None:
        for waiter in batch:
            _resolve(waiter, error)

    def _fail_waiting(self, error: CrmError) -> None:
        waiting, self._waiting = list(self._waiting), deque()
        self._fail(waiting, error)


def _named(batch: list[_Waiter[Item, Result]], error: Refused) -> list[tuple[_Waiter[Item, Result], Refused]]:
    """The items the refusal names by their place in the batch, each with its own part of it."""
    found = []
    for place, errors in error.by_item.items():
        if place.isascii() and place.isdecimal() and int(place) < len(batch):
            own = copy.copy(error)
            own.by_item = {place: errors}
            found.append((batch[int(place)], own))
    return found


def _is_done(waiter: _Waiter[Item, Result]) -> bool:
    future = waiter.future
    return future.cancelled() or not isinstance(future.exception(), NotSent | Unauthorized | OutcomeUnknown)


def _resolve(waiter: _Waiter[Item, Result], result: Result | CrmError) -> None:
    if waiter.future.done():
        return
    if isinstance(result, CrmError):
        own = copy.copy(result)  # one exception raised in many tasks would mix up their tracebacks
        own.__cause__ = result.__cause__
        waiter.future.set_exception(own)
    else:
        waiter.future.set_result(result)
