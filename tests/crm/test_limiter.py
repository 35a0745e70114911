"""The limiter: how often, how many at once, pauses and stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.errors import Blocked, NotSent, RateLimited
from crm.limiter import Limiter
from tests.crm import virtual

FAR = 1e9


def limiter(rate: float = 5, *, ceiling: int = 7, concurrency: int = 4, jitter: float = 0.5) -> Limiter:
    return Limiter(virtual.VirtualClock(), rate=rate, ceiling=ceiling, concurrency=concurrency, jitter=lambda: jitter)


def now() -> float:
    return asyncio.get_running_loop().time()


def run(use: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await use()

    virtual.run(main())


def most_in_a_second(arrivals: list[float]) -> int:
    times = sorted(arrivals)
    return max(sum(first <= one < first + 1 for one in times) for first in times)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1), st.floats(0, 5)), min_size=1, max_size=60),
    st.sampled_from([1.0, 5.0, 7.0]),
)
@example([(0.0, 0.0, 0.0)] * 40, 7.0)
@example([(0.9, 1.0, 0.0)] * 4 + [(0.0, 0.0, 1.0)] * 30, 7.0)
def test_no_sliding_second_at_the_service_has_more_than_seven_calls(
    calls: list[tuple[float, float, float]], rate: float
) -> None:
    """Each call arrives somewhere between its start and its answer, wherever the network puts it."""
    arrivals: list[float] = []

    async def use() -> None:
        shared = limiter(rate)

        async def call(length: float, where: float, after: float) -> None:
            await asyncio.sleep(after)
            async with shared.turn(FAR):
                arrivals.append(now() + length * where)
                await asyncio.sleep(length)

        await asyncio.gather(*(call(*one) for one in calls))

    run(use)
    assert len(arrivals) == len(calls)
    assert most_in_a_second(arrivals) <= 7


def test_in_the_long_run_the_rate_is_kept() -> None:
    async def use() -> None:
        shared = limiter(5)
        for _ in range(100):
            async with shared.turn(FAR):
                pass
        assert now() == pytest.approx(95 / 5)

    run(use)


def test_the_first_calls_go_at_once() -> None:
    async def use() -> None:
        shared = limiter(5)
        for _ in range(5):
            async with shared.turn(FAR):
                pass
        assert now() == 0

    run(use)


def test_no_more_than_the_allowed_number_are_under_way() -> None:
    async def use() -> None:
        shared, under_way, most = limiter(7, concurrency=3), 0, 0

        async def call() -> None:
            nonlocal under_way, most
            async with shared.turn(FAR):
                under_way += 1
                most = max(most, under_way)
                await asyncio.sleep(2)
                under_way -= 1

        await asyncio.gather(*(call() for _ in range(10)))
        assert most == 3

    run(use)


def test_turns_come_in_the_order_of_asking() -> None:
    async def use() -> None:
        shared, order = limiter(5), []

        async def call(number: int) -> None:
            async with shared.turn(FAR):
                order.append(number)

        await asyncio.gather(*map(call, range(30)))
        assert order == list(range(30))

    run(use)


def test_a_pause_holds_everybody_even_those_already_waiting() -> None:
    async def use() -> None:
        shared, started = limiter(5), []

        async def call() -> None:
            async with shared.turn(FAR):
                started.append(now())

        waiting = asyncio.gather(*(call() for _ in range(8)))
        await asyncio.sleep(0.1)
        shared.pause(30)
        await waiting
        assert len([at for at in started if at < 1]) == 5
        assert all(at >= 30.1 for at in started[5:])

    run(use)


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, [0.75, 1.5, 3.0]), (1.0, [1.25, 2.5, 5.0])])
def test_without_a_word_from_the_service_pauses_double_with_jitter(jitter: float, seconds: list[float]) -> None:
    async def use() -> None:
        shared = limiter(jitter=jitter)
        paused = []
        for _ in range(20):
            paused.append(shared.pause(None))
            await asyncio.sleep(paused[-1])
        assert paused[:3] == pytest.approx(seconds)
        assert max(paused) <= 375

    run(use)


def test_several_refusals_of_one_burst_count_once() -> None:
    async def use() -> None:
        shared = limiter()
        assert [shared.pause(None) for _ in range(3)] == [1.0, 1.0, 1.0]

    run(use)


def test_after_a_refusal_calls_come_slower_and_one_by_one_and_then_recover() -> None:
    async def use() -> None:
        shared, started = limiter(5), []
        shared.pause(10)
        for _ in range(200):
            async with shared.turn(FAR):
                started.append(now())
                shared.succeeded()
        gaps = [later - earlier for earlier, later in pairwise(started)]
        assert started[0] == pytest.approx(10)
        assert gaps[0] == pytest.approx(0.4, abs=0.05)
        assert gaps[-1] == pytest.approx(0.2)

    run(use)


def test_after_a_success_the_back_off_begins_anew() -> None:
    async def use() -> None:
        shared = limiter()
        for _ in range(3):
            await asyncio.sleep(shared.pause(None))
        shared.succeeded()
        assert shared.pause(None) == 1.0

    run(use)


def test_a_turn_that_cannot_come_before_the_deadline_is_refused_at_once() -> None:
    async def use() -> None:
        shared = limiter()
        shared.pause(60)
        with pytest.raises(RateLimited) as raised:
            async with shared.turn(now() + 10):
                pass
        assert raised.value.retry_after == 60
        assert now() == 0

    run(use)


def test_waiting_behind_long_calls_ends_at_the_deadline() -> None:
    async def use() -> None:
        shared = limiter(concurrency=1)

        async def long() -> None:
            async with shared.turn(FAR):
                await asyncio.sleep(100)

        task = asyncio.create_task(long())
        await asyncio.sleep(1)
        with pytest.raises(NotSent):
            async with shared.turn(now() + 10):
                pass
        assert now() == 11
        await task

    run(use)


def test_while_blocked_every_turn_is_refused_but_a_probe() -> None:
    async def use() -> None:
        shared = limiter()
        shared.block(Blocked("AmoCRM answered 403", status=403))
        await asyncio.sleep(100)
        with pytest.raises(Blocked) as raised:
            async with shared.turn(FAR):
                pass
        assert (raised.value.status, raised.value.retry_after) == (403, 200)
        assert not shared.probe_due
        await asyncio.sleep(200)
        assert shared.probe_due
        async with shared.turn(FAR, probe=True):
            shared.unblock()
        async with shared.turn(FAR):
            pass

    run(use)


def test_a_cancelled_waiter_gives_its_place_back() -> None:
    async def use() -> None:
        shared = limiter(concurrency=1)

        async def hold() -> None:
            async with shared.turn(FAR):
                await asyncio.sleep(5)

        first, second = asyncio.create_task(hold()), asyncio.create_task(hold())
        await asyncio.sleep(1)
        second.cancel()
        await first
        async with shared.turn(now() + 1):
            pass

    run(use)
