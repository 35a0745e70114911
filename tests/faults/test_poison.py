"""F21: a letter or event that breaks its handler is parked after three tries with its bytes; nobody waits for it."""

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
from tests.web.test_status_letters import ACCEPTED, hook

POISON = order(3, "poison@a.example")
POISONOUS_LEAD = 3


class Poisoned:
    """A handler that an entry with `words` in it breaks, at one of its steps."""

    def __init__(self, inner: Handler, words: bytes, step: str, tries: Counter[str]) -> None:
        self._inner, self._words, self._step, self._tries = inner, words, step, tries

    def _swallow(self, step: str, raw: bytes) -> None:
        if self._words in raw and step == self._step:
            self._tries[step] += 1
            raise RecursionError("Патрон токарный")

    async def note(self, entry: Entry, raw: bytes) -> ReadingNote:
        self._swallow("note", raw)
        return await self._inner.note(entry, raw)

    async def plan(self, entry: Entry, raw: bytes) -> Plan:
        self._swallow("plan", raw)
        return await self._inner.plan(entry, raw)


@pytest.mark.parametrize("step", ["note", "plan"])
def test_a_poisonous_letter_is_parked_after_three_tries_and_delays_nobody(step: str) -> None:
    tries = Counter[str]()

    async def story(one: Story) -> None:
        world = one.world

        def poison(worker: Worker) -> None:
            handlers = worker.processor.handlers
            worker.processor.handlers = {"letter": Poisoned(handlers["letter"], b"poison@", step, tries)}

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
        await _parked(world, POISON)

    told(story, lambda: World(clock=LoopClock())).world.close()
    assert tries == {step: 3}


@pytest.mark.parametrize("step", ["note", "plan"])
def test_a_poisonous_event_is_parked_after_three_tries_and_delays_nobody(step: str) -> None:
    tries = Counter[str]()

    async def story(one: Story) -> None:
        world, started = one.world, asyncio.get_running_loop().create_future()

        def poison(worker: Worker) -> None:
            words = f'"lead_id":{POISONOUS_LEAD},'.encode()
            handlers = worker.processor.handlers
            worker.processor.handlers = {"webhook": Poisoned(handlers["webhook"], words, step, tries)}
            started.set_result(worker.hooks)

        async def events() -> None:
            hooks = await started
            await hooks.account.learn()
            for lead in range(1, 7):
                assert (await hooks.take(hook(lead, ACCEPTED, world.clock.now()))).stored == 1
            await asyncio.sleep(3)
            assert len(await world.journal.desk.entries(states=[State.IGNORED])) == 5

        happening = asyncio.create_task(events())
        await world.run_for(600, poison)
        await happening
        await _parked(world)

    told(story, lambda: World(clock=LoopClock())).world.close()
    assert tries == {step: 3}


async def _parked(world: World, raw: bytes | None = None) -> None:
    """One entry stands by itself, with its bytes, the reason and what a person can do."""
    (parked,) = await world.journal.desk.entries(states=[State.PARKED])
    assert parked.reason == "unexpected RecursionError"
    assert parked.cure
    assert (await world.journal.work.raw(parked.id) == raw) if raw else await world.journal.work.raw(parked.id)
    assert violations(world) == []
