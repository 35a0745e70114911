"""F21: a letter that breaks whoever handles it is parked after three tries with its bytes; nobody else waits for it."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from mailsync.deciding.plan import Plan
from mailsync.journal.records import Entry, ReadingNote, State
from mailsync.worker.assembly import Worker
from mailsync.worker.processor import Handler
from tests.faults.accounts import violations
from tests.faults.letters import order
from tests.faults.test_outages import LoopClock, Story, told
from tests.faults.world import World

POISON = order(3, "poison@a.example")


class Poisoned:
    """A handler that a certain letter breaks, at one of its steps."""

    def __init__(self, inner: Handler, step: str, tries: Counter[str]) -> None:
        self._inner, self._step, self._tries = inner, step, tries

    def _swallow(self, step: str, raw: bytes) -> None:
        if raw == POISON and step == self._step:
            self._tries[step] += 1
            raise RecursionError("Патрон токарный")

    async def note(self, entry: Entry, raw: bytes) -> ReadingNote:
        self._swallow("note", raw)
        return await self._inner.note(entry, raw)

    async def plan(self, entry: Entry, raw: bytes) -> Plan:
        self._swallow("plan", raw)
        return await self._inner.plan(entry, raw)


@pytest.mark.parametrize("step", ["note", "plan"])
def test_poison_is_parked_after_three_tries_and_delays_nobody(step: str) -> None:
    tries = Counter[str]()

    async def story(one: Story) -> None:
        world = one.world

        def poison(worker: Worker) -> None:
            worker.processor.handlers = {"letter": Poisoned(worker.processor.handlers["letter"], step, tries)}

        async def events() -> None:
            for number in (1, 2):
                await world.mailbox.deliver(order(number, f"{number}@a.example"))
            await world.mailbox.deliver(POISON)
            for number in (4, 5, 6):
                await world.mailbox.deliver(order(number, f"{number}@a.example"))
            await asyncio.sleep(3)
            done = await world.journal.desk.entries(states=[State.DONE])
            assert sorted(entry.sender or "" for entry in done) == [f"{n}@a.example" for n in (1, 2, 4, 5, 6)]

        happening = asyncio.create_task(events())
        await world.run_for(600, poison)
        await happening
        (parked,) = await world.journal.desk.entries(states=[State.PARKED])
        assert parked.reason == "unexpected RecursionError"
        assert parked.cure
        assert await world.journal.work.raw(parked.id) == POISON
        assert violations(world) == []

    told(story, lambda: World(clock=LoopClock())).world.close()
    assert tries == {step: 3}
