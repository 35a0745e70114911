"""One alarm when a neighbour stays away, one all-clear, and nothing for what comes back by itself."""

from __future__ import annotations

import asyncio

import pytest

from mailsync.errors import TemporaryFailure
from mailsync.worker.alarms import PATIENCE, Alarms
from mailsync.worker.health import Health

AWAY = TemporaryFailure("AmoCRM cannot be reached", cure="look at its status page", neighbour="crm")


class GatedClock:
    """Sleeping ends when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1_795_000_000.0
        self.slept: list[float] = []
        self.gate = asyncio.Event()

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.gate.wait()


@pytest.fixture
def told() -> list[str]:
    return []


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_neighbour_that_stays_away_is_told_once_and_its_return_too(told: list[str]) -> None:
    clock = GatedClock()
    health = Health(clock, lambda: 0.5)

    async def tell(subject: str, text: str) -> None:
        told.append(f"{subject}|{text.splitlines()[0]}")

    async def broken(_subject: str, _text: str) -> None:
        raise TemporaryFailure("no way")

    Alarms(health, clock, {"broken": broken, "letter": tell}).listen()
    for _ in range(5):
        health.failed("crm", AWAY)
    await settle()
    assert (clock.slept, told) == ([PATIENCE], [])
    clock.gate.set()
    await settle()
    assert told == ["mailsync: не работает: AmoCRM|AmoCRM cannot be reached"]
    clock.seconds += 3600
    health.works("crm")
    await settle()
    assert told[1:] == ["mailsync: снова работает: AmoCRM|Не работало 60 мин. / Back after 60 min."]


async def test_what_comes_back_by_itself_wakes_nobody(told: list[str]) -> None:
    clock = GatedClock()
    health = Health(clock, lambda: 0.5)

    async def tell(subject: str, _text: str) -> None:
        told.append(subject)

    Alarms(health, clock, {"letter": tell}).listen()
    health.failed("smtp", AWAY)
    await settle()
    health.works("smtp")
    clock.gate.set()
    await settle()
    assert told == []
