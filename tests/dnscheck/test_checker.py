import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mailsync.dnscheck.checker import Checker
from mailsync.dnscheck.examination import Occasion
from mailsync.dnscheck.lookup import Failure, Lookup
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.neighbours.mtasts import Fetched, UnreachableError
from mailsync.dnscheck.profile import ANY
from mailsync.dnscheck.report import CheckResult, DomainReport
from mailsync.dnscheck.settings import AcceptedFinding, DnsSettings
from tests.dnscheck.dkim_signer import Signer
from tests.dnscheck.good_zone import SERVERS, SHOP

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SETTINGS = DnsSettings(
    domain="shop.test", selectors=("main",), sending_ips=("192.0.2.25",), profile=ANY, mailbox="zakaz@shop.test"
)
LETTER = b"From: zakaz@shop.test\r\nSubject: order\r\n\r\nHello\r\n"


class NoWeb:
    async def fetch(self, host: str, addresses: Sequence[str]) -> Fetched:
        raise UnreachableError(host)


class Sluggish(MemoryResolver):
    """Never answers what ends like `name`."""

    def __init__(self, zones: Zones, name: str) -> None:
        super().__init__(zones, SERVERS)
        self._name = name

    async def lookup(self, name: str, rdtype: str) -> Lookup:
        if name.endswith(self._name):
            await asyncio.Event().wait()
        return await super().lookup(name, rdtype)


def checker(zones: Zones) -> Checker:
    return Checker(MemoryResolver(zones, SERVERS), NoWeb(), time.monotonic, resolver_names=["192.0.2.53"])


async def checked(zones: Zones, settings: DnsSettings = SETTINGS, occasion: Occasion | None = None) -> DomainReport:
    return await checker(zones).check(settings, occasion or Occasion(NOW, "probe"))


def ids(report: DomainReport) -> list[str]:
    return [finding.id for finding in report.findings]


async def test_a_domain_in_order_is_ok_with_a_few_suggestions() -> None:
    report = await checked(SHOP)
    assert (report.result, ids(report)) == (CheckResult.OK, ["dnssec.absent", "mtasts.absent", "tlsrpt.absent"])
    assert report.mx is not None
    assert [str(mx) for mx in report.mx] == ["10 mx.shop.test."]


async def test_the_published_records_can_be_compared_from_run_to_run() -> None:
    report = await checked({**SHOP, "_dmarc.shop.test": {"TXT": Failure("TIMEOUT")}, "main._domainkey.shop.test": {}})
    assert report.records == {"spf": ("v=spf1 ip4:192.0.2.25 -all",), "mx": ("10 mx.shop.test.",), "dkim main": ()}


async def test_no_question_is_asked_twice() -> None:
    report = await checked(SHOP)
    asked = [(query.name, query.rdtype, query.server) for query in report.queries]
    assert len(asked) == len(set(asked)) > 20


@pytest.mark.parametrize(
    ("broken", "found", "result"),
    [
        ({"_dmarc.shop.test": {}}, "dmarc.missing", CheckResult.CRITICAL),
        ({"main._domainkey.shop.test": {}}, "dkim.missing", CheckResult.CRITICAL),
        ({"25.2.0.192.in-addr.arpa": {}}, "ptr.missing", CheckResult.WARNING),
        ({"_mta-sts.shop.test": {"TXT": ["v=STSv1; id=1"]}}, "mtasts.policy", CheckResult.WARNING),
        ({"_smtp._tls.shop.test": {"TXT": ["v=TLSRPTv1"]}}, "tlsrpt.syntax", CheckResult.WARNING),
        ({"*.shop.test": {"TXT": ["v=spf1 -all"]}}, "zone.wildcard", CheckResult.OK),
        ({"_dmarc.shop.test": {"TXT": Failure("TIMEOUT")}}, "dmarc.unanswered", CheckResult.UNKNOWN),
        ({"mx.shop.test": {"A": Failure("SERVFAIL")}}, "mx.unanswered", CheckResult.UNKNOWN),
    ],
)
async def test_each_standard_is_looked_at(broken: Zones, found: str, result: CheckResult) -> None:
    report = await checked({**SHOP, **broken})
    assert found in ids(report)
    assert report.result is result


async def test_a_known_fault_is_not_hidden_by_an_unanswered_question() -> None:
    report = await checked({**SHOP, "_dmarc.shop.test": {"TXT": Failure()}, "main._domainkey.shop.test": {}})
    assert report.result is CheckResult.CRITICAL


async def test_what_does_not_finish_in_time_is_unknown_and_the_rest_is_told() -> None:
    resolver = Sluggish({**SHOP, "main._domainkey.shop.test": {}}, "_dmarc.shop.test")
    settings = replace(SETTINGS, timeout=0.2)
    report = await Checker(resolver, NoWeb(), time.monotonic).check(settings, Occasion(NOW, "probe"))
    assert [finding.id for finding in report.findings if finding.severity != "info"] == [
        "dkim.missing",
        "bimi.unanswered",
        "dmarc.eval",
        "dmarc.unanswered",
    ]
    assert report.dmarc is None
    assert report.seconds < 5


async def test_nothing_finishes_where_the_dns_is_silent() -> None:
    report = await Checker(Sluggish({}, ""), NoWeb(), time.monotonic).check(
        replace(SETTINGS, timeout=0.1), Occasion(NOW, "probe")
    )
    assert report.result is CheckResult.UNKNOWN
    assert {finding.severity for finding in report.findings} == {"unknown"}


@pytest.mark.parametrize(
    ("until", "result"),
    [
        (None, CheckResult.OK),
        (date(2026, 11, 23), CheckResult.OK),
        (date(2026, 11, 22), CheckResult.WARNING),
    ],
)
async def test_a_finding_can_be_accepted_until_a_day(until: date | None, result: CheckResult) -> None:
    settings = replace(SETTINGS, accepted=(AcceptedFinding("ptr.missing", "Beget was asked", until),))
    report = await checked({**SHOP, "25.2.0.192.in-addr.arpa": {}}, settings)
    assert report.result is result
    assert len(report.accepted) == (1 if result is CheckResult.OK else 0)


async def test_monitoring_forever_is_a_warning_for_those_who_remember_its_start() -> None:
    zones: Zones = {**SHOP, "_dmarc.shop.test": {"TXT": ["v=DMARC1; p=none; rua=mailto:dmarc@shop.test"]}}
    assert (await checked(zones)).result is CheckResult.OK
    since = Occasion(NOW, "probe", first_seen=date(2026, 1, 1))
    assert (await checked(zones, occasion=since)).result is CheckResult.WARNING


async def test_a_letter_is_verified_and_judged() -> None:
    signed = Signer().sign(LETTER)
    zones: Zones = {**SHOP, **Signer().zones}
    assert (await checked(zones, occasion=Occasion(NOW, "probe", signed))).result is CheckResult.OK
    foreign = Signer("mailer.test").sign(LETTER)
    zones = {**SHOP, **Signer("mailer.test").zones, "shop.test": {**SHOP["shop.test"], "TXT": ["v=spf1 -all"]}}
    report = await checked(zones, occasion=Occasion(NOW, "probe", foreign))
    assert "dmarc.eval" in ids(report)
    assert report.result is CheckResult.CRITICAL


async def test_a_letter_of_somebody_else_says_nothing_about_the_domain() -> None:
    foreign = Signer().sign(LETTER.replace(b"zakaz@shop.test", b"zakaz@other.test"))
    report = await checked({**SHOP, **Signer().zones}, occasion=Occasion(NOW, "probe", foreign))
    (finding,) = [finding for finding in report.findings if finding.id == "dmarc.eval"]
    assert (finding.severity, finding.seen) == ("unknown", "From: other.test")


async def test_a_sending_address_that_nothing_vouches_for_fails_dmarc() -> None:
    zones: Zones = {**SHOP, "shop.test": {**SHOP["shop.test"], "TXT": ["v=spf1 -all"]}, "main._domainkey.shop.test": {}}
    report = await checked(zones)
    (finding,) = [finding for finding in report.findings if finding.id == "dmarc.eval"]
    assert finding.severity == "critical"
    assert finding.seen.startswith("192.0.2.25: dmarc=fail policy=reject header.from=shop.test: spf=fail")


async def test_the_usual_selector_is_tried_where_none_is_configured() -> None:
    settings = replace(SETTINGS, selectors=())
    assert "dkim.selector-unknown" in ids(await checked(SHOP, settings))
    usual: Zones = {**SHOP, "beget._domainkey.shop.test": SHOP["main._domainkey.shop.test"]}
    assert (await checked(usual, settings)).result is CheckResult.OK


async def test_a_record_that_the_name_servers_have_already_is_said_to_be_cached() -> None:
    report = await checked({**SHOP, "_dmarc.shop.test": {}})
    (finding,) = [finding for finding in report.findings if finding.id == "zone.cached"]
    assert finding.name == "_dmarc.shop.test"


async def test_the_settings_of_our_domain_say_nothing_about_others() -> None:
    ours = DnsSettings()
    assert ours.for_domain("TdRusStankosbyt.ru") == ours
    other = ours.for_domain("станки.рф")
    assert (other.domain, other.profile, other.selectors, other.mailbox) == ("xn--80aqflsg.xn--p1ai", ANY, (), None)


async def test_cyrillic_domains_are_shown_both_ways() -> None:
    report = await checked({}, SETTINGS.for_domain("станки.рф"))
    assert (report.domain, report.domain_unicode) == ("xn--80aqflsg.xn--p1ai", "станки.рф")
