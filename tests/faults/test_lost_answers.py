"""F6: AmoCRM applied a write and its answer was lost, for every kind of write: the worker with the real client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from crm.client import AmoCRM
from crm.index import MemoryContactIndex
from crm.sandbox import SandboxSettings, Switches, create_app
from crm.sandbox.faults import Fault
from crm.sandbox.sandbox import Sandbox
from mailsync.amocrm import AmoCrm
from tests.crm import virtual
from tests.crm.sandboxed import settings_for
from tests.faults.accounts import outside_of_sandbox
from tests.faults.letters import MORE, ORDER, answer, order, with_files
from tests.faults.oracle import Inside, at_rest
from tests.faults.scenarios import ours
from tests.faults.seams import Seams
from tests.faults.test_outages import JumpingClock, LoopClock
from tests.faults.world import World


@dataclass
class Account:
    """A world whose AmoCRM is the sandbox, over the real client."""

    world: World
    box: Sandbox

    async def rest(self) -> None:
        await self.world.rest(Seams())

    def problems(self) -> list[str]:
        inbox = self.world.mailbox.folders["INBOX"]
        sent = [one.raw for one in self.world.submission.accepted]
        outside = outside_of_sandbox(self.box, frozenset(inbox.letters), inbox.uidvalidity, sent)
        return at_rest(Inside.of(self.world.database.connection), outside)


def with_account(
    story: Callable[[Account], Awaitable[None]], clock: LoopClock | None = None, **switches: float
) -> None:
    async def main() -> None:
        ticking = virtual.VirtualClock()
        app = create_app(SandboxSettings(switches=Switches(**switches)), clock=ticking.time)
        box: Sandbox = app.state.sandbox
        world = World(clock=clock or LoopClock())
        async with AmoCRM(
            settings_for(box), clock=ticking, transport=httpx.ASGITransport(app=app), index=MemoryContactIndex()
        ) as client:
            world.crm = AmoCrm(client, world.config.amocrm)  # type: ignore[assignment]
            await story(Account(world, box))
        world.close()

    virtual.run(main())


ENDINGS = {
    "reset": Fault(kind="drop", when="after"),
    "silence": Fault(kind="delay", when="after", seconds=300),
    "500": Fault(kind="status", when="after", status=500),
    "502": Fault(kind="status", when="after", status=502, html=True),
    "504": Fault(kind="status", when="after", status=504, html=True),
    "429": Fault(kind="status", when="after", status=429, html=True),
    "reset before": Fault(kind="drop", when="before"),
    "503 before": Fault(kind="status", when="before", status=503),
}
WRITES = {
    "the lead": ("POST", "/api/v4/leads/complex", 0),
    "its note": ("POST", "/api/v4/leads/notes", 0),
    "the file in its feed": ("POST", "/api/v4/leads/notes", 1),
    "the note of the answer": ("POST", "/api/v4/leads/notes", 2),
    "the task": ("POST", "/api/v4/tasks", 0),
    "the upload session": ("POST", "*/sessions", 0),
    "the file": ("POST", "*upload*", 0),
    "the file on the lead": ("PUT", "/api/v4/leads/*/files", 0),
}


@pytest.mark.parametrize("lag", [0, 30, 120])
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("write", WRITES)
def test_each_write_stands_once_whatever_became_of_its_answer(write: str, ending: str, lag: float) -> None:
    method, path, skip = WRITES[write]

    async def story(account: Account) -> None:
        world = account.world
        account.box.fail(ENDINGS[ending].model_copy(update={"method": method, "path": path, "skip": skip}))
        await world.mailbox.deliver(with_files(ORDER, "list.bin"))
        await account.rest()
        await world.mailbox.deliver(answer(ours(world), MORE))
        await account.rest()
        assert not account.box.faults.waiting
        assert account.problems() == []
        assert (len(account.box.leads), len(account.box.tasks)) == (1, 1)

    with_account(story, index_lag=lag)


@pytest.mark.parametrize("error", [7200.0, -7200.0])
def test_a_lost_answer_is_found_although_our_clock_is_hours_off(error: float) -> None:
    clock = JumpingClock()
    clock.error = error

    async def story(account: Account) -> None:
        for path in ("/api/v4/leads/complex", "/api/v4/leads/notes"):
            account.box.fail(ENDINGS["reset"].model_copy(update={"path": path, "method": "POST"}))
        await account.world.mailbox.deliver(order())
        await account.rest()
        assert not account.box.faults.waiting
        assert account.problems() == []
        assert len(account.box.leads) == 1

    with_account(story, clock)
