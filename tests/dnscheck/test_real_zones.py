"""The lint rules once more, their zones served by Knot and asked for over the network."""

from datetime import UTC, datetime

import pytest

from mailsync.dnscheck.dkim.lint import lint as lint_dkim
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.memory import Zones
from mailsync.dnscheck.resolver import DnsResolver, Nameserver
from mailsync.dnscheck.spf import check_host
from mailsync.dnscheck.spf.lint import lint as lint_spf
from mailsync.dnscheck.subject import Subject
from tests.dnscheck import test_dkim_lint, test_spf_lint
from tests.dnscheck.servers import Knot, answering, misbehaving_server, possible_for_knot

pytestmark = pytest.mark.servers

SHOP = Subject("shop.test", "shop.test")
SPF_RULES = [rule for rule in test_spf_lint.RULES if possible_for_knot(rule.provoked)]
DKIM_RULES = [rule for rule in test_dkim_lint.RULES if possible_for_knot(rule.provoked)]


@pytest.fixture
def resolver(knot: Knot) -> DnsResolver:
    return DnsResolver([Nameserver("127.0.0.1", knot.port)])


async def spf_ids(zones: Zones, options: dict[str, object], knot: Knot, resolver: DnsResolver) -> set[str]:
    knot.serve(zones)
    _, findings = await lint_spf(SHOP, resolver, **options)  # type: ignore[arg-type]
    return {finding.id for finding in findings}


async def dkim_ids(zones: Zones, options: dict[str, object], knot: Knot, resolver: DnsResolver) -> set[str]:
    knot.serve(zones)
    known = {"selectors": ["beget"], "probe": "x7q2m", "now": datetime(2026, 11, 23, tzinfo=UTC)} | options
    _, findings = await lint_dkim(SHOP, resolver, **known)  # type: ignore[arg-type]
    return {finding.id for finding in findings}


@pytest.mark.parametrize("rule", SPF_RULES, ids=lambda rule: rule.id)
async def test_spf_rules(rule: test_spf_lint.Rule, knot: Knot, resolver: DnsResolver) -> None:
    assert rule.id in await spf_ids(rule.provoked, rule.options, knot, resolver)
    assert rule.id not in await spf_ids(rule.silent, rule.options, knot, resolver)


@pytest.mark.parametrize("rule", DKIM_RULES, ids=lambda rule: rule.id)
async def test_dkim_rules(rule: test_dkim_lint.Rule, knot: Knot, resolver: DnsResolver) -> None:
    silent_options = rule.options if rule.silent_options is None else rule.silent_options

    assert rule.id in await dkim_ids(rule.provoked, rule.options, knot, resolver)
    assert rule.id not in await dkim_ids(rule.silent, silent_options, knot, resolver)


async def test_check_host_over_the_network(knot: Knot, resolver: DnsResolver) -> None:
    knot.serve(
        {
            "shop.test": {"TXT": ["v=spf1 include:beget.com mx -all exp=why.shop.test"], "MX": [(10, "mx.shop.test")]},
            "mx.shop.test": {"A": ["192.0.2.25"], "AAAA": ["2001:db8::25"]},
            "beget.com": {"TXT": ["v=spf1 ip4:198.51.100.0/24 ~all"]},
            "why.shop.test": {"TXT": ["%{i} may not send for %{d}"]},
        }
    )

    results = {
        ip: await check_host(ip, "shop.test", "zakaz@shop.test", "mail.shop.test", resolver)
        for ip in ("198.51.100.7", "192.0.2.25", "2001:db8::25", "203.0.113.1")
    }

    assert {ip: str(result.result) for ip, result in results.items()} == {
        "198.51.100.7": "pass",
        "192.0.2.25": "pass",
        "2001:db8::25": "pass",
        "203.0.113.1": "fail",
    }
    refused = results["203.0.113.1"]
    assert refused.explanation == "203.0.113.1 may not send for shop.test"
    assert [str(step) for step in refused.trace] == [
        "shop.test: include:beget.com [1] no match",
        "  beget.com: ip4:198.51.100.0/24 [0] no match",
        "  beget.com: ~all [0] match",
        "shop.test: mx [1] no match",
        "shop.test: -all [0] match",
    ]


@pytest.mark.parametrize("code", ["SERVFAIL", "REFUSED"])
async def test_a_server_that_refuses_leaves_everything_unknown(code: str) -> None:
    behaviours = dict.fromkeys(("shop.test", "beget._domainkey.shop.test"), answering(code=code))
    async with misbehaving_server(behaviours) as (port, _):
        resolver = DnsResolver([Nameserver("127.0.0.1", port)], seconds=1)
        _, spf = await lint_spf(SHOP, resolver, provider="beget.com", sending_ips=("192.0.2.1",))
        _, dkim = await lint_dkim(SHOP, resolver, selectors=["beget"], probe="x7q2m", now=datetime.now(UTC))
        result = await check_host("192.0.2.1", "shop.test", "", "shop.test", resolver)

    assert {(finding.id, str(finding.severity)) for finding in (*spf, *dkim)} == {
        ("spf.unanswered", "unknown"),
        ("spf.ip-result", "unknown"),
        ("dkim.unanswered", "unknown"),
    }
    assert result.result == "temperror"
    assert str(Failure(code)) in result.reason
