"""Telling subscribers: grouped, within a deadline, again by the table, and as badly as the switches say."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx

from crm.sandbox.hooks.bodies import Bodies, Tree
from crm.sandbox.hooks.retries import BAD_ANSWERS_WINDOW, NO_ANSWER, is_taken, wait_before
from crm.sandbox.params import bracket
from crm.sandbox.records import Subscription
from crm.sandbox.store import Change, Store
from crm.sandbox.switches import Switches

MOST_AT_ONCE = 32
HELD_AT_MOST = 1.0  # seconds that reordering holds a delivery for which no successor comes

Entry = tuple[str, str, Tree]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try: `status` is 0 where no answer came in time; `pairs` is the body before it was percent-encoded."""

    time: float
    destination: str
    attempt: int
    status: int
    pairs: tuple[tuple[str, str], ...]

    @property
    def event(self) -> str:
        """Root and action of the first entity, such as `leads[status]`."""
        first = next((key for key, _ in self.pairs if not key.startswith("account")), "")
        return first.partition("[0]")[0]


@dataclass(slots=True)
class _Pending:
    destination: str
    pairs: tuple[tuple[str, str], ...]
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Deliveries:
    """Listens to the store. Needs a running event loop from the first subscribed change on."""

    def __init__(
        self,
        store: Store,
        bodies: Bodies,
        switches: Switches,
        seed: int,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.log: list[Delivery] = []
        self._store = store
        self._bodies = bodies
        self._switches = switches
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._random = random.Random(seed)  # noqa: S311 - repeatable runs, not secrets
        self._waiting: dict[tuple[str, str], list[Entry]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._bad_answers: dict[str, deque[float]] = defaultdict(deque)
        self._held: _Pending | None = None
        self._free_line = asyncio.Semaphore(MOST_AT_ONCE)

    def tell(self, change: Change) -> None:
        """Note what subscribers are to hear; it is sent when the write that caused it is finished."""
        for event in self._bodies.events(change):
            for subscription in self._store.subscriptions.values():
                if event in subscription.settings and not subscription.disabled:
                    self._note(event, change, subscription)
        self._tell_stage(change)

    def _tell_stage(self, change: Change) -> None:
        """The digital pipeline has addresses of its own, one delivery a lead; its retries are taken to be the same."""
        body = self._bodies.stage_body(change) if self._store.stage_hooks else None
        if body is not None:
            stage = (change.subject.pipeline_id, change.subject.status_id)
            for hook in self._store.stage_hooks:
                if (hook.pipeline_id, hook.status_id) == stage:
                    self._queue(hook.destination, tuple(bracket(body)))

    async def settled(self) -> None:
        """Wait until every delivery has been taken or given up; bound it with a deadline of your own."""
        while self._waiting or self._tasks:
            await asyncio.sleep(0)
            if self._tasks:
                await asyncio.wait(self._tasks)

    def enable(self) -> None:
        """Switch every destination on again and forget its bad answers."""
        self._bad_answers.clear()
        for subscription in self._store.subscriptions.values():
            subscription.disabled = False

    async def get(self, address: str) -> None:
        """Call an address once, whatever it answers; for the disconnect hook."""
        with contextlib.suppress(TimeoutError, httpx.TransportError, httpx.InvalidURL):
            async with asyncio.timeout(self._switches.webhook_deadline):
                await self._client().get(address)

    async def close(self) -> None:
        """Give up what has not been delivered."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    def _note(self, event: str, change: Change, subscription: Subscription) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._dispatch)
        group = "" if self._switches.webhook_mixed else event
        entry = self._bodies.entry(event, change)
        self._waiting.setdefault((subscription.destination, group), []).append(entry)

    def _dispatch(self) -> None:
        waiting, self._waiting = self._waiting, {}
        most = self._switches.webhook_entities
        for (destination, _), entries in waiting.items():
            for first in range(0, len(entries), most):
                body = self._bodies.body(entries[first : first + most])
                self._queue(destination, tuple(bracket(body)))

    def _queue(self, destination: str, pairs: tuple[tuple[str, str], ...]) -> None:
        if self._random.random() < self._switches.webhook_loss_rate:
            return
        for _ in range(1 + self._switches.webhook_duplicates):
            self._start(_Pending(destination, pairs))

    def _start(self, pending: _Pending) -> None:
        before, self._held = self._held, None
        if self._switches.webhook_reordering and before is None:
            self._held = pending
        else:
            pending.released.set()
        task = asyncio.get_running_loop().create_task(self._deliver(pending, before))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, pending: _Pending, held: _Pending | None) -> None:
        try:
            async with asyncio.timeout(HELD_AT_MOST):
                await pending.released.wait()
        except TimeoutError:
            self._held = None if self._held is pending else self._held
        if self._switches.webhook_delay:
            await asyncio.sleep(self._switches.webhook_delay)
        attempt, status = 1, await self._post(pending, 1)
        if held is not None:
            held.released.set()
        while (wait := wait_before(attempt + 1, status)) is not None:
            await asyncio.sleep(wait * self._switches.webhook_time_scale)
            attempt += 1
            status = await self._post(pending, attempt)

    async def _post(self, pending: _Pending, attempt: int) -> int:
        status = await self._answer(pending)
        now = self._store.clock()
        self.log.append(Delivery(now, pending.destination, attempt, status, pending.pairs))
        self._judge(pending.destination, status, now)
        return status

    async def _answer(self, pending: _Pending) -> int:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "amoCRM-Webhooks/3.0"}
        try:
            async with self._free_line, asyncio.timeout(self._switches.webhook_deadline):
                answer = await self._client().post(
                    pending.destination, content=urlencode(pending.pairs), headers=headers
                )
        except (TimeoutError, httpx.TransportError, httpx.InvalidURL):
            return NO_ANSWER
        return answer.status_code

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            limits = httpx.Limits(max_keepalive_connections=0)
            self._http = httpx.AsyncClient(transport=self._transport, limits=limits, timeout=None)  # noqa: S113 - ours
        return self._http

    def _judge(self, destination: str, status: int, now: float) -> None:
        if is_taken(status):
            return
        bad = self._bad_answers[destination]
        bad.append(now)
        while bad[0] < now - BAD_ANSWERS_WINDOW:
            bad.popleft()
        subscription = self._store.subscriptions.get(destination)
        if subscription is not None and len(bad) > self._switches.webhook_failures_to_disable:
            subscription.disabled = True
