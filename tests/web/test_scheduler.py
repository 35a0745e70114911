"""The clockwork: late runs are made up for once, nothing overlaps, what hangs is cut off, stopping waits a little."""

from __future__ import annotations

import asyncio
import time

import pytest

from mailsync.errors import SettingsError, TemporaryFailure
from mailsync.scheduler import Scheduler, trigger


async def test_a_job_runs_at_once_where_it_is_to_begin_at_start() -> None:
    ran = asyncio.Event()
    scheduler = Scheduler()

    async def job() -> None:
        ran.set()

    scheduler.add("job", "3600", job, deadline=5, at_start=True)
    scheduler.start()
    async with asyncio.timeout(5):
        await ran.wait()
    await scheduler.stop(1)


async def test_runs_that_a_busy_loop_missed_are_made_up_for_once() -> None:
    runs: list[float] = []
    scheduler = Scheduler()

    async def job() -> None:
        runs.append(time.monotonic())

    scheduler.add("job", "1", job, deadline=5)
    scheduler.start()
    time.sleep(3.5)  # noqa: ASYNC251 - the loop is to be blocked over three due times
    freed = time.monotonic()
    async with asyncio.timeout(5):
        while len(runs) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await scheduler.stop(1)
    assert len([at for at in runs if at < freed + 0.4]) == 1


async def test_a_job_that_hangs_is_cut_off_and_runs_again_without_overlap() -> None:
    begun, together, most = 0, 0, 0
    scheduler = Scheduler()

    async def job() -> None:
        nonlocal begun, together, most
        begun, together = begun + 1, together + 1
        most = max(most, together)
        try:
            await asyncio.Event().wait()
        finally:
            together -= 1

    scheduler.add("job", "1", job, deadline=1.5, at_start=True)
    scheduler.start()
    async with asyncio.timeout(10):
        while begun < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await scheduler.stop(0)
    assert (most, together) == (1, 0)


@pytest.mark.parametrize("failure", [TemporaryFailure("504", neighbour="crm"), ValueError("a defect")])
async def test_a_failing_job_runs_again(failure: Exception) -> None:
    runs = 0
    scheduler = Scheduler()

    async def job() -> None:
        nonlocal runs
        runs += 1
        raise failure

    scheduler.add("job", "1", job, deadline=5, at_start=True)
    scheduler.start()
    async with asyncio.timeout(10):
        while runs < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await scheduler.stop(1)


async def test_stopping_lets_a_running_job_end() -> None:
    ended, begun = False, asyncio.Event()
    scheduler = Scheduler()

    async def job() -> None:
        nonlocal ended
        begun.set()
        await asyncio.sleep(0.2)
        ended = True

    scheduler.add("job", "3600", job, deadline=5, at_start=True)
    scheduler.start()
    await begun.wait()
    await scheduler.stop(5)
    assert ended


@pytest.mark.parametrize("when", ["300", "0.5e3", "", "15 3 * *", "15 3 * * * *", "abc", "0", "61 * * * *"])
def test_what_is_neither_seconds_nor_cron_is_a_problem_of_the_settings(when: str) -> None:
    if when == "300":
        assert str(trigger("schedule.reconcile", when)) == "interval[0:05:00]"
        return
    with pytest.raises(SettingsError, match=r"schedule\.reconcile"):
        trigger("schedule.reconcile", when)


def test_cron_lines_are_taken() -> None:
    assert "hour='3'" in str(trigger("retention", "15 3 * * *"))
