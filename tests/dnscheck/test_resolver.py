"""The resolver against servers: Knot held to the same contract as the in-memory twin, and one that misbehaves."""

import dns.flags
import dns.message
import pytest

from mailsync.dnscheck.lookup import (
    DirectResolver,
    Failure,
    Lookup,
    Mx,
    NoData,
    NxDomain,
    Records,
    Soa,
    ask,
    outcome,
)
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.resolver import DnsResolver, Nameserver, nameservers
from mailsync.errors import PermanentFailure
from tests.dnscheck.servers import Behaviour, Knot, answering, misbehaving_server, rrset

ZONES: Zones = {
    "shop.test": {
        "TXT": ["v=spf1 redirect=beget.com", b'octets \xff\x00 and "quotes\\'],
        "MX": [(20, "mx2.beget.com"), (10, "mx1.beget.com")],
        "A": ["192.0.2.1", "192.0.2.2"],
        "AAAA": ["2001:db8::1"],
    },
    "long.shop.test": {"TXT": ["k" * 600]},
    "huge.shop.test": {"TXT": [f"{number} " + "h" * 250 for number in range(20)]},
    "alias.shop.test": {"CNAME": ["alias2.shop.test"]},
    "alias2.shop.test": {"CNAME": ["shop.test"]},
    "dangling.shop.test": {"CNAME": ["gone.shop.test"]},
    "empty.alias.test": {"CNAME": ["long.shop.test"]},
    "host.deep.shop.test": {"A": ["192.0.2.3"]},
    "*.any.test": {"TXT": ["wildcard"]},
    "null.test": {"MX": [(0, "")]},
    "xn--80aswg.xn--p1ai": {"TXT": ["кириллица"]},
    "1.2.0.192.in-addr.arpa": {"PTR": ["mail.shop.test"]},
}

CONTRACT: list[tuple[str, str, Lookup]] = [
    ("shop.test", "A", Records(("192.0.2.1", "192.0.2.2"))),
    ("SHOP.test.", "AAAA", Records(("2001:db8::1",))),
    ("shop.test", "TXT", Records((b"v=spf1 redirect=beget.com", b'octets \xff\x00 and "quotes\\'))),
    ("shop.test", "MX", Records((Mx(10, "mx1.beget.com"), Mx(20, "mx2.beget.com")))),
    ("null.test", "MX", Records((Mx(0, ""),))),
    ("shop.test", "CAA", NoData()),
    ("deep.shop.test", "TXT", NoData()),
    ("nowhere.test", "TXT", NxDomain()),
    ("below.nowhere.test", "TXT", NxDomain()),
    ("long.shop.test", "TXT", Records((b"k" * 600,))),
    ("huge.shop.test", "TXT", Records(tuple(f"{number} ".encode() + b"h" * 250 for number in range(20)))),
    ("alias.shop.test", "AAAA", Records(("2001:db8::1",), aliases=("alias2.shop.test", "shop.test"))),
    ("alias.shop.test", "CNAME", Records(("alias2.shop.test",))),
    ("dangling.shop.test", "A", NxDomain(aliases=("gone.shop.test",))),
    ("empty.alias.test", "A", NoData(aliases=("long.shop.test",))),
    ("one.any.test", "TXT", Records((b"wildcard",))),
    ("a.b.any.test", "TXT", Records((b"wildcard",))),
    ("any.test", "TXT", NoData()),
    ("1.2.0.192.in-addr.arpa", "PTR", Records(("mail.shop.test",))),
]


@pytest.fixture(params=["memory", pytest.param("knot", marks=pytest.mark.servers)])
def resolver(request: pytest.FixtureRequest) -> DirectResolver:
    if request.param == "memory":
        return MemoryResolver(ZONES)
    knot: Knot = request.getfixturevalue("knot")
    knot.serve(ZONES)
    return DnsResolver([Nameserver("127.0.0.1", knot.port)], direct_port=knot.port)


def comparable(found: Lookup) -> Lookup:
    """Without what only a real server knows, in an order of its own: the DNS has none (RFC 2181, 5)."""
    if isinstance(found, Records):
        return Records(tuple(sorted(found.values, key=repr)), found.aliases)
    return found


async def test_each_outcome_is_told_apart(resolver: DirectResolver) -> None:
    for name, rdtype, expected in CONTRACT:
        assert comparable(await resolver.lookup(name, rdtype)) == comparable(expected), (name, rdtype)


@pytest.mark.servers
async def test_a_name_server_is_asked_directly(knot: Knot) -> None:
    knot.serve(ZONES)
    resolver = DnsResolver([], direct_port=knot.port)

    found = await resolver.lookup_at("127.0.0.1", ".", "SOA")
    assert isinstance(found, Failure)  # the root is no name to check

    assert isinstance(await resolver.lookup_at("127.0.0.1", "shop.test", "A"), Records)


@pytest.mark.servers
async def test_cyrillic_names_are_asked_for_by_their_a_labels(knot: Knot) -> None:
    knot.serve(ZONES)
    resolver = DnsResolver([Nameserver("127.0.0.1", knot.port)])

    found = await resolver.lookup("Сайт.РФ.", "TXT")

    assert isinstance(found, Records)
    assert found.texts == ("кириллица".encode(),)


def truncating(question: dns.message.Message, tcp: bool) -> dns.message.Message:
    return answering("cut.test. 60 IN A 192.0.2.9", flags=0 if tcp else dns.flags.TC)(question, tcp)  # type: ignore[return-value]


def before_edns(question: dns.message.Message, tcp: bool) -> dns.message.Message | bytes | None:
    if question.edns >= 0:
        return answering(code="FORMERR")(question, tcp)
    return answering("old.test. 60 IN A 192.0.2.9")(question, tcp)


def bogus(question: dns.message.Message, tcp: bool) -> dns.message.Message | bytes | None:
    if question.flags & dns.flags.CD:
        return answering("bogus.test. 60 IN A 192.0.2.9")(question, tcp)
    return answering(code="SERVFAIL")(question, tcp)


def forged(question: dns.message.Message, tcp: bool) -> dns.message.Message | bytes | None:
    question.id ^= 1
    return answering("forged.test. 60 IN A 192.0.2.66")(question, tcp)


def lame(question: dns.message.Message, _tcp: bool) -> dns.message.Message:
    response = dns.message.make_response(question)
    response.authority = [rrset("test. 60 IN NS ns.elsewhere.test.")]
    return response


BEHAVIOURS: dict[str, Behaviour] = {
    "servfail.test": answering(code="SERVFAIL"),
    "refused.test": answering(code="REFUSED"),
    "notimp.test": answering(code="NOTIMP"),
    "formerr.test": answering(code="FORMERR"),
    "silent.test": lambda _question, _tcp: None,
    "cut.test": truncating,
    "old.test": before_edns,
    "bogus.test": bogus,
    "forged.test": forged,
    "lame.test": lame,
    "garbage.test": lambda question, _tcp: question.to_wire()[:2] + b"\x84\x00" + b"\xff" * 30,
    "elsewhere.test": answering("other.test. 60 IN A 192.0.2.9"),
    "loop.test": answering("loop.test. 60 IN CNAME loop2.test.", "loop2.test. 60 IN CNAME loop.test."),
    "chase.test": answering("chase.test. 60 IN CNAME target.test."),
    "target.test": answering("target.test. 60 IN A 192.0.2.9", flags=dns.flags.AD),
    "ring.test": answering("ring.test. 60 IN CNAME ring2.test."),
    "ring2.test": answering("ring2.test. 60 IN CNAME ring.test."),
}

OUTCOMES: list[tuple[str, Lookup]] = [
    ("servfail.test", Failure("SERVFAIL")),
    ("refused.test", Failure("REFUSED")),
    ("notimp.test", Failure("NOTIMP")),
    ("formerr.test", Failure("FORMERR")),
    ("silent.test", Failure("TIMEOUT")),
    ("cut.test", Records(("192.0.2.9",), ttl=60)),
    ("old.test", Records(("192.0.2.9",), ttl=60)),
    ("bogus.test", Failure("BOGUS")),
    ("forged.test", Failure("TIMEOUT")),
    ("lame.test", Failure("LAME")),
    ("garbage.test", Failure("TIMEOUT")),
    ("elsewhere.test", Failure("BAD-ANSWER")),
    ("loop.test", Failure("CNAME-LOOP")),
    ("chase.test", Records(("192.0.2.9",), aliases=("target.test",), authenticated=True, ttl=60)),
    ("ring.test", Failure("CNAME-LOOP")),
    (f"{'x' * 64}.test", Failure("BAD-NAME")),
]


@pytest.mark.parametrize(("name", "expected"), OUTCOMES, ids=lambda value: value if isinstance(value, str) else "")
async def test_a_misbehaving_server_is_never_taken_for_absence(name: str, expected: Lookup) -> None:
    async with misbehaving_server(BEHAVIOURS) as (port, _):
        resolver = DnsResolver([Nameserver("127.0.0.1", port)], seconds=0.4)

        assert await resolver.lookup(name, "A") == expected


async def test_a_cut_answer_is_asked_for_again_over_tcp() -> None:
    async with misbehaving_server(BEHAVIOURS) as (port, asked):
        await DnsResolver([Nameserver("127.0.0.1", port)]).lookup("cut.test", "A")

    assert asked == ["udp cut.test edns", "tcp cut.test edns"]


async def test_the_next_server_is_asked_when_the_first_does_not_know() -> None:
    async with (
        misbehaving_server({"shop.test": answering(code="REFUSED")}) as (first, _),
        misbehaving_server({"shop.test": answering("shop.test. 60 IN A 192.0.2.1")}) as (second, _),
    ):
        resolver = DnsResolver([Nameserver("127.0.0.1", first), Nameserver("127.0.0.1", second)])

        assert await resolver.lookup("shop.test", "A") == Records(("192.0.2.1",), ttl=60)


async def test_a_server_that_is_not_there_is_told_at_once() -> None:
    async with misbehaving_server({}) as (port, _):
        pass

    resolver = DnsResolver([Nameserver("127.0.0.1", port)], seconds=60)
    assert await resolver.lookup("shop.test", "A") == Failure("NETWORK")


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("9.9.9.9", Nameserver("9.9.9.9")),
        ("127.0.0.1:5353", Nameserver("127.0.0.1", 5353)),
        ("2620:fe::fe", Nameserver("2620:fe::fe")),
        ("[2620:fe::fe]:5353", Nameserver("2620:fe::fe", 5353)),
    ],
)
def test_a_resolver_in_the_settings(text: str, server: Nameserver) -> None:
    assert nameservers(text) == (server,)
    assert str(server) == text


@pytest.mark.parametrize("text", ["dns.example.com", "9.9.9.9:dns", "[::1", "", "1.2.3"])
def test_a_resolver_that_is_no_address_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(PermanentFailure) as caught:
        nameservers(text)

    assert "9.9.9.9" in caught.value.cure


class Hurried:
    """A resolver that knows none of our types."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    async def lookup(self, name: str, rdtype: str) -> object:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@pytest.mark.parametrize(
    ("rdtype", "answer", "expected"),
    [
        ("TXT", ["v=spf1 -all"], Records((b"v=spf1 -all",))),
        ("TXT", [[b"v=spf1", b" -all"]], Records((b"v=spf1 -all",))),
        ("TXT", "v=spf1 -all", Records((b"v=spf1 -all",))),
        ("TXT", rrset('shop.test. 60 IN TXT "v=spf1" " -all"'), Records((b"v=spf1 -all",))),
        ("MX", rrset("shop.test. 60 IN MX 10 MX.test."), Records((Mx(10, "mx.test"),))),
        ("AAAA", rrset("shop.test. 60 IN AAAA 2001:db8::1"), Records(("2001:db8::1",))),
        ("PTR", rrset("shop.test. 60 IN PTR Mail.Test."), Records(("mail.test",))),
        ("MX", [[10, "mx.test"]], Records((Mx(10, "mx.test"),))),
        ("MX", [(10, "MX.test.")], Records((Mx(10, "mx.test"),))),
        ("MX", ["10 mx.test."], Records((Mx(10, "mx.test"),))),
        ("PTR", ["Mail.Shop.Test."], Records(("mail.shop.test",))),
        ("A", [], NoData()),
        ("A", None, NxDomain()),
        ("A", Records(()), NoData()),
        ("A", TimeoutError(), Failure("TIMEOUT")),
        ("A", ConnectionError(), Failure("NETWORK")),
        ("SOA", [Soa("ns.test", "root.test", 1, 2, 3, 4, 5)], Records((Soa("ns.test", "root.test", 1, 2, 3, 4, 5),))),
    ],
)
async def test_simpler_resolvers_are_understood(rdtype: str, answer: object, expected: Lookup) -> None:
    assert await ask(Hurried(answer), "shop.test", rdtype) == expected  # type: ignore[arg-type]


def test_a_value_of_the_wrong_kind_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError):
        outcome("TXT", [7])  # type: ignore[list-item]
