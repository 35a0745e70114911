"""F5: a day of a worker in virtual time, everything around it failing at rates that a seed draws."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass

from mailsync.errors import TemporaryFailure, UnknownOutcome
from mailsync.journal.database import Connection, Result
from mailsync.memory.submission import SubmissionFault
from tests.crm import virtual
from tests.faults.accounts import violations, violations_now
from tests.faults.letters import MORE, QUESTION, answer, order, with_files
from tests.faults.scenarios import BULK, GARBAGE, MACHINE
from tests.faults.seams import Seams
from tests.faults.stops import once_more
from tests.faults.test_outages import LoopClock
from tests.faults.world import InlineDatabase, World, message_id

DAY = 86_400.0
SENDERS = ["a@a.example", "b@a.example", "c@c.example"]


class WeakDisk(InlineDatabase):
    """Writes fail now and then, some of them although they were stored."""

    chance: Callable[[], float] = staticmethod(lambda: 1.0)
    rate = 0.0

    async def write(self, change: Callable[[Connection], Result]) -> Result:
        drawn = self.chance()
        if drawn < self.rate:
            raise TemporaryFailure("the disk failed", neighbour="disk")
        result = await super().write(change)
        if drawn < 1.5 * self.rate:
            raise TemporaryFailure("the disk failed, and stored it", neighbour="disk")
        return result

    async def read(self, question: Callable[[Connection], Result]) -> Result:
        return await super().write(question)


@dataclass(frozen=True)
class Day:
    """What came of one seed."""

    problems: tuple[str, ...]
    trace: str  # a hash of every seam passed and of the end
    stops: int
    letters: int


def simulate(seed: int) -> Day:
    return virtual.run(_Simulation(seed).day())


class _Simulation:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a seed, so that it comes again
        self.database = WeakDisk()
        self.world = World(clock=LoopClock(), seed=seed, database=self.database)
        self.trace = hashlib.sha256()
        self.stops = 0
        self.letters = 0
        self.problems: list[str] = []
        rates = [0.0, 0.02, 0.1, 0.3]
        self.crm_rate, self.smtp_rate, self.imap_rate = (self.random.choice(rates) for _ in range(3))
        self.database.chance = self.random.random
        self.calm = False

    async def day(self) -> Day:
        self.world.crm.interfere = self._crm
        self.world.mailbox.interfere = self._imap
        self.database.rate = self.random.choice([0.0, 0.0, 0.01, 0.05])
        post = asyncio.create_task(self._post())
        while not post.done():
            await self._life(self.random.choice([60.0, 600.0, 3600.0]), self.random.randrange(5, 200))
        await post
        self._calm_down()
        for _ in range(60):
            await self._life(1200.0, None)
            if await self.world.journal.work.next_due() is None:
                break
        return await self._judged()

    async def _life(self, seconds: float, stop_at: int | None) -> None:
        """A worker that runs for a while, and is stopped at some seam unless it rests before."""
        seams = Seams(stop_at, self.random)
        try:
            lived = await self.world.live(seams, seconds)
        except TemporaryFailure:  # the disk, before anything was begun: the process ended
            lived = True
        self.stops += not lived
        self.trace.update("\n".join(seams.passed).encode())
        self.problems += violations_now(self.world)
        await asyncio.sleep(self.random.choice([1.0, 30.0, 900.0]))

    async def _post(self) -> None:
        for number in range(self.random.randrange(3, 9)):
            await self.world.mailbox.deliver(self._letter(number))
            if self.random.random() < self.smtp_rate * 2:
                self.world.submission.faults.append(self.random.choice(list(SubmissionFault)))
            if self.random.random() < 0.1:
                inbox = self.world.mailbox.folders["INBOX"]
                letters = [one.raw for one in inbox.letters.values()]
                self.random.shuffle(letters)
                await self.world.mailbox.rebuild(letters)
            await asyncio.sleep(self.random.random() * DAY / 6)
        self.letters = len(self.world.mailbox.folders["INBOX"].letters)

    def _letter(self, number: int) -> bytes:
        sender = self.random.choice(SENDERS)
        accepted = self.world.submission.accepted
        if accepted and self.random.random() < 0.3:
            return answer(message_id(self.random.choice(accepted).raw), MORE, number=100 + number, sender=sender)
        kinds = [
            order(number, sender),
            order(number, sender, text=QUESTION, subject="Вопрос"),
            with_files(MORE, "a.bin", sender=sender, number=number),
            MACHINE,
            BULK,
            GARBAGE,
        ]
        return self.random.choice(kinds)

    def _crm(self, _operation: str, applied: bool) -> None:
        drawn = self.random.random()
        if drawn < self.crm_rate / 3:
            raise UnknownOutcome("no answer")
        if drawn < self.crm_rate and not applied:
            raise TemporaryFailure("AmoCRM is away", neighbour="crm")

    def _imap(self, _operation: str) -> None:
        if self.random.random() < self.imap_rate / 4:
            raise TemporaryFailure("the link broke", neighbour="imap")

    def _calm_down(self) -> None:
        self.crm_rate = self.imap_rate = self.database.rate = 0.0
        self.world.submission.faults.clear()

    async def _judged(self) -> Day:
        uncertain = frozenset(self.world.uncertain())
        problems = [*self.problems, *violations(self.world, uncertain), *await once_more(self.world)]
        for row in self.database.rows("SELECT reference, state, reason FROM entry ORDER BY id"):
            self.trace.update(str(tuple(row)).encode())
        self.world.close()
        return Day(tuple(problems), self.trace.hexdigest(), self.stops, self.letters)
