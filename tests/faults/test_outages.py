"""Neighbours away for hours, in virtual time: intake goes on, calls stay few, one alarm, back by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from mailsync.errors import TemporaryFailure
from mailsync.journal.database import Connection, Result
from mailsync.memory.submission import SubmissionFault
from mailsync.worker.assembly import Worker
from tests.crm import virtual
from tests.faults.accounts import violations
from tests.faults.letters import order
from tests.faults.world import InlineDatabase, World

HOUR = 3600.0


class LoopClock:
    """The worker's clock over the loop's own, which jumps."""

    def now(self) -> float:
        return virtual.START + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FullDisk(InlineDatabase):
    """`full`: no write succeeds, reading goes on."""

    full = False
    refused = 0

    async def write(self, change: Callable[[Connection], Result]) -> Result:
        if self.full:
            self.refused += 1
            raise TemporaryFailure("the journal cannot be written (SQLITE_FULL)", neighbour="disk")
        return await super().write(change)

    async def read(self, question: Callable[[Connection], Result]) -> Result:
        return await super().write(question)


@dataclass
class Story:
    """A world in virtual time and what was heard of it."""

    world: World
    alarms: list[tuple[str, bool]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    def listen(self, worker: Worker) -> None:
        worker.health.told = lambda neighbour, _outage, away: self.alarms.append((neighbour, away))


def told(story: Callable[[Story], Any], world: Callable[[], World]) -> Story:
    """Play a story in a loop whose time jumps."""

    async def main() -> Story:
        one = Story(world())
        await story(one)
        return one

    return virtual.run(main())


@pytest.mark.parametrize("arriving", [0, 60])
def test_a_full_disk_for_an_hour(arriving: int) -> None:
    async def story(one: Story) -> None:
        world, disk = one.world, one.world.database
        assert isinstance(disk, FullDisk)

        def fill(operation: str, applied: bool) -> None:
            one.calls[operation] += 1
            disk.full = disk.full or (operation, applied, len(world.crm.leads)) == ("create_lead", True, 4)

        async def events() -> None:
            for number in range(1, 5):
                await world.mailbox.deliver(order(number, f"{number}@a.example"))
            world.crm.interfere = fill
            for number in range(5, 5 + arriving):
                await world.mailbox.deliver(order(number, f"{number}@a.example"))
                await asyncio.sleep(60)
            await asyncio.sleep(HOUR - 60 * arriving)
            world.crm.interfere = lambda _operation, _applied: None
            disk.full = False

        happening = asyncio.create_task(events())
        await world.run_for(HOUR + 1200, one.listen)
        await happening
        assert violations(world, frozenset(world.uncertain())) == []
        assert len(world.crm.leads) == 4 + arriving
        assert one.alarms == [("disk", True), ("disk", False)]
        assert disk.refused < 500
        print(f"{disk.refused} writes tried in vain, calls of AmoCRM meanwhile: {dict(one.calls)}")
        assert one.calls.total() < 100

    one = told(story, lambda: World(clock=LoopClock(), database=FullDisk()))
    one.world.close()


def orders(count: int) -> list[bytes]:
    return [order(number, f"{number}@a.example") for number in range(1, count + 1)]


def away(neighbour: str) -> Callable[[str, bool], None]:
    def interfere(_operation: str, _applied: bool) -> None:
        raise TemporaryFailure("it cannot be reached", neighbour=neighbour)

    return interfere


def test_amocrm_down_for_a_day() -> None:
    async def story(one: Story) -> None:
        world = one.world
        refuse = away("crm")

        def count(operation: str, applied: bool) -> None:
            one.calls[operation] += 1
            refuse(operation, applied)

        async def events() -> None:
            world.crm.interfere = count
            for raw in orders(48):
                await world.mailbox.deliver(raw)
                await asyncio.sleep(HOUR / 2)
            assert len(await world.journal.desk.entries(limit=100)) == 48  # intake went on
            world.crm.interfere = lambda _operation, _applied: None

        happening = asyncio.create_task(events())
        await world.run_for(24.5 * HOUR, one.listen)
        await happening
        assert violations(world) == []
        assert (len(world.crm.leads), len(world.submission.accepted)) == (48, 48)
        assert one.alarms == [("crm", True), ("crm", False)]
        assert one.calls.total() < 24 * 60
        print(f"{one.calls.total()} calls in 24 h")

    told(story, lambda: World(clock=LoopClock())).world.close()


def test_smtp_refusing_everybody_for_six_hours() -> None:
    async def story(one: Story) -> None:
        world = one.world

        async def events() -> None:
            for raw in orders(20):
                world.submission.rules[f"{len(world.submission.rules) + 1}@a.example"] = SubmissionFault.LOGIN_REFUSED
                await world.mailbox.deliver(raw)
            await asyncio.sleep(6 * HOUR)
            assert (len(world.crm.leads), world.submission.accepted) == (20, [])  # AmoCRM is served meanwhile
            world.submission.rules.clear()

        happening = asyncio.create_task(events())
        await world.run_for(7 * HOUR, one.listen)
        await happening
        assert violations(world) == []
        assert len(world.submission.accepted) == 20
        assert one.alarms == [("smtp", True), ("smtp", False)]

    told(story, lambda: World(clock=LoopClock())).world.close()


def test_the_password_of_the_mailbox_changed_for_two_hours() -> None:
    async def story(one: Story) -> None:
        world = one.world
        logins = Counter[str]()
        world.mailbox.interfere = lambda operation: logins.update([operation])

        async def events() -> None:
            await world.mailbox.deliver(order(1, "1@a.example"))
            await asyncio.sleep(60)
            world.mailbox.password_accepted = False
            await world.mailbox.rebuild([one_.raw for one_ in world.mailbox.folders["INBOX"].letters.values()])
            logins.clear()
            await world.mailbox.deliver(order(2, "2@a.example"))
            await asyncio.sleep(2 * HOUR)
            assert logins["connect"] <= 30  # hosts lock accounts that are tried too often
            world.mailbox.password_accepted = True

        happening = asyncio.create_task(events())
        await world.run_for(3 * HOUR, one.listen)
        await happening
        assert violations(world) == []
        assert len(world.crm.leads) == 2
        assert one.alarms == [("imap", True), ("imap", False)]

    told(story, lambda: World(clock=LoopClock())).world.close()


class JumpingClock(LoopClock):
    """A clock that somebody sets: `error` seconds off."""

    error = 0.0

    def now(self) -> float:
        return super().now() + self.error


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0, 1800.0, -1800.0])
def test_a_clock_that_jumps(jump: float) -> None:
    async def story(one: Story) -> None:
        world, clock = one.world, one.world.clock
        assert isinstance(clock, JumpingClock)

        async def events() -> None:
            for number, raw in enumerate(orders(8)):
                await world.mailbox.deliver(raw)
                await asyncio.sleep(90)
                clock.error = jump if number % 2 else 0.0
            clock.error = 0.0

        happening = asyncio.create_task(events())
        await world.run_for(2 * HOUR, one.listen)
        await happening
        assert violations(world) == []
        assert len(world.crm.leads) == 8
        assert one.alarms == []

    told(story, lambda: World(clock=JumpingClock())).world.close()
