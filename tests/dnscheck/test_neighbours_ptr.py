from ipaddress import ip_address

import pytest

from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.neighbours import ptr
from mailsync.dnscheck.profile import BEGET

REVERSE = "25.2.0.192.in-addr.arpa"
FORWARD: Zones = {"out.shop.test": {"A": ["192.0.2.25"]}, "other.test": {"A": ["192.0.2.1"]}}


RULES: list[tuple[str, Zones, list[str]]] = [
    ("192.0.2.25", {REVERSE: {"PTR": ["out.shop.test"]}}, []),
    ("192.0.2.25", {REVERSE: {"PTR": ["other.test", "out.shop.test"]}}, []),
    ("192.0.2.25", {}, ["ptr.missing"]),
    ("192.0.2.25", {REVERSE: {"PTR": ["other.test"]}}, ["ptr.mismatch"]),
    ("192.0.2.25", {REVERSE: {"PTR": ["nowhere.test"]}}, ["ptr.mismatch"]),
    ("192.0.2.25", {REVERSE: {"PTR": Failure("TIMEOUT")}}, ["ptr.unanswered"]),
    ("192.0.2.25", {REVERSE: {"PTR": ["dead.test"]}, "dead.test": {"A": Failure()}}, ["ptr.unanswered"]),
    (
        "2001:db8::25",
        {
            "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": ["six.test"]},
            "six.test": {"AAAA": ["2001:0db8:0:0:0:0:0:25"]},
        },
        [],
    ),
]


@pytest.mark.parametrize(("address", "zones", "found"), RULES)
async def test_a_sending_address_needs_a_name_that_leads_back(address: str, zones: Zones, found: list[str]) -> None:
    findings = await ptr.lint(ip_address(address), MemoryResolver({**FORWARD, **zones}), BEGET)
    assert [finding.id for finding in findings] == found


async def test_the_remedy_sends_to_who_owns_the_address() -> None:
    (finding,) = await ptr.lint(ip_address("192.0.2.25"), MemoryResolver({}), BEGET)
    assert finding.remedy.said("ru") == "PTR меняет только хозяин адреса: напишите в поддержку Beget."
