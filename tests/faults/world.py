"""Everything that outlives a worker, in memory, and the lives of workers in it: to the end or stopped anywhere."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, cast

from mailsync.config import Config
from mailsync.confirmation.compose import Composer
from mailsync.deciding.effects import SendConfirmation
from mailsync.journal.database import Connection, Database, Result
from mailsync.journal.journal import Journal
from mailsync.journal.migrate import migrate
from mailsync.journal.records import EffectState, State
from mailsync.memory.crm import MemoryCrm
from mailsync.memory.mailbox import MemoryMailbox
from mailsync.memory.submission import MemorySubmission, SubmissionFault
from mailsync.ports import Clock, Envelope, LetterReader
from mailsync.reading.model import Reading, ReadingContext
from mailsync.reading.reader import read_letter
from mailsync.worker.assembly import Neighbours, Worker, assemble
from tests.faults.seams import SeamedMailbox, SeamedSubmission, Seams, seamed_crm, seamed_journal
from tests.worker.house import CONFIG, HandClock

SIGNING_KEY = b"k" * 32
MOST_ROUNDS = 40  # of a worker waiting for its next try, until a scenario counts as stuck


class InlineDatabase(Database):
    """The journal's database without threads: the same commits, in an order that only the event loop decides."""

    def __init__(self) -> None:
        self._target, self._in_memory, self._connections = ":memory:", True, []
        self.connection = self._writer = self._connect()
        migrate(self.connection)
        self.connection.execute("INSERT INTO secret (name, value) VALUES ('message-id', ?)", (SIGNING_KEY,))

    async def write(self, change: Callable[[Connection], Result]) -> Result:
        ((result, problem),) = self._commit_together([change])
        if problem:
            raise problem
        return cast("Result", result)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def rows(self, statement: str, *values: Any) -> list[Any]:
        return self.connection.execute(statement, values).fetchall()

    @property
    def changes(self) -> int:
        """Rows changed since it was opened."""
        return self.connection.total_changes


class RememberingReader:
    """Reads every letter once: reading is pure, and stopping at thousands of points reads the same ones again."""

    def __init__(self) -> None:
        self.readings: dict[tuple[bytes, ReadingContext], Reading] = {}

    async def read(self, raw: bytes, context: ReadingContext) -> Reading:
        key = (raw, context)
        if key not in self.readings:
            self.readings[key] = read_letter(raw, context)
        return self.readings[key]


READER = RememberingReader()


class RememberingComposer:
    """Composes every letter once, for the same reason."""

    envelopes: ClassVar[dict[tuple[Composer, SendConfirmation, datetime], Envelope]] = {}

    def __init__(self, composer: Composer) -> None:
        self._composer = composer

    def compose(self, letter: SendConfirmation, now: datetime) -> Envelope:
        key = (self._composer, letter, now)
        if key not in self.envelopes:
            self.envelopes[key] = self._composer.compose(letter, now)
        return self.envelopes[key]


class Postmaster(MemorySubmission):
    """An SMTP server that treats an address always the same: `rules` by recipient, before the faults that pass."""

    def __init__(self) -> None:
        super().__init__()
        self.rules: dict[str, SubmissionFault] = {}

    async def submit(self, envelope: Envelope, before_data: Any) -> str:
        if fault := self.rules.get(envelope.rcpt_to[0]):
            self.faults.appendleft(fault)
        return await super().submit(envelope, before_data)


Mend = Callable[[Worker], None]  # changes a worker before it lives: planted defects


@dataclass
class World:
    """The outside and the journal. `mend` is applied to every worker, `seed` decides all that is left to chance."""

    config: Config = CONFIG
    clock: Clock = field(default_factory=HandClock)
    mend: Mend | None = None
    seed: int = 0
    reader: LetterReader = READER
    database: InlineDatabase = field(default_factory=InlineDatabase)
    mailbox: MemoryMailbox = field(default_factory=MemoryMailbox)
    submission: Postmaster = field(default_factory=Postmaster)
    crm: MemoryCrm = field(default_factory=MemoryCrm)

    def __post_init__(self) -> None:
        self.crm.now = self.clock.now
        self.journal = Journal(self.database)

    async def worker(self, seams: Seams) -> Worker:
        """A new worker, as after a start of the process."""
        neighbours = Neighbours(
            SeamedMailbox(seams, self.mailbox),
            SeamedSubmission(seams, self.submission),
            seamed_crm(seams, self.crm),
            self.reader,
        )
        worker = await assemble(self.config, seamed_journal(seams, self.database), neighbours, self.clock)
        worker.processor.chance = worker.health.chance = random.Random(self.seed).random  # noqa: S311 - repeatable
        hands = worker.processor.executor.letter_hands
        hands.composer = cast("Composer", RememberingComposer(hands.composer))
        if self.mend:
            self.mend(worker)
        return worker

    async def live(self, seams: Seams, seconds: float | None = None) -> bool:
        """Start a worker and let it do all that is due; False where it was stopped, at its seam or after `seconds`."""
        others = asyncio.all_tasks()
        life = asyncio.create_task(self._once(seams))
        stopped = asyncio.create_task(seams.stopped.wait())
        await asyncio.wait([life, stopped], return_when=asyncio.FIRST_COMPLETED, timeout=seconds)
        ended = life.done() and not seams.stopped.is_set()
        if not ended:
            seams.stopped.set()
            seams.buried = True
        left = asyncio.all_tasks() - others
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if ended:
            life.result()
        return ended

    async def _once(self, seams: Seams) -> int:
        return await (await self.worker(seams)).run_once()

    async def run_for(self, seconds: float, prepare: Mend | None = None) -> None:
        """Let a worker run as the service does, then ask it to stop; for clocks that follow the loop's time."""
        worker = await self.worker(Seams())
        if prepare:
            prepare(worker)
        stop = asyncio.Event()
        life = asyncio.create_task(worker.run(stop))
        await asyncio.wait([life], timeout=seconds)
        stop.set()
        await life

    async def rest(self, seams: Seams) -> bool:
        """Live until nothing waits any more, however long that takes; False where it was stopped."""
        for _ in range(MOST_ROUNDS):
            if not await self.live(seams):
                return False
            due = await self.journal.work.next_due()
            if due is None:
                return True
            await self.clock.sleep(max(1.0, due - self.clock.now()))
        return True

    def in_the_gap(self) -> set[str]:
        """Message-IDs of confirmations handed over without an answer in the journal: nobody can know their fate."""
        return {row["letter_id"] for row in self._letters(EffectState.SENDING)}

    def uncertain(self) -> set[str]:
        return {row["letter_id"] for row in self._letters(EffectState.UNCERTAIN)}

    def _letters(self, state: EffectState) -> list[Any]:
        return self.database.rows("SELECT letter_id FROM effect WHERE letter_id IS NOT NULL AND state = ?", state.value)

    async def decide_uncertain(self, message_ids: set[str]) -> None:
        """A person looks into the mail server's log: what it has accepted is settled, the rest is sent again."""
        accepted = {message_id(envelope.raw) for envelope in self.submission.accepted}
        for entry in await self.journal.desk.entries(states=[State.PARKED], limit=1000):
            effects = await self.journal.work.effects(entry.id)
            doubtful = {getattr(row.effect, "message_id", "") for row in effects if row.state is EffectState.UNCERTAIN}
            if not doubtful & message_ids:
                continue
            if doubtful <= accepted:
                await self.journal.desk.settle(entry.id, self.clock.now())
            else:
                await self.journal.desk.retry(entry.id, self.clock.now())

    def close(self) -> None:
        self.database.close()


def message_id(raw: bytes) -> str:
    head = raw.partition(b"\r\n\r\n")[0]
    line = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:"))
    return line.partition(b":")[2].strip().decode()
