"""The reconciling read: what AmoCRM's log and its newest changes tell, and no webhook did, becomes the same entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from mailsync.deciding.facts import StatusChange
from mailsync.errors import PermanentFailure
from mailsync.hooks.account import AccountKeeper
from mailsync.hooks.notice import LeadNotice, SeenBy
from mailsync.journal.journal import Journal
from mailsync.ports import Clock, Crm

log = structlog.get_logger()

NAME = "reconciled_until"
STORED_TOGETHER = 500  # in one transaction: after a long absence webhooks still have to get in between
OVERLAP = 180.0  # seconds read once more: a log may lag behind, clocks differ


async def _every(_: StatusChange) -> bool:
    return True


@dataclass(slots=True)
class Reconciler:
    """`actions` are those that somebody is interested in; `found` is told how many events no webhook had told.

    `wanted` says of a lead that was changed in some way whether anybody is interested in it: most are new leads.
    """

    journal: Journal
    crm: Crm
    account: AccountKeeper
    clock: Clock
    actions: frozenset[str]
    arrived: Callable[[], None]
    found: Callable[[int], None] = lambda _: None
    wanted: Callable[[StatusChange], Awaitable[bool]] = _every

    async def run(self) -> int:
        """Read since the last run; returns how many events were new. Raises what the CRM and the journal raise.

        The first run of all begins with this moment: what happened before was never promised to anybody.
        """
        now = self.clock.now()
        await self.account.learn()
        until = await self.journal.hooks.remembered(NAME)
        new = await self._store(float(until) - OVERLAP, now) if until else 0
        await self.journal.hooks.remember(NAME, repr(now))
        if new:
            log.warning("webhooks missed", events=new)
            self.found(new)
            self.arrived()
        return new

    async def _store(self, since: float, now: float) -> int:
        notices = await self._statuses(since)
        if "update" in self.actions:
            told = {(one.lead_id, one.changed_at) for one in notices}
            changed = [change for change in await self.crm.changed_leads(since) if await self.wanted(change)]
            updates = [_notice("update", change, "log") for change in changed]
            notices += [one for one in updates if not ((one.lead_id, one.changed_at) in told or await self._known(one))]
        events = [(one.key, one.model_dump_json().encode()) for one in notices]
        parts = [events[start : start + STORED_TOGETHER] for start in range(0, len(events), STORED_TOGETHER)]
        return sum([await self.journal.hooks.store(part, now) for part in parts])

    async def _known(self, update: LeadNotice) -> bool:
        """Whether an event about this lead and second is stored, be it one of a changed status."""
        both = (update, update.model_copy(update={"action": "status"}))
        return any([await self.journal.hooks.known(f"{one.stem}{one.changed_at}:") for one in both])

    async def _statuses(self, since: float) -> list[LeadNotice]:
        """By the log; where AmoCRM refuses to show it, every lead changed since may have changed its status."""
        try:
            return [_notice("status", change, "log") for change in await self.crm.status_changes(since)]
        except PermanentFailure:
            log.warning("AmoCRM's log is refused, leads are compared instead")
            return [_notice("status", change, "comparison") for change in await self.crm.changed_leads(since)]


def _notice(action: str, change: StatusChange, seen_by: SeenBy) -> LeadNotice:
    return LeadNotice(
        action=action,
        lead_id=change.lead_id,
        status_id=change.status_id,
        pipeline_id=change.pipeline_id,
        changed_at=int(change.at),
        seen_by=seen_by,
        mark="log",
    )
