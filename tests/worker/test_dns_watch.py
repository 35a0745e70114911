"""What of our domain's DNS is worth an alarm: changes, and silence only when it lasts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mailsync.dnscheck.lookup import Mx
from mailsync.dnscheck.report import DomainReport
from mailsync.journal.dns import DnsHistory, DnsSnapshot, SeenFinding
from mailsync.journal.journal import Journal
from mailsync.worker.dns_watch import ChangedRecord, DnsWatch, compare
from tests.worker.house import HandClock

MISSING = SeenFinding("dkim.missing", "beget._domainkey.shop.example", "critical")
SILENT = SeenFinding("mx.unanswered", "shop.example", "unknown")
FACT = SeenFinding("spf.softfail", "shop.example", "info")


def look(*findings: SeenFinding, at: float = 0.0) -> DnsSnapshot:
    return DnsSnapshot("shop.example", "ok", findings, at)


@pytest.mark.parametrize(
    ("now", "earlier", "appeared", "gone"),
    [
        (look(MISSING, FACT), [], (MISSING,), ()),
        (look(MISSING), [look(MISSING)], (), ()),
        (look(), [look(MISSING)], (), (MISSING,)),
        (look(SILENT), [look()], (), ()),
        (look(SILENT), [look(SILENT), look()], (SILENT,), ()),
        (look(SILENT), [look(SILENT), look(SILENT)], (), ()),
        (look(), [look(SILENT), look(SILENT)], (), (SILENT,)),
        (look(), [look(SILENT), look()], (), ()),
    ],
)
def test_only_changes_are_told(
    now: DnsSnapshot, earlier: list[DnsSnapshot], appeared: tuple[SeenFinding, ...], gone: tuple[SeenFinding, ...]
) -> None:
    changes = compare(now, earlier)
    assert (changes.appeared, changes.gone) == (appeared, gone)


def published(**records: tuple[str, ...]) -> DnsSnapshot:
    return DnsSnapshot("shop.example", "ok", (), 0.0, records)


@pytest.mark.parametrize(
    ("now", "earlier", "changed"),
    [
        (published(mx=("10 mx.other.example.",)), [published(mx=("10 mx.shop.example.",))], ["mx"]),
        (published(mx=("10 mx.shop.example.",)), [published(mx=("10 mx.shop.example.",))], []),
        (published(spf=()), [published(spf=("v=spf1 -all",))], ["spf"]),
        (published(spf=("v=spf1 -all",)), [], []),
        (published(), [published(spf=("v=spf1 -all",))], []),
        (published(spf=("v=spf1 mx -all",)), [published(), published(spf=("v=spf1 -all",))], ["spf"]),
    ],
)
def test_a_record_that_is_not_what_it_was_is_told(
    now: DnsSnapshot, earlier: list[DnsSnapshot], changed: list[str]
) -> None:
    """A DNS that did not answer has changed nothing, and is no excuse for what changed meanwhile."""
    assert [record.kind for record in compare(now, earlier).records] == changed


async def test_the_journal_keeps_what_was_published() -> None:
    with Journal.in_memory() as journal:
        history = DnsHistory(journal.database)
        await history.keep(published(spf=("v=spf1 -all",), mx=()))
        assert (await history.latest("shop.example", 1))[0].records == {"spf": ("v=spf1 -all",), "mx": ()}


async def test_the_journal_knows_since_when_a_finding_stands() -> None:
    with Journal.in_memory() as journal:
        history = DnsHistory(journal.database)
        for at, findings in ((1.0, (MISSING,)), (2.0, ()), (3.0, (MISSING,)), (4.0, (MISSING, FACT))):
            await history.keep(look(*findings, at=at))
        assert await history.first_seen("shop.example", "dkim.missing") == 3.0
        assert await history.first_seen("shop.example", "spf.softfail") == 4.0
        assert await history.first_seen("shop.example", "mx.unanswered") is None
        assert [one.at for one in await history.latest("shop.example", 2)] == [4.0, 3.0]


async def test_a_look_is_kept_and_told_against_the_one_before() -> None:
    exchanges = [Mx(10, "mx.shop.example"), Mx(10, "mx.shop.example"), Mx(10, "mx.other.example")]
    looks = iter(exchanges)

    async def check(first_seen: date | None) -> DomainReport:
        return DomainReport("shop.example", datetime(2026, 11, 28, tzinfo=UTC), (), mx=(next(looks),))

    with Journal.in_memory() as journal:
        watch = DnsWatch(check, "shop.example", DnsHistory(journal.database), HandClock())
        told = [(await watch.look()).records for _ in exchanges]

    assert told == [(), (), (ChangedRecord("mx", ("10 mx.shop.example.",), ("10 mx.other.example.",)),)]
