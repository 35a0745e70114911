"""What the clockwork does: reads what webhooks missed, watches the subscription and the token, forgets what is old."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from mailsync.config import Config
from mailsync.hooks.reconcile import Reconciler
from mailsync.hooks.subscription import SubscriptionWatch
from mailsync.journal.journal import Journal
from mailsync.ports import Clock
from mailsync.scheduler import Job, Scheduler
from mailsync.worker.dns_watch import Changes
from mailsync.worker.notices import Notice, Notices

log = structlog.get_logger()

DAY = 86_400.0
STOP_SECONDS = 2.0
TOKEN_WARNING_DAYS = 90
TokenDays = Callable[[], Awaitable[int | None]]


async def nothing() -> None:
    """A job that is not wanted."""


@dataclass(slots=True)
class Jobs:
    """The jobs and what they work on."""

    config: Config
    journal: Journal
    clock: Clock
    notices: Notices
    reconciler: Reconciler
    watch: SubscriptionWatch | None = None
    token_days: TokenDays | None = None
    watch_intake: Job = nothing
    look_at_dns: Callable[[], Awaitable[Changes]] | None = None
    token_days_left: int | None = None

    async def reconcile(self) -> None:
        await self.reconciler.run()
        if self.watch:
            await self.watch.run()

    async def check_dns(self) -> None:
        """A finding in the DNS is a warning, never a reason to stop."""
        if self.look_at_dns is None:
            return
        changes = await self.look_at_dns()
        told = [f"{one.id} {one.name}: {one.severity}" for one in changes.standing]
        told += [f"{one.kind}: the record has changed since the last look" for one in changes.records]
        self.notices.post("dns", *(Notice(said, "mailsync check-dns") for said in told))

    async def forget(self) -> None:
        """What the retention period has passed for, in small steps: the writer is never held for long."""
        now = self.clock.now()
        while await self.journal.desk.forget_older(now - self.config.journal.retention_days * DAY, now):
            log.info("forgot what is older than the retention period")

    async def check_token(self) -> None:
        """Warns weeks before AmoCRM's long-lived token ends."""
        if self.token_days is None:
            return
        self.token_days_left = left = await self.token_days()
        if left is None or left > TOKEN_WARNING_DAYS:
            self.notices.post("token")
            return
        words = f"AmoCRM's token expires in {left} days" if left >= 0 else "AmoCRM's token has expired"
        cure = "make a new one in AmoCRM and set MAILSYNC_AMOCRM__LONG_LIVED_TOKEN"
        log.warning("token expires", days=left, cure=cure)
        self.notices.post("token", Notice(words, cure))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Scheduler]:
        """The clockwork while the context lasts; others may add their jobs to it."""
        when, scheduler = self.config.schedule, Scheduler()
        scheduler.add(
            "mailbox.poll_interval", str(max(1.0, self.config.mailbox.poll_interval)), self.watch_intake, deadline=10
        )
        if self.look_at_dns:
            scheduler.add("dns.interval", self.config.dns.interval, self.check_dns, deadline=90, at_start=True)
        scheduler.add("schedule.reconcile", when.reconcile, self.reconcile, deadline=240, at_start=True)
        scheduler.add("schedule.retention", when.retention, self.forget, deadline=1800)
        scheduler.add("schedule.token_check", when.token_check, self.check_token, deadline=60, at_start=True)
        scheduler.start()
        try:
            yield scheduler
        finally:
            await scheduler.stop(STOP_SECONDS)
