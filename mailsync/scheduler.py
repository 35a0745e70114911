"""The clockwork: APScheduler behind four verbs. Jobs are bounded coroutines; none runs twice at once or for ever."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from mailsync.errors import MailsyncError, SettingsError

log = structlog.get_logger()

_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,3})?")
Job = Callable[[], Awaitable[object]]


class Scheduler:
    """A run that comes late (the loop was busy, the machine slept) is made up for once, however many were missed."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._running: set[asyncio.Task[None]] = set()

    def add(self, name: str, when: str, job: Job, *, deadline: float, at_start: bool = False) -> None:
        """Run `job` at `when` (seconds between runs, or a cron line), each time for `deadline` seconds at most.

        `name` is the key of the setting that says when.
        Raises SettingsError where `when` cannot be understood.
        """
        first = {"next_run_time": datetime.now(UTC)} if at_start else {}
        self._scheduler.add_job(self._run, trigger(name, when), (name, job, deadline), id=name, **first)

    def start(self) -> None:
        """Begin; needs the running loop."""
        self._scheduler.start()

    async def stop(self, grace: float) -> None:
        """Start nothing more; let running jobs end for `grace` seconds, then cut them off."""
        self._scheduler.pause()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._scheduler.shutdown(wait=False)

    async def _run(self, name: str, job: Job, deadline: float) -> None:
        task = asyncio.create_task(_bounded(name, job, deadline), name=f"job-{name}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait([task])


async def _bounded(name: str, job: Job, deadline: float) -> None:
    """A job's failure is told and ends with it: the next run tries again."""
    try:
        async with asyncio.timeout(deadline):
            await job()
    except TimeoutError:
        log.warning("job cut off", job=name, seconds=deadline)
    except MailsyncError as failure:
        log.warning("job failed", job=name, reason=str(failure), cure=failure.cure)
    except Exception:
        log.exception("job failed in an unexpected way", job=name)


def trigger(name: str, when: str) -> BaseTrigger:
    """Seconds between two runs, or five cron fields in the machine's time zone. Raises SettingsError."""
    text = when.strip()
    if _SECONDS.fullmatch(text) and float(text) >= 1:
        return IntervalTrigger(seconds=float(text))
    try:
        return CronTrigger.from_crontab(text)
    except ValueError:
        problem = 'is neither seconds ("300") nor a cron line of five fields ("15 3 * * *")'
        raise SettingsError([(name, problem)]) from None
