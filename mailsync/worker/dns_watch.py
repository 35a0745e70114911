"""The scheduled look at our domain's DNS: kept in the journal, told when it changes, never a reason to stop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog

from mailsync.dnscheck.report import DomainReport
from mailsync.journal.dns import DnsHistory, DnsSnapshot, SeenFinding
from mailsync.ports import Clock

log = structlog.get_logger()

NO_POLICY = "dmarc.none"


REMEMBERED = 30
"""Looks in which a record's last known values are sought: at one every six hours, a week of a DNS that says nothing."""


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """Records of one kind ("spf", "mx", "dkim beget") that are not what they were when last seen."""

    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What counts now; what of it did not at the last look, what did then and does not now; records that changed."""

    standing: tuple[SeenFinding, ...]
    appeared: tuple[SeenFinding, ...]
    gone: tuple[SeenFinding, ...]
    records: tuple[ChangedRecord, ...] = ()


def counted(now: DnsSnapshot | None, before: DnsSnapshot | None) -> set[SeenFinding]:
    """Findings worth an alarm: no mere facts, and an unanswered question only when it is unanswered twice in a row."""
    if now is None:
        return set()
    known = set(before.findings) if before else set()
    return {one for one in now.findings if one.severity != "info" and (one.severity != "unknown" or one in known)}


def compare(now: DnsSnapshot, earlier: list[DnsSnapshot]) -> Changes:
    """What changed, given the earlier looks, newest first (two of them are enough for the findings)."""
    before, long_before = [*earlier, None, None][:2]
    current, previous = counted(now, before), counted(before, long_before)
    standing, appeared, gone = (tuple(sorted(some)) for some in (current, current - previous, previous - current))
    return Changes(standing, appeared, gone, _changed(now, earlier))


def _changed(now: DnsSnapshot, earlier: list[DnsSnapshot]) -> tuple[ChangedRecord, ...]:
    """Compared with the last look that knew them; what nobody has seen before has not changed."""
    found = []
    for kind, values in sorted(now.records.items()):
        before = next((look.records[kind] for look in earlier if kind in look.records), values)
        if before != values:
            found.append(ChangedRecord(kind, before, values))
    return tuple(found)


@dataclass(slots=True)
class DnsWatch:
    """`check` makes one report of our domain, given the day on which p=none was first met."""

    check: Callable[[date | None], Awaitable[DomainReport]]
    domain: str
    history: DnsHistory
    clock: Clock

    async def look(self) -> Changes:
        """Check, compare with the looks before, tell, keep."""
        since = await self.history.first_seen(self.domain, NO_POLICY)
        report = await self.check(datetime.fromtimestamp(since, UTC).date() if since else None)
        findings = {SeenFinding(one.id, one.name, one.severity.value) for one in report.findings}
        seen = tuple(sorted(findings))
        now = DnsSnapshot(self.domain, report.result.value, seen, self.clock.now(), report.records)
        changes = compare(now, await self.history.latest(self.domain, REMEMBERED))
        for event, some in (("dns finding", changes.appeared), ("dns finding gone", changes.gone)):
            for one in some:
                log.warning(event, domain=self.domain, id=one.id, name=one.name, severity=one.severity)
        for record in changes.records:
            log.warning(
                "dns record changed", domain=self.domain, kind=record.kind, before=record.before, after=record.after
            )
        await self.history.keep(now)
        return changes
