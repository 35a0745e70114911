from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from mailsync.dnscheck.letter import authenticate
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.memory import MemoryResolver, Zones
from tests.dnscheck.dkim_signer import Signer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LETTER = b"Return-Path: <boris@client.test>\r\nFrom: =?utf-8?b?0JHQvtGA0LjRgQ==?= <boris@client.test>\r\n\r\nHello\r\n"
SIGNED = Signer("client.test").sign(LETTER)
KEY = Signer("client.test").zones


def policy(text: str, domain: str = "client.test") -> Zones:
    return {f"_dmarc.{domain}": {"TXT": [f"v=DMARC1; p={text}"]}}


@pytest.mark.parametrize(
    ("raw", "zones", "result"),
    [
        (SIGNED, {**KEY, **policy("reject")}, "pass"),
        (SIGNED, {**KEY, **policy("none")}, "pass"),
        (SIGNED, KEY, "pass"),
        (SIGNED.replace(b"Hello", b"Goodbye"), {**KEY, **policy("reject")}, "fail"),
        (SIGNED.replace(b"Hello", b"Goodbye"), {**KEY, **policy("quarantine")}, "fail"),
        (SIGNED.replace(b"Hello", b"Goodbye"), {**KEY, **policy("quarantine; t=y")}, "none"),
        (SIGNED.replace(b"Hello", b"Goodbye"), {**KEY, **policy("none")}, "none"),
        (SIGNED, policy("reject"), "fail"),
        (SIGNED, {"sel._domainkey.client.test": {"TXT": Failure()}, **policy("reject")}, "none"),
        (SIGNED.replace(b"Hello", b"Goodbye"), {**KEY, "_dmarc.client.test": {"TXT": Failure()}}, "none"),
        (LETTER, policy("reject"), "fail"),
        (LETTER, {}, "none"),
        (LETTER.replace(b"boris@client.test>\r\n\r\n", b"boris@other.test>\r\n\r\n"), policy("reject"), "none"),
        (b"Subject: no author\r\n\r\nHello\r\n", {}, "none"),
        (b"", {}, "none"),
    ],
)
async def test_a_letter_is_judged_by_its_signature_and_its_authors_policy(
    raw: bytes, zones: Zones, result: str
) -> None:
    assert (await authenticate(raw, MemoryResolver(zones), NOW)).result == result


async def test_somebody_elses_signature_proves_nothing() -> None:
    signed = Signer("mailer.test").sign(LETTER)
    zones: Zones = {**Signer("mailer.test").zones, **policy("reject")}
    authentication = await authenticate(signed, MemoryResolver(zones), NOW)
    assert authentication.result == "fail"
    assert authentication.detail == (
        "dmarc=fail policy=reject header.from=client.test: dkim=pass (mailer.test, not aligned)"
    )


@pytest.mark.parametrize(("address", "result"), [("192.0.2.1", "pass"), ("192.0.2.9", "fail"), (None, "fail")])
async def test_the_clients_address_helps_where_it_is_known(address: str | None, result: str) -> None:
    zones: Zones = {"client.test": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}, **policy("reject")}
    ip = ip_address(address) if address else None
    assert (await authenticate(LETTER, MemoryResolver(zones), NOW, ip)).result == result


async def test_every_author_has_to_be_vouched_for() -> None:
    """RFC 9989, 5.3.1: otherwise a forger adds his own domain to the one he forges."""
    two = LETTER.replace(b"<boris@client.test>\r\n\r\n", b"<boris@client.test>, ceo@bank.test\r\n\r\n")
    signed = Signer("client.test").sign(two)
    both: Zones = {**KEY, **policy("reject", "bank.test")}
    assert (await authenticate(signed, MemoryResolver(both), NOW)).result == "fail"
    assert (await authenticate(signed, MemoryResolver(KEY), NOW)).result == "none"


async def test_a_cyrillic_domain_is_asked_for_as_the_dns_has_it() -> None:
    raw = "From: boris@станки.рф\r\n\r\nHello\r\n".encode()
    resolver = MemoryResolver(policy("reject", "xn--80aqflsg.xn--p1ai"))
    authentication = await authenticate(raw, resolver, NOW)
    assert resolver.queries[0] == ("_dmarc.xn--80aqflsg.xn--p1ai", "TXT")
    assert authentication.result == "fail"
