"""Works off the journal: reads what is stored, decides when its turn has come, carries out what was planned."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import structlog

from mailsync.deciding.plan import Plan
from mailsync.errors import MailsyncError, TemporaryFailure, UnknownOutcome, where
from mailsync.journal.journal import Journal
from mailsync.journal.records import Entry, ReadingNote, Stage
from mailsync.ports import Clock
from mailsync.retry import decide_retry, words
from mailsync.worker.carry_out import Executor, NeighbourAway
from mailsync.worker.health import Health

log = structlog.get_logger()

READ_TOGETHER = 32
CONCURRENCY = 200  # entries that are being decided or written into AmoCRM
LETTERS_AT_ONCE = 16  # entries that have nothing left but letters
SETTLING = 45.0  # seconds that `run --once` waits for an unanswered write to settle, rather than leave it in doubt
LOOK_EVERY = 1.0  # seconds: what another process changed in the journal (journal retry) is seen by then


class Handler(Protocol):
    """What one source of entries needs: a note of what came in, and later, in its turn, a plan. May be repeated."""

    async def note(self, entry: Entry, raw: bytes) -> ReadingNote: ...

    async def plan(self, entry: Entry, raw: bytes) -> Plan: ...


@dataclass(slots=True)
class Processor:
    """Runs every waiting entry to its end. Entries that share a lane go one after the other, all others together."""

    journal: Journal
    handlers: Mapping[str, Handler]  # by the entry's source
    executor: Executor
    clock: Clock
    health: Health
    chance: Callable[[], float]
    _running: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _writing: set[int] = field(default_factory=set)
    _mailing: set[int] = field(default_factory=set)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There may be something new to do."""
        self._wake.set()

    async def run(self) -> None:
        """Work for ever; a failing journal is waited out, nothing is acknowledged meanwhile."""
        while True:
            self._wake.clear()
            try:
                busy = await self.step()
            except TemporaryFailure as failure:
                await self.clock.sleep(self.health.failed(failure.neighbour or "disk", failure))
                continue
            if not busy:
                await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def drain(self) -> None:
        """Work until nothing is due; what waits for an unanswered write to settle is waited for, outages are not."""
        while True:
            if await self.step():
                continue
            if self._running:
                await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)
                continue
            settling = await self.journal.work.settling()
            wait = settling - self.clock.now() if settling else None
            if wait is None or wait > SETTLING or self.health.outages:
                return
            await self.clock.sleep(max(wait, 0.05))

    async def stop(self, grace: float) -> None:
        """Start nothing more; let what runs come to its next safe point for `grace` seconds, then cut it off."""
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def step(self) -> bool:
        """One round: read what is stored, start what may run. True where anything was found to do."""
        if self.health.gate("disk"):
            return False  # nothing is begun that could not be written down
        now = self.clock.now()
        unread = await self.journal.work.unread(now, READ_TOGETHER)
        if unread:
            await self._read_all(unread)
        writing = await self.journal.work.runnable(now, CONCURRENCY, mailing=False)
        mailing = await self.journal.work.runnable(now, LETTERS_AT_ONCE, mailing=True)
        started = self._start(writing, CONCURRENCY, self._writing) + self._start(
            mailing, LETTERS_AT_ONCE, self._mailing
        )
        return bool(unread) or bool(started)

    def _start(self, entries: Sequence[Entry], bound: int, pool: set[int]) -> int:
        """Start what is not running yet; each pool has its own bound: one neighbour's slowness fills its own only."""
        fresh = [entry for entry in entries if entry.id not in self._running][: bound - len(pool)]
        for entry in fresh:
            task = asyncio.create_task(self._guarded(entry), name=f"entry-{entry.id}")
            self._running[entry.id] = task
            pool.add(entry.id)
            task.add_done_callback(partial(self._ended, entry.id, pool))
        return len(fresh)

    def _ended(self, entry_id: int, pool: set[int], _: asyncio.Task[None]) -> None:
        self._running.pop(entry_id, None)
        pool.discard(entry_id)
        self._wake.set()

    async def _read_all(self, entries: Sequence[Entry]) -> None:
        """Read together, note in the order of arrival: a Message-ID belongs to the entry that came with it first."""
        notes = await asyncio.gather(*map(self._note, entries), return_exceptions=True)
        now = self.clock.now()
        kept = await asyncio.gather(
            *(
                self.journal.work.note_reading(entry.id, note, now)
                for entry, note in zip(entries, notes, strict=True)
                if isinstance(note, ReadingNote)
            ),
            return_exceptions=True,
        )
        noted = [entry for entry, note in zip(entries, notes, strict=True) if isinstance(note, ReadingNote)]
        for entry, outcome in (*zip(entries, notes, strict=True), *zip(noted, kept, strict=True)):
            if isinstance(outcome, Exception):
                await self._failed(entry, outcome)

    async def _note(self, entry: Entry) -> ReadingNote:
        return await self.handlers[entry.source].note(entry, await self.journal.work.raw(entry.id))

    async def _guarded(self, entry: Entry) -> None:
        try:
            await self._work_on(entry)
        except MailsyncError as failure:  # not even the failure could be written down
            self.health.failed("disk", failure)
        else:
            self.health.works("disk")

    async def _work_on(self, entry: Entry) -> None:
        try:
            if entry.stage is not Stage.READ or await self._plan(entry):
                await self.executor.carry_out(entry)
        except Exception as failure:  # noqa: BLE001 - one bad letter never stops the others
            await self._failed(entry, failure)

    async def _plan(self, entry: Entry) -> bool:
        """Decide and write the plan; False where there is nothing to do and the entry has ended as ignored."""
        if wait := self.health.gate("crm"):
            outage = self.health.outages["crm"]
            raise NeighbourAway(outage.reason, cure=outage.cure, neighbour="crm", retry_after=wait)
        raw = await self.journal.work.raw(entry.id)
        try:
            plan = await self.handlers[entry.source].plan(entry, raw)
        except TemporaryFailure as failure:
            if failure.neighbour:
                self.health.failed(failure.neighbour, failure)
            raise
        self.health.pass_on("crm")
        await self.journal.work.write_plan(entry.id, plan, self.clock.now())
        log.info("planned", entry_id=entry.id, reference=entry.reference, kind=entry.kind, effects=len(plan.effects))
        return bool(plan.effects)

    async def _failed(self, entry: Entry, failure: Exception) -> None:
        """Wait or park: nothing is dropped in silence (promise 3)."""
        now = self.clock.now()
        if not isinstance(failure, MailsyncError):
            log.error("unexpected failure", entry_id=entry.id, error=type(failure).__name__, where=where(failure))
        reason, cure = words(failure)
        if isinstance(failure, NeighbourAway):
            due = now + (failure.retry_after or 1.0)
            await self._postpone(entry, now, due, reason, cure, counts=False)
            return
        neighbour = failure.neighbour if isinstance(failure, TemporaryFailure) else None
        outage = self.health.outages.get(neighbour or "")
        decision = decide_retry(
            failure,
            tries=entry.tries,
            outages=outage.failures if outage else 0,
            chance=self.chance(),
            settle=self.executor.settle_seconds if isinstance(failure, UnknownOutcome) else 0.0,
        )
        if decision is None:
            log.error("parked", entry_id=entry.id, reference=entry.reference, reason=reason)
            await self.journal.work.park(entry.id, now, reason, cure)
        else:
            await self._postpone(entry, now, now + decision.after, reason, cure, counts=decision.counts)

    async def _postpone(self, entry: Entry, now: float, due: float, reason: str, cure: str, *, counts: bool) -> None:
        await self.journal.work.postpone(entry.id, now, due, reason, cure, counts=counts)
