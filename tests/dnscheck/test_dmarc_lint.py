"""Each rule of the group `dmarc`, provoked and silent."""

from datetime import date

import pytest

from mailsync.dnscheck.dmarc.lint import lint
from mailsync.dnscheck.finding import Finding, Severity
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.subject import Subject

TODAY = date(2026, 11, 23)
SHOP = Subject("shop.test", "shop.test")
MX: Zones = {"shop.test": {"MX": [(10, "mx.shop.test")]}}


def at(*texts: str, name: str = "_dmarc.shop.test") -> Zones:
    return {name: {"TXT": list(texts)}}


async def findings(zones: Zones, subject: Subject = SHOP, first_seen: date | None = None) -> list[Finding]:
    resolver = MemoryResolver({**MX, **zones})
    _, found = await lint(subject, resolver, today=TODAY, first_seen=first_seen, mailbox="zakaz@shop.test")
    return found


GOOD = "v=DMARC1; p=reject; rua=mailto:dmarc@shop.test"


RULES: list[tuple[Zones, list[tuple[str, str]]]] = [
    (at(GOOD), []),
    (at("v=DMARC1; p=reject; rua=mailto:dmarc@shop.test;"), []),
    ({}, [("dmarc.missing", "critical")]),
    (at("v=spf1 -all"), [("dmarc.missing", "critical")]),
    (at(GOOD, "v=DMARC1; p=none; rua=mailto:two@shop.test"), [("dmarc.multiple", "critical")]),
    (at(GOOD, "v=spf1 -all"), []),
    (at("v=dmarc1; p=reject; rua=mailto:dmarc@shop.test"), [("dmarc.version", "critical")]),
    (at("p=reject; v=DMARC1"), [("dmarc.version", "critical")]),
    (at("v=DMARC1 p=reject"), [("dmarc.version", "critical")]),
    (at('"v=DMARC1; p=reject"'), [("dmarc.version", "critical")]),
    (at(" v=DMARC1; p=reject"), [("dmarc.version", "critical")]),
    (at(GOOD + "; junk"), [("dmarc.syntax", "critical")]),
    (at(GOOD + "; adkim=x"), [("dmarc.syntax", "warning")]),
    (at(GOOD.replace("; rua", ";; rua")), [("dmarc.syntax", "warning")]),
    (at(GOOD + "; colour=blue"), []),
    (at("v=DMARC1; p=rejct; rua=mailto:dmarc@shop.test"), [("dmarc.policy-invalid", "warning")]),
    (at("v=DMARC1; p=rejct"), [("dmarc.policy-invalid", "critical"), ("dmarc.no-rua", "warning")]),
    (at(GOOD + "; np=nothing"), [("dmarc.policy-invalid", "warning")]),
    (at("v=DMARC1; rua=mailto:dmarc@shop.test"), [("dmarc.policy-invalid", "warning")]),
    (at(GOOD.replace("reject", "none")), [("dmarc.none", "info")]),
    (at(GOOD + "; sp=none"), [("dmarc.sp-weak", "warning"), ("dmarc.np-weak", "warning")]),
    (at(GOOD + "; sp=quarantine; np=reject"), [("dmarc.sp-weak", "warning")]),
    (at(GOOD + "; np=none"), [("dmarc.np-weak", "warning")]),
    (at(GOOD + "; sp=reject; np=reject"), []),
    (at(GOOD + "; t=y"), [("dmarc.test", "info")]),
    (at(GOOD + "; t=n"), []),
    (at(GOOD + "; ri=3600; rf=afrf; pct=100"), [("dmarc.removed-tag", "info")]),
    (at(GOOD + "!10m"), [("dmarc.removed-tag", "info")]),
    (at(GOOD + "; pct=20"), [("dmarc.removed-tag", "warning")]),
    (at("v=DMARC1; p=reject"), [("dmarc.no-rua", "warning")]),
    (at(GOOD + "; adkim=s"), [("dmarc.strict", "info")]),
    (at(GOOD + "; aspf=s"), [("dmarc.strict", "info")]),
    (at(GOOD + "; adkim=r; aspf=r"), []),
    (at("v=DMARC1; p=reject; rua=mailto:zakaz@shop.test"), [("dmarc.rua-busy", "warning")]),
    ({"shop.test": {"TXT": [GOOD]}}, [("dmarc.wrong-place", "critical")]),
    (at(GOOD, name="_dmarc.shop.test.shop.test"), [("dmarc.wrong-place", "critical")]),
    ({**at(GOOD), "shop.test": {"TXT": [GOOD], "MX": [(10, "mx.shop.test")]}}, []),
    ({"_dmarc.shop.test": {"TXT": Failure("TIMEOUT")}}, [("dmarc.unanswered", "unknown")]),
    # A server that serves only the zone refuses to say anything of the top-level name: ours is missing all the same.
    ({"_dmarc.test": {"TXT": Failure("REFUSED")}}, [("dmarc.unanswered", "unknown"), ("dmarc.missing", "critical")]),
    ({**at(GOOD), "_dmarc.test": {"TXT": Failure("SERVFAIL")}}, []),
]


@pytest.mark.parametrize(("zones", "found"), RULES)
async def test_each_rule_speaks_when_provoked_and_is_silent_otherwise(
    zones: Zones, found: list[tuple[str, str]]
) -> None:
    assert [(finding.id, finding.severity) for finding in await findings(zones)] == found


ELSEWHERE = at("v=DMARC1; p=reject; rua=mailto:reports@collector.example")
COLLECTOR: Zones = {"collector.example": {"MX": [(10, "mx.collector.example")], "SOA": []}}


REPORTS: list[tuple[Zones, list[str]]] = [
    ({**ELSEWHERE, **COLLECTOR}, ["dmarc.rua-unauthorized"]),
    ({**ELSEWHERE, **COLLECTOR, **at("v=DMARC1;", name="shop.test._report._dmarc.collector.example")}, []),
    ({**ELSEWHERE, **COLLECTOR, **at("v=DMARC1", name="*._report._dmarc.collector.example")}, []),
    (
        {**ELSEWHERE, **COLLECTOR, **at("yes", name="shop.test._report._dmarc.collector.example")},
        ["dmarc.rua-unauthorized"],
    ),
    ({**ELSEWHERE, **at("v=DMARC1", name="*._report._dmarc.collector.example")}, ["dmarc.rua-dead"]),
    (
        {
            **ELSEWHERE,
            **at("v=DMARC1", name="*._report._dmarc.collector.example"),
            "collector.example": {"MX": [(0, "")]},
        },
        ["dmarc.rua-dead"],
    ),
    (
        {**ELSEWHERE, **COLLECTOR, "shop.test._report._dmarc.collector.example": {"TXT": Failure()}},
        ["dmarc.unanswered"],
    ),
    # The same organization needs no consent from itself.
    (
        {
            **at("v=DMARC1; p=reject; rua=mailto:dmarc@reports.shop.test"),
            "reports.shop.test": {"MX": [(10, "mx.shop.test")]},
        },
        [],
    ),
]


@pytest.mark.parametrize(("zones", "found"), REPORTS)
async def test_reports_that_leave_the_organization_need_its_consent(zones: Zones, found: list[str]) -> None:
    assert [finding.id for finding in await findings(zones)] == found


async def test_consent_is_asked_for_at_the_name_of_rfc_9990() -> None:
    (finding,) = await findings({**ELSEWHERE, **COLLECTOR})
    assert finding.name == "shop.test._report._dmarc.collector.example"
    assert finding.remedy.entry is not None
    assert (finding.remedy.entry.zone, finding.remedy.entry.value) == ("collector.example", "v=DMARC1;")


@pytest.mark.parametrize(
    ("first_seen", "severity"),
    [
        (None, Severity.INFO),
        (date(2026, 10, 24), Severity.INFO),
        (date(2026, 10, 23), Severity.WARNING),
    ],
)
async def test_monitoring_is_fine_for_thirty_days(first_seen: date | None, severity: Severity) -> None:
    (finding,) = await findings(at("v=DMARC1; p=none; rua=mailto:dmarc@shop.test"), first_seen=first_seen)
    assert (finding.id, finding.severity) == ("dmarc.none", severity)


@pytest.mark.parametrize(
    ("zones", "name", "value"),
    [
        ({}, "_dmarc", "v=DMARC1; p=none; rua=mailto:dmarc@shop.test"),
        (
            at("v=DMARC1; p=none; rua=mailto:one@shop.test", "v=DMARC1; p=quarantine; rua=mailto:two@shop.test"),
            "_dmarc",
            "v=DMARC1; p=quarantine; rua=mailto:one@shop.test,mailto:two@shop.test",
        ),
        (
            at("v=dmarc1 p=reject rua=mailto:dmarc@shop.test"),
            "_dmarc",
            "v=DMARC1; p=reject; rua=mailto:dmarc@shop.test",
        ),
        (at("p=reject; v=DMARC1"), "_dmarc", "v=DMARC1; p=reject"),
        (at('"v=DMARC1; p=none;"'), "_dmarc", "v=DMARC1; p=none"),
        (
            at("v=DMARC1; p=none"),
            "_dmarc",
            "v=DMARC1; p=quarantine; rua=mailto:dmarc@shop.test; t=y",
        ),
        (at(GOOD + "; junk"), "_dmarc", GOOD),
        (at(GOOD + "; sp=none; np=reject"), "_dmarc", "v=DMARC1; p=reject; np=reject; rua=mailto:dmarc@shop.test"),
        (at(GOOD + "; pct=0"), "_dmarc", GOOD + "; t=y"),
        (at(GOOD + "!10m"), "_dmarc", GOOD),
        (at("v=DMARC1; p=quarantin; pct=50; aspf=s"), "_dmarc", GOOD.replace("reject", "none; aspf=s")),
        (at("v=DMARC1; p=reject"), "_dmarc", GOOD),
        (at("v=DMARC1; p=reject; rua=mailto:zakaz@shop.test"), "_dmarc", GOOD),
        (at(GOOD, name="_dmarc.shop.test.shop.test"), "_dmarc", GOOD),
    ],
)
async def test_the_remedy_is_the_literal_record_to_enter(zones: Zones, name: str, value: str) -> None:
    entry = (await findings(zones))[0].remedy.entry
    assert entry is not None
    assert (entry.zone, entry.name, entry.rdtype, entry.value) == ("shop.test", name, "TXT", value)


async def test_a_subdomain_lives_under_the_record_of_its_organization() -> None:
    mail = Subject("mail.shop.test", "shop.test")
    assert await findings(at(GOOD), mail) == []
    assert [finding.id for finding in await findings({}, mail)] == ["dmarc.missing"]
    (finding,) = await findings(at(GOOD + "; sp=quarantine; np=reject"), mail)
    assert (finding.id, finding.name) == ("dmarc.sp-weak", "_dmarc.shop.test")
    silent: Zones = {"_dmarc.shop.test": {"TXT": Failure("SERVFAIL")}}
    assert [finding.id for finding in await findings(silent, mail)] == ["dmarc.unanswered"]


async def test_the_record_of_a_public_suffix_does_not_replace_ones_own() -> None:
    found = await findings(at("v=DMARC1; p=reject; psd=y", name="_dmarc.test"))
    assert [finding.id for finding in found] == ["dmarc.missing"]
