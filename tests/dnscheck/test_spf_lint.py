"""Every SPF rule of the fact sheet: the zone that provokes it, and one like it that does not."""

from dataclasses import dataclass, field

import pytest

from mailsync.dnscheck.finding import Finding, Severity
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.spf.lint import SpfReport, lint
from mailsync.dnscheck.subject import Subject

SHOP = Subject("shop.test", "shop.test")
BEGET: Zones = {"beget.com": {"TXT": ["v=spf1 ip4:192.0.2.0/24 ~all"]}}


async def linted(zone: Zones, **options: object) -> list[Finding]:
    _, findings = await report_and_findings(zone, **options)
    return findings


async def report_and_findings(zone: Zones, **options: object) -> tuple[SpfReport, list[Finding]]:
    return await lint(SHOP, MemoryResolver(zone), **options)  # type: ignore[arg-type]


def zones(*parts: Zones) -> Zones:
    return {name: types for part in parts for name, types in part.items()}


def record(text: str) -> Zones:
    return {"shop.test": {"TXT": [text]}}


def hosts(*numbers: int) -> Zones:
    return {f"h{number}.test": {"A": [f"192.0.2.{number}"]} for number in numbers}


@dataclass(frozen=True)
class Rule:
    id: str
    severity: Severity
    provoked: Zones
    silent: Zones
    enter: str | None = None  # the record to type in
    options: dict[str, object] = field(default_factory=dict)


CRITICAL, WARNING, INFO, UNKNOWN = Severity.CRITICAL, Severity.WARNING, Severity.INFO, Severity.UNKNOWN
TERMS_11 = " ".join(f"a:h{number}.test" for number in range(1, 12))
TERMS_10 = " ".join(f"a:h{number}.test" for number in range(1, 11))
TERMS_8 = " ".join(f"a:h{number}.test" for number in range(1, 9))
TERMS_7 = " ".join(f"a:h{number}.test" for number in range(1, 8))
HOSTS = hosts(*range(1, 12))
LONG = " ".join(f"ip4:192.0.2.{number}" for number in range(100, 130))

RULES = [
    Rule(
        "spf.missing",
        CRITICAL,
        {"shop.test": {"TXT": ["hello"]}},
        record("v=spf1 -all"),
        "v=spf1 mx ~all",
    ),
    Rule(
        "spf.missing",
        CRITICAL,
        {"shop.test": {"MX": [(10, "mx.shop.test")]}},
        zones(record("v=spf1 redirect=beget.com"), BEGET),
        "v=spf1 redirect=beget.com",
        {"provider": "beget.com"},
    ),
    Rule(
        "spf.missing",
        CRITICAL,
        {"shop.test": {}, "www.shop.test": {"TXT": ["v=spf1 mx -all"]}},
        record("v=spf1 mx -all"),
        "v=spf1 mx -all",
    ),
    Rule(
        "spf.missing",
        CRITICAL,
        {"shop.test": {}, "shop.test.shop.test": {"TXT": ["v=spf1 a -all"]}},
        record("v=spf1 a -all"),
        "v=spf1 a -all",
    ),
    Rule(
        "spf.multiple",
        CRITICAL,
        zones({"shop.test": {"TXT": ["v=spf1 redirect=beget.com", "v=spf1 mx -all"]}}, BEGET),
        {"shop.test": {"TXT": ["v=spf1 mx -all", "v=spf10 mx"]}},
        "v=spf1 include:beget.com mx ~all",
    ),
    Rule(
        "spf.multiple",
        CRITICAL,
        zones(record("v=spf1 include:two.test -all"), {"two.test": {"TXT": ["v=spf1 -all", "v=spf1 mx"]}}),
        zones(record("v=spf1 include:two.test -all"), {"two.test": {"TXT": ["v=spf1 -all"]}}),
    ),
    Rule(
        "spf.syntax",
        CRITICAL,
        zones(record("v=spf1 ipv4:192.0.2.1 redirect:beget.com"), BEGET),
        record("v=spf1 ip4:192.0.2.1 -all"),
        "v=spf1 ip4:192.0.2.1 redirect=beget.com",
    ),
    Rule(
        "spf.syntax",
        CRITICAL,
        zones(record("v=spf1 include: beget.com a:192.0.2.7 –all"), BEGET),
        zones(record("v=spf1 include:beget.com -all"), BEGET),
        "v=spf1 include:beget.com ip4:192.0.2.7 -all",
    ),
    Rule(
        "spf.syntax",
        CRITICAL,
        zones(record("v=spf1 include: beget.com ip4:10.0.0 all"), BEGET),
        zones(record("v=spf1 include:beget.com ~all"), BEGET),
        "v=spf1 include:beget.com ~all",
    ),
    Rule(
        "spf.multiple",
        CRITICAL,
        zones({"shop.test": {"TXT": ["v=spf1 include: beget.com ip4:10.0.0 -all", "v=spf1 a -all"]}}, BEGET),
        record("v=spf1 a -all"),
        "v=spf1 include:beget.com a ~all",
    ),
    Rule(
        "spf.lookups-over",
        CRITICAL,
        zones(record(f"v=spf1 {TERMS_11} -all"), HOSTS),
        zones(record(f"v=spf1 {TERMS_10} -all"), HOSTS),
    ),
    Rule(
        "spf.lookups-over",
        CRITICAL,
        zones(
            record("v=spf1 include:a.test include:b.test -all"),
            HOSTS,
            {"a.test": {"TXT": [f"v=spf1 {TERMS_8}"]}, "b.test": {"TXT": ["v=spf1 a:h1.test -all"]}},
        ),
        zones(
            record("v=spf1 include:a.test include:b.test -all"),
            HOSTS,
            {"a.test": {"TXT": [f"v=spf1 {TERMS_7}"]}, "b.test": {"TXT": ["v=spf1 a:h1.test -all"]}},
        ),
    ),
    Rule(
        "spf.lookups-near",
        WARNING,
        zones(record(f"v=spf1 {TERMS_8} -all"), HOSTS),
        zones(record(f"v=spf1 {TERMS_7} -all a:h8.test"), HOSTS),
    ),
    Rule(
        "spf.void",
        WARNING,
        record("v=spf1 a:gone.test mx:nomail.test ip4:192.0.2.1 -all"),
        zones(record("v=spf1 a:six.test -all"), {"six.test": {"AAAA": ["2001:db8::1"]}}),
        "v=spf1 ip4:192.0.2.1 -all",
    ),
    Rule(
        "spf.void-over",
        CRITICAL,
        record("v=spf1 a:gone.test a:lost.test exists:away.test -all"),
        record("v=spf1 a:gone.test a:lost.test exists:%{i}.away.test -all"),
        "v=spf1 -all",
    ),
    Rule(
        "spf.include-none",
        CRITICAL,
        zones(record("v=spf1 include:_spf.beget.com ip4:192.0.2.9 -all"), BEGET),
        zones(record("v=spf1 include:beget.com ip4:192.0.2.9 -all"), BEGET),
        "v=spf1 include:beget.com ip4:192.0.2.9 -all",
        {"provider": "beget.com"},
    ),
    Rule(
        "spf.include-none",
        CRITICAL,
        record("v=spf1 redirect=gone.test"),
        record("v=spf1 redirect=gone.test -all"),
        "v=spf1 ~all",
    ),
    Rule(
        "spf.loop",
        CRITICAL,
        zones(record("v=spf1 include:a.test -all"), {"a.test": {"TXT": ["v=spf1 redirect=shop.test"]}}),
        zones(record("v=spf1 include:a.test -all"), {"a.test": {"TXT": ["v=spf1 a:shop.test"]}}),
    ),
    Rule("spf.loop", CRITICAL, record("v=spf1 include:shop.test mx -all"), record("v=spf1 mx -all"), "v=spf1 mx -all"),
    Rule("spf.pass-all", CRITICAL, record("v=spf1 mx +all"), record("v=spf1 mx ~all"), "v=spf1 mx ~all"),
    Rule(
        "spf.pass-all",
        CRITICAL,
        zones(record("v=spf1 redirect=open.test"), {"open.test": {"TXT": ["v=spf1 all"]}}),
        zones(record("v=spf1 -all redirect=open.test"), {"open.test": {"TXT": ["v=spf1 all"]}}),
    ),
    Rule("spf.neutral", WARNING, record("v=spf1 mx ?all"), record("v=spf1 mx -all"), "v=spf1 mx ~all"),
    Rule(
        "spf.neutral",
        WARNING,
        record("v=spf1 ip4:192.0.2.1"),
        zones(record("v=spf1 redirect=beget.com"), BEGET),
        "v=spf1 ip4:192.0.2.1 ~all",
    ),
    Rule("spf.softfail", INFO, zones(record("v=spf1 redirect=beget.com"), BEGET), record("v=spf1 -all")),
    Rule(
        "spf.redirect-ignored",
        WARNING,
        record("v=spf1 mx ~all redirect=other.test"),
        zones(record("v=spf1 mx redirect=beget.com"), BEGET),
        "v=spf1 include:other.test mx ~all",
    ),
    Rule(
        "spf.redirect-ignored",
        CRITICAL,
        zones(record("v=spf1 mx ~all redirect=beget.com"), BEGET),
        zones(record("v=spf1 redirect=beget.com"), BEGET),
        "v=spf1 include:beget.com mx ~all",
        {"provider": "beget.com"},
    ),
    Rule(
        "spf.after-all",
        WARNING,
        record("v=spf1 -all ip4:192.0.2.1"),
        record("v=spf1 ip4:192.0.2.1 -all exp=why.shop.test"),
        "v=spf1 ip4:192.0.2.1 -all",
    ),
    Rule("spf.ptr", WARNING, record("v=spf1 ptr mx -all"), record("v=spf1 mx -all"), "v=spf1 mx -all"),
    Rule(
        "spf.mx-many",
        CRITICAL,
        zones(
            {"shop.test": {"TXT": ["v=spf1 mx -all"], "MX": [(number, f"h{number}.test") for number in range(1, 12)]}},
            HOSTS,
        ),
        zones(
            {"shop.test": {"TXT": ["v=spf1 mx -all"], "MX": [(number, f"h{number}.test") for number in range(1, 11)]}},
            HOSTS,
        ),
    ),
    Rule(
        "spf.duplicate-include",
        WARNING,
        zones(record("v=spf1 include:beget.com include:beget.com -all"), BEGET),
        zones(record("v=spf1 include:beget.com -all"), BEGET),
        "v=spf1 include:beget.com -all",
    ),
    Rule("spf.size", WARNING, record(f"v=spf1 {LONG} -all"), record("v=spf1 ip4:192.0.2.0/24 -all")),
    Rule(
        "spf.size",
        WARNING,
        {"shop.test": {"TXT": ["v=spf1 -all", "google-site-verification=" + "x" * 200, "y" * 300]}},
        {"shop.test": {"TXT": ["v=spf1 -all", "google-site-verification=" + "x" * 200]}},
    ),
    Rule(
        "spf.type99",
        INFO,
        {"shop.test": {"TXT": ["v=spf1 -all"], "SPF": ["v=spf1 -all"]}},
        record("v=spf1 -all"),
    ),
    Rule(
        "spf.senderid",
        INFO,
        {"shop.test": {"TXT": ["v=spf1 -all", "spf2.0/pra mx -all"]}},
        record("v=spf1 -all"),
    ),
    Rule("spf.wide", WARNING, record("v=spf1 ip4:10.0.0.0/8 -all"), record("v=spf1 ip4:10.0.0.0/16 -all")),
    Rule("spf.wide", WARNING, record("v=spf1 ip6:2001::/16 -all"), record("v=spf1 ip6:2001:db8::/32 -all")),
    Rule(
        "spf.leading-space",
        CRITICAL,
        record(' "v=spf1 mx -all"'),
        record("v=spf1 mx -all "),
        "v=spf1 mx -all",
    ),
    Rule("spf.unknown-modifier", WARNING, record("v=spf1 include=beget.com -all"), record("v=spf1 match=a -all")),
    Rule(
        "spf.ip-result",
        CRITICAL,
        record("v=spf1 ip4:192.0.2.1 -all"),
        record("v=spf1 ip4:198.51.100.0/24 -all"),
        "v=spf1 ip4:198.51.100.7 ip4:192.0.2.1 -all",
        options={"sending_ips": ("198.51.100.7",)},
    ),
    Rule(
        "spf.ip-result",
        WARNING,
        record("v=spf1 ip4:192.0.2.1 ~all"),
        record("v=spf1 ip6:2001:db8::/32 ~all"),
        "v=spf1 ip6:2001:db8::7 ip4:192.0.2.1 ~all",
        options={"sending_ips": ("2001:db8::7",)},
    ),
    Rule(
        "spf.ip-result",
        UNKNOWN,
        zones(record("v=spf1 a:h1.test ~all"), {"h1.test": {"A": Failure("SERVFAIL")}}),
        zones(record("v=spf1 a:h1.test ~all"), HOSTS),
        options={"sending_ips": ("192.0.2.1",)},
    ),
    Rule(
        "spf.provider",
        CRITICAL,
        record("v=spf1 ip4:192.0.2.9 ~all"),
        zones(record("v=spf1 ip4:192.0.2.9 include:beget.com ~all"), BEGET),
        "v=spf1 include:beget.com ip4:192.0.2.9 ~all",
        {"provider": "beget.com"},
    ),
    Rule(
        "spf.unanswered",
        UNKNOWN,
        {"shop.test": {"TXT": Failure("SERVFAIL")}},
        record("v=spf1 -all"),
    ),
    Rule(
        "spf.unanswered",
        UNKNOWN,
        zones(record("v=spf1 include:beget.com ~all"), {"beget.com": {"TXT": Failure("TIMEOUT")}}),
        zones(record("v=spf1 include:beget.com ~all"), BEGET),
        options={"provider": "beget.com"},
    ),
]
IDS = [f"{rule.id}-{number}" for number, rule in enumerate(RULES)]


@pytest.mark.parametrize("rule", RULES, ids=IDS)
async def test_a_zone_that_provokes_it(rule: Rule) -> None:
    found = [finding for finding in await linted(rule.provoked, **rule.options) if finding.id == rule.id]

    assert [finding.severity for finding in found] == [rule.severity]
    entry = found[0].remedy.entry
    assert (entry.value if entry else None) == rule.enter
    assert all(text for text in (found[0].why.ru, found[0].why.en, found[0].remedy.said("ru"), found[0].reference))


@pytest.mark.parametrize("rule", RULES, ids=IDS)
async def test_a_zone_that_does_not(rule: Rule) -> None:
    assert rule.id not in {finding.id for finding in await linted(rule.silent, **rule.options)}


async def test_a_sound_record_is_praised_by_silence() -> None:
    assert await linted(record("v=spf1 ip4:192.0.2.1 -all")) == []


async def test_what_beget_writes_needs_nothing() -> None:
    report, findings = await report_and_findings(
        zones(record("v=spf1 redirect=beget.com"), BEGET), provider="beget.com", sending_ips=("192.0.2.77",)
    )

    assert [(finding.id, finding.severity) for finding in findings] == [("spf.softfail", INFO)]
    assert report.root.lookups == 1
    assert report.results["192.0.2.77"].result == "pass"


async def test_a_provider_named_wrongly_is_one_fault_with_one_cure() -> None:
    findings = await linted(zones(record("v=spf1 include:_spf.beget.com ~all"), BEGET), provider="beget.com")

    assert [finding.id for finding in findings if finding.severity is CRITICAL] == ["spf.include-none"]


async def test_all_findings_about_a_record_give_the_same_record_to_enter() -> None:
    """Whoever enters one of them has cured all, and none leaves the domain open to everyone."""
    broken = record("v=spf1 include:_spf.beget.com ptr ip4:192.0.2.9 ip4:192.0.2.9 +all redirect=other.test a:h1.test")
    findings = await linted(zones(broken, BEGET, HOSTS), provider="beget.com")

    entries = {finding.id: finding.remedy.entry.value for finding in findings if finding.remedy.entry}
    assert entries == dict.fromkeys(
        ["spf.after-all", "spf.redirect-ignored", "spf.ptr", "spf.include-none", "spf.pass-all"],
        "v=spf1 include:beget.com include:other.test ip4:192.0.2.9 a:h1.test ~all",
    )


@pytest.mark.parametrize(
    "texts", [["v=spf1 include: _spf.beget.com mx:1 all"], ["v=spf1 mx", "v=spf1 include:_spf.beget.com"]]
)
async def test_the_record_for_one_that_cannot_be_read_has_no_other_fault_either(texts: list[str]) -> None:
    published: Zones = {"shop.test": {"TXT": texts, "MX": [(10, "h1.test")]}}
    (finding,) = await linted(zones(published, BEGET, HOSTS), provider="beget.com")

    assert finding.remedy.entry is not None
    again = await linted(
        zones({"shop.test": {"TXT": [finding.remedy.entry.value], "MX": [(10, "h1.test")]}}, BEGET, HOSTS),
        provider="beget.com",
    )
    assert [found.id for found in again] == ["spf.softfail"]


async def test_silence_of_the_dns_is_never_taken_for_absence() -> None:
    found = await linted({"shop.test": {"TXT": Failure("SERVFAIL")}}, provider="beget.com", sending_ips=("192.0.2.1",))

    assert {finding.severity for finding in found} == {UNKNOWN}


async def test_the_remedy_says_where_to_type_it() -> None:
    (finding,) = await linted({"shop.test": {}}, provider="beget.com")

    assert finding.remedy.said("ru") == (
        "Добавьте запись. RU-CENTER, DNS-хостинг, зона shop.test: TXT, имя `@`: "
        "`v=spf1 redirect=beget.com`; затем «Выгрузить зону»"
    )


async def test_a_record_bomb_is_looked_at_within_bounds() -> None:
    bomb: Zones = zones(
        {f"b{n}.test": {"TXT": [f"v=spf1 include:b{n + 1}.test include:c{n}.test"]} for n in range(30)},
        {f"c{n}.test": {"TXT": [f"v=spf1 include:b{n + 1}.test a:x.test"]} for n in range(30)},
    )
    resolver = MemoryResolver(zones(bomb, record("v=spf1 include:b0.test -all")))

    _, findings = await lint(SHOP, resolver)

    assert "spf.lookups-over" in {finding.id for finding in findings}
    assert len(resolver.queries) < 130
