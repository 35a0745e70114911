"""The checker against real servers on loopback: Knot with broken zones, and one that misbehaves."""

import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import pytest

from mailsync.dnscheck.checker import Checker
from mailsync.dnscheck.dmarc.discovery import discover
from mailsync.dnscheck.dmarc.lint import lint as lint_dmarc
from mailsync.dnscheck.examination import Occasion
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.neighbours import bimi, dnssec, mtasts, mx, name_servers, ptr, stray_names, tlsrpt
from mailsync.dnscheck.profile import ANY, BEGET, Profile
from mailsync.dnscheck.report import DomainReport
from mailsync.dnscheck.resolver import DnsResolver, Nameserver
from mailsync.dnscheck.settings import DnsSettings
from mailsync.dnscheck.subject import Subject
from tests.dnscheck import (
    test_dmarc_lint,
    test_neighbours_bimi,
    test_neighbours_mx,
    test_neighbours_ptr,
    test_neighbours_tls,
    test_neighbours_zone,
)
from tests.dnscheck.good_zone import SHOP
from tests.dnscheck.real_zones import delegation_signers, serving
from tests.dnscheck.servers import Behaviour, Knot, answering, free_port, misbehaving_server, possible_for_knot
from tests.dnscheck.test_checker import NoWeb

pytestmark = pytest.mark.servers

SUBJECT = Subject("shop.test", "shop.test")
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def resolver(knot: Knot) -> DnsResolver:
    return DnsResolver([Nameserver("127.0.0.1", knot.port)], direct_port=knot.port)


def possible(zones: Any) -> bool:
    """Rules whose zones an honest server can serve; the others are provoked by the one that misbehaves."""
    return possible_for_knot(zones)


DMARC = [(zones, [identifier for identifier, _ in found]) for zones, found in test_dmarc_lint.RULES if possible(zones)]
REPORTS = [(zones, found) for zones, found in test_dmarc_lint.REPORTS if possible(zones)]


@pytest.mark.parametrize(("zones", "found"), [*DMARC, *REPORTS])
async def test_dmarc(zones: Zones, found: list[str], knot: Knot, resolver: DnsResolver) -> None:
    knot.serve({**test_dmarc_lint.MX, **zones})
    _, findings = await lint_dmarc(SUBJECT, resolver, today=TODAY, mailbox="zakaz@shop.test")
    assert [finding.id for finding in findings] == found


@pytest.mark.parametrize(
    ("answer", "profile", "found"),
    [rule for rule in test_neighbours_mx.RULES if possible({"shop.test": {"MX": rule[0]}}) and ":" not in str(rule[0])],
)
async def test_mx(
    answer: Any, profile: Profile, found: list[tuple[str, str]], knot: Knot, resolver: DnsResolver
) -> None:
    servers = {name: types for name, types in test_neighbours_mx.SERVERS.items() if possible({name: types})}
    knot.serve({**servers, "shop.test": {"MX": answer}})
    _, findings = await mx.lint(SUBJECT, resolver, profile)
    expected = [] if found == [("mx.unanswered", "unknown")] else [identifier for identifier, _ in found]
    assert [finding.id for finding in findings if finding.name != "silent.test"] == expected


@pytest.mark.parametrize(
    ("address", "zones", "found"), [rule for rule in test_neighbours_ptr.RULES if possible(rule[1])]
)
async def test_ptr(address: str, zones: Zones, found: list[str], knot: Knot, resolver: DnsResolver) -> None:
    knot.serve({**test_neighbours_ptr.FORWARD, **zones})
    assert [finding.id for finding in await ptr.lint(ip_address(address), resolver, BEGET)] == found


@pytest.mark.parametrize(
    ("zones", "web", "found"), [rule for rule in test_neighbours_tls.STS_RULES if possible(rule[0])]
)
async def test_mta_sts(
    zones: Zones, web: test_neighbours_tls.Web, found: list[tuple[str, str]], knot: Knot, resolver: DnsResolver
) -> None:
    knot.serve(zones)
    findings = await mtasts.lint(SUBJECT, resolver, web, test_neighbours_tls.BEGET)
    assert [(finding.id, finding.severity) for finding in findings] == found


@pytest.mark.parametrize(("texts", "found"), test_neighbours_tls.TLSRPT_RULES)
async def test_tls_reporting(texts: list[str], found: list[tuple[str, str]], knot: Knot, resolver: DnsResolver) -> None:
    knot.serve({"_smtp._tls.shop.test": {"TXT": texts}})
    assert [(finding.id, finding.severity) for finding in await tlsrpt.lint(SUBJECT, resolver)] == found


@pytest.mark.parametrize(("zones", "found"), [rule for rule in test_neighbours_zone.STRAY_RULES if possible(rule[0])])
async def test_stray_names(zones: Zones, found: list[str], knot: Knot, resolver: DnsResolver) -> None:
    knot.serve(zones)
    assert [finding.id for finding in await stray_names.lint(SUBJECT, resolver, "probe")] == found


@pytest.mark.parametrize(
    ("answer", "policy", "found"),
    [rule for rule in test_neighbours_bimi.RULES if not isinstance(rule[0], Failure)],
)
async def test_bimi(answer: Any, policy: str, found: list[str], knot: Knot, resolver: DnsResolver) -> None:
    knot.serve({"default._bimi.shop.test": {"TXT": answer}, "_dmarc.shop.test": {"TXT": [f"v=DMARC1; p={policy}"]}})
    findings = await bimi.lint(SUBJECT, resolver, await discover("shop.test", resolver))
    assert [finding.id for finding in findings] == found


def zone(serial: int, *records: str) -> str:
    lines = [f"@ 60 SOA ns1.shop.test. host.shop.test. {serial} 60 60 60 60", *records]
    return "\n".join(["$ORIGIN shop.test.", *lines]) + "\n"


TWO = ("@ 60 NS ns1", "@ 60 NS ns2", "ns1 60 A 127.0.0.1", "ns2 60 A 127.0.0.2")


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (zone(7, *TWO), {"shop.test": zone(7, *TWO)}, []),
        (zone(7, *TWO), {"shop.test": zone(8, *TWO)}, ["soa.skew"]),
        (zone(7, *TWO), {"other.test": zone(7, *TWO).replace("shop.test", "other.test")}, ["ns.lame"]),
        (zone(7, *TWO), {}, ["ns.lame"]),
        (zone(7, "@ 60 NS ns1", "ns1 60 A 127.0.0.1"), {}, ["ns.single"]),
        (zone(7, "@ 60 NS ns1", "@ 60 NS ns2", "ns1 60 A 127.0.0.1", "ns2 60 TXT x"), {}, ["ns.no-address"]),
        (zone(7, "@ 60 NS ns1", "@ 60 NS ns2", "ns1 60 A 127.0.0.3", "ns2 60 A 127.0.0.3"), {}, ["ns.not-asked"]),
    ],
)
async def test_name_servers(first: str, second: dict[str, str], found: list[str], tmp_path: Path) -> None:
    port = free_port()
    asked = DnsResolver([Nameserver("127.0.0.1", port)], seconds=2, direct_port=port)
    with serving(tmp_path / "one", "127.0.0.1", port, {"shop.test": first}):
        if not second:
            _, findings = await name_servers.lint(SUBJECT, asked, ANY)
        else:
            with serving(tmp_path / "two", "127.0.0.2", port, second):
                _, findings = await name_servers.lint(SUBJECT, asked, ANY)
    assert [finding.id for finding in findings] == found


@pytest.mark.parametrize(
    ("published", "found"), [("own", []), ("other", ["dnssec.ds-mismatch"]), ("none", ["dnssec.absent"])]
)
async def test_signatures(published: str, found: list[str], tmp_path: Path) -> None:
    """Child and parent on two servers; the DS is asked for at the parent, as a resolver would."""
    port = free_port()
    with serving(tmp_path / "child", "127.0.0.1", port, {"shop.test": zone(7, *TWO)}, signed={"shop.test"}):
        own = delegation_signers(tmp_path / "child", "shop.test")
        signers = {"own": own, "other": [ds[:-4] + "0000" for ds in own], "none": []}[published]
        keys = await DnsResolver([Nameserver("127.0.0.1", port)]).lookup("shop.test", "DNSKEY")
        served = {"DNSKEY": keys, **({"DS": signers} if signers else {})}
        answered = MemoryResolver({"shop.test": served})
        assert [finding.id for finding in await dnssec.lint(SUBJECT, answered)] == found


SETTINGS = DnsSettings(domain="shop.test", selectors=("main",), sending_ips=("192.0.2.25",), profile=ANY, mailbox=None)


async def checked(port: int, settings: DnsSettings = SETTINGS, seconds: float = 6) -> DomainReport:
    resolver = DnsResolver([Nameserver("127.0.0.1", port)], seconds=seconds, direct_port=port)
    return await Checker(resolver, NoWeb(), time.monotonic).check(settings, Occasion(NOW, "probe"))


UNDELEGATED: Zones = {
    **SHOP,
    "shop.test": {rdtype: answer for rdtype, answer in SHOP["shop.test"].items() if rdtype not in {"SOA", "NS"}},
}


async def test_a_whole_check_of_a_good_domain(knot: Knot) -> None:
    knot.serve(UNDELEGATED)
    report = await checked(knot.port)
    assert [finding.id for finding in report.findings] == ["dnssec.absent", "mtasts.absent", "tlsrpt.absent"]
    assert report.result == "ok"


def silence(_question: dns.message.Message, _tcp: bool) -> None:
    """Nothing comes back."""


def garbage(question: dns.message.Message, _tcp: bool) -> bytes:
    return question.to_wire()[:7]


def truncated_everywhere(question: dns.message.Message, _tcp: bool) -> dns.message.Message:
    response = dns.message.make_response(question)
    response.flags |= dns.flags.TC
    return response


def about_another_name(_question: dns.message.Message, _tcp: bool) -> dns.message.Message:
    return dns.message.make_response(dns.message.make_query("other.test", "TXT"))


@pytest.mark.parametrize(
    "behaviour",
    [
        answering(code="SERVFAIL"),
        answering(code="REFUSED"),
        silence,
        garbage,
        truncated_everywhere,
        about_another_name,
    ],
    ids=["servfail", "refused", "silence", "garbage", "truncated", "other-name"],
)
async def test_a_server_that_misbehaves_leaves_everything_unknown_in_time(behaviour: Behaviour) -> None:
    behaviours: dict[str, Behaviour] = defaultdict(lambda: behaviour)
    async with misbehaving_server(behaviours) as (port, _):
        report = await checked(port, replace(SETTINGS, timeout=2), seconds=0.5)
    assert report.result == "unknown"
    assert {str(finding.severity) for finding in report.findings} == {"unknown"}
    assert not any(finding.id.endswith((".missing", ".absent")) for finding in report.findings)
    assert report.seconds < 4


async def test_one_silent_name_does_not_hide_what_the_others_say(knot: Knot) -> None:
    async def forwarded() -> DomainReport:
        behaviours: dict[str, Behaviour] = defaultdict(lambda: answering(code="NXDOMAIN"))
        behaviours["_dmarc.shop.test"] = silence
        async with misbehaving_server(behaviours) as (port, _):
            return await checked(port, replace(SETTINGS, timeout=3), seconds=0.5)

    found = {(finding.id, str(finding.severity)) for finding in (await forwarded()).findings}
    assert ("mx.missing", "critical") in found
    assert ("dmarc.unanswered", "unknown") in found
    assert "dmarc.missing" not in {identifier for identifier, _ in found}
