"""The embedded DNS server answers as an authoritative server must."""

from __future__ import annotations

from collections.abc import AsyncIterator

import dns.asyncquery
import dns.message
import dns.rcode
import pytest

from mailsync.sandbox.dns_server import EmbeddedDnsServer, Zone

ZONE = """
$ORIGIN shop.test.
$TTL 300
@ SOA ns admin 1 7200 900 1209600 300
@ NS ns
@ MX 10 mx
ns A 127.0.0.1
mx A 127.0.0.2
@ TXT "v=spf1 mx -all"
alias CNAME mx
foreign CNAME host.other.test.
dangling CNAME nowhere
loop CNAME loop
selector._domainkey TXT "v=DKIM1; p="
"""
LONG = " ".join(f'"{"x" * 250}"' for _ in range(8))


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedDnsServer]:
    server = EmbeddedDnsServer(Zone(f"{ZONE}long TXT {LONG}\n"))
    await server.start()
    yield server
    await server.stop()


async def ask(server: EmbeddedDnsServer, name: str, kind: str, *, tcp: bool = False) -> dns.message.Message:
    query = dns.message.make_query(name, kind)
    send = dns.asyncquery.tcp if tcp else dns.asyncquery.udp
    return await send(query, "127.0.0.1", port=server.port, timeout=5)


@pytest.mark.parametrize(
    ("name", "kind", "answer"),
    [
        ("shop.test.", "MX", "10 mx.shop.test."),
        ("SHOP.test.", "TXT", '"v=spf1 mx -all"'),
        ("selector._domainkey.shop.test.", "TXT", '"v=DKIM1; p="'),
        ("mx.shop.test.", "A", "127.0.0.2"),
    ],
)
async def test_a_record_that_is_there(server: EmbeddedDnsServer, name: str, kind: str, answer: str) -> None:
    reply = await ask(server, name, kind)
    assert [str(record) for records in reply.answer for record in records] == [answer]


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        ("shop.test.", "AAAA", dns.rcode.NOERROR),
        ("_domainkey.shop.test.", "TXT", dns.rcode.NOERROR),
        ("nobody.shop.test.", "A", dns.rcode.NXDOMAIN),
    ],
)
async def test_what_is_not_there_is_denied_with_the_soa(
    server: EmbeddedDnsServer, name: str, kind: str, rcode: dns.rcode.Rcode
) -> None:
    reply = await ask(server, name, kind)
    assert reply.rcode() == rcode
    assert reply.answer == []
    assert len(reply.authority) == 1


@pytest.mark.parametrize(
    ("name", "rcode", "records"),
    [
        ("alias.shop.test.", dns.rcode.NOERROR, 2),
        ("foreign.shop.test.", dns.rcode.NOERROR, 1),
        ("dangling.shop.test.", dns.rcode.NXDOMAIN, 1),
    ],
)
async def test_aliases_are_followed_within_the_zone(
    server: EmbeddedDnsServer, name: str, rcode: dns.rcode.Rcode, records: int
) -> None:
    reply = await ask(server, name, "A")
    assert reply.rcode() == rcode
    assert len(reply.answer) == records


async def test_an_alias_of_itself_is_not_followed_for_ever(server: EmbeddedDnsServer) -> None:
    assert (await ask(server, "loop.shop.test.", "A")).rcode() == dns.rcode.NOERROR


async def test_other_zones_are_refused(server: EmbeddedDnsServer) -> None:
    assert (await ask(server, "other.test.", "A")).rcode() == dns.rcode.REFUSED


async def test_what_is_too_long_for_udp_is_asked_for_again_over_tcp(server: EmbeddedDnsServer) -> None:
    assert (await ask(server, "long.shop.test.", "TXT")).flags & dns.flags.TC
    reply = await ask(server, "long.shop.test.", "TXT", tcp=True)
    assert len(reply.answer) == 1


def test_a_zone_begins_with_its_soa() -> None:
    with pytest.raises(ValueError, match="SOA"):
        Zone("shop.test. 300 IN A 127.0.0.1\n")
