"""check_host beyond the openspf suite: its limits, its trace, and resolvers that answer in any way they may."""

import asyncio
import textwrap
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from mailsync.dnscheck.lookup import Failure, Lookup, NxDomain, Records
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.spf import Limits, Result, check_host

SHOP: Zones = {
    "shop.test": {"TXT": ["v=spf1 a:gone.test a:lost.test ip4:192.0.2.0/24 -all exp=why.shop.test"]},
    "why.shop.test": {"TXT": ["%{c} at %{t} to %{r}, HELO %{h}: see %{S}"]},
}


async def checked(zones: Zones, ip: str = "198.51.100.1", **options: object) -> Result:
    return await check_host(ip, "shop.test", "zakaz@shop.test", "mail.test", MemoryResolver(zones), **options)  # type: ignore[arg-type]


async def test_the_explanation_may_hold_the_time_the_receiver_and_escapes() -> None:
    result = await checked(SHOP, receiver="mx.test", now=datetime(2026, 11, 23, 12, 0, tzinfo=UTC))

    assert result.explanation == "198.51.100.1 at 1795435200 to mx.test, HELO mail.test: see zakaz%40shop.test"


async def test_a_stricter_limit_of_voids_may_be_set() -> None:
    assert (await checked(SHOP)).result == "fail"

    result = await checked(SHOP, limits=Limits(voids=1))
    assert (result.result, result.reason) == (
        "permerror",
        "more than 1 void lookups, the last: lost.test A found nothing",
    )


async def test_an_mx_whose_hosts_have_no_address_is_one_void_not_three() -> None:
    result = await checked(
        {"shop.test": {"TXT": ["v=spf1 mx -all"], "MX": [(1, "a.test"), (2, "b.test"), (3, "c.test")]}}
    )

    assert (result.result, result.voids) == ("fail", 1)


async def test_the_trace_ends_where_the_error_is() -> None:
    result = await checked(
        {
            "shop.test": {"TXT": ["v=spf1 include:a.test -all"]},
            "a.test": {"TXT": ["v=spf1 ip4:192.0.2.1 include:b.test -all"]},
            "b.test": {"TXT": Failure("SERVFAIL")},
        }
    )

    assert (result.result, result.lookups) == ("temperror", 2)
    assert [str(step) for step in result.trace] == [
        "shop.test: include:a.test [1] b.test TXT: SERVFAIL",
        "  a.test: ip4:192.0.2.1 [0] no match",
        "  a.test: include:b.test [1] b.test TXT: SERVFAIL",
    ]


class Hanging:
    """Answers from a map, and never where it holds nothing."""

    def __init__(self, zones: Zones, hangs: str) -> None:
        self._inner = MemoryResolver(zones)
        self._hangs = hangs

    async def lookup(self, name: str, rdtype: str) -> Lookup:
        if name == self._hangs:
            await asyncio.Event().wait()
        return await self._inner.lookup(name, rdtype)


async def test_a_resolver_that_never_answers_ends_in_temperror() -> None:
    resolver = Hanging(SHOP, "gone.test")

    result = await check_host("192.0.2.1", "shop.test", "", "mail.test", resolver, limits=Limits(seconds=0.01))

    assert (result.result, result.reason) == ("temperror", "no result within 0.01 s")


async def test_a_fail_whose_explanation_never_comes_is_a_fail() -> None:
    resolver = Hanging(SHOP, "why.shop.test")

    result = await check_host("198.51.100.1", "shop.test", "", "mail.test", resolver, limits=Limits(seconds=0.05))

    assert (result.result, result.explanation) == ("fail", None)


class Plain:
    """The simplest resolver that check_host takes: lists, None, and exceptions."""

    def __init__(self, failing: type[Exception] | None = None) -> None:
        self._failing = failing

    async def lookup(self, name: str, rdtype: str) -> list[object] | None:
        if self._failing and name == "mx.test":
            raise self._failing
        return {
            ("shop.test", "TXT"): ["v=spf1 a mx ~all"],
            ("shop.test", "A"): [],
            ("shop.test", "MX"): [(10, "mx.test.")],
            ("mx.test", "A"): [ip_address("192.0.2.1")],
        }.get((name, rdtype))  # type: ignore[return-value]


async def test_plain_values_will_do() -> None:
    result = await check_host(ip_address("192.0.2.1"), "shop.test", "a@shop.test", "x", Plain())  # type: ignore[arg-type]

    assert result.result == "pass"


async def test_the_example_of_the_docstring_works() -> None:
    """A stranger copies it."""
    lines = textwrap.dedent((check_host.__doc__ or "").expandtabs().partition("\n")[2]).splitlines()
    start = lines.index("    class Zones(dict):")
    end = next(number for number, line in enumerate(lines) if line.startswith("and over dnspython"))
    body = "\n".join(["async def example():", *lines[start:end], "    return result"])
    namespace: dict[str, object] = {"check_host": check_host}
    exec(body, namespace)  # noqa: S102 - our own docstring

    result = await namespace["example"]()  # type: ignore[operator]
    assert result.result == "pass"


@pytest.mark.parametrize("error", [TimeoutError, ConnectionRefusedError, OSError])
async def test_an_exception_is_no_answer(error: type[Exception]) -> None:
    result = await check_host("192.0.2.1", "shop.test", "a@shop.test", "x", Plain(error))  # type: ignore[arg-type]

    assert result.result == "temperror"


@pytest.mark.parametrize(
    ("domain", "sender", "expected"),
    [
        ("сайт.рф", "zakaz@сайт.рф", "pass"),
        ("xn--80aswg.xn--p1ai.", "zakaz@xn--80aswg.xn--p1ai", "pass"),
        ("localhost", "root@localhost", "none"),
        ("shop..test", "a@shop..test", "none"),
        ("shop test.ru", "a@shop", "none"),
        ("", "", "none"),
        ("xn--80aswg.xn--p1ai", "a" * 10_000, "none"),
    ],
)
async def test_names_of_all_sorts(domain: str, sender: str, expected: str) -> None:
    resolver = MemoryResolver({"xn--80aswg.xn--p1ai": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}})

    assert (await check_host("192.0.2.1", domain, sender, "mail.test", resolver)).result == expected


async def test_a_mapped_address_is_ipv4() -> None:
    assert (await checked(SHOP, "::ffff:192.0.2.9")).result == "pass"


async def test_queries_are_bounded_whatever_a_record_asks_for() -> None:
    """RFC 7208, 11.1: ten terms, of which each may be an mx with ten hosts."""
    hosts = {f"h{number}.test": {"A": [f"203.0.113.{number}"]} for number in range(10)}
    exchanges = [(number, f"h{number}.test") for number in range(10)]
    zones: Zones = {"shop.test": {"TXT": ["v=spf1" + " mx" * 11 + " +all"], "MX": exchanges}, **hosts}
    resolver = MemoryResolver(zones)

    result = await check_host("192.0.2.1", "shop.test", "", "mail.test", resolver)

    assert result.result == "permerror"
    assert len(resolver.queries) == 1 + 10 * 11


async def test_macros_cannot_blow_up_a_name() -> None:
    zones: Zones = {"shop.test": {"TXT": [b"v=spf1 exists:" + b"%{s}" * 15_000 + b".x.test -all"]}}
    resolver = MemoryResolver(zones)

    await check_host("192.0.2.1", "shop.test", "a." * 200 + "@shop.test", "mail.test", resolver)

    assert len(resolver.queries[1][0]) <= 253


async def test_an_endless_explanation_is_none() -> None:
    zones = {**SHOP, "why.shop.test": {"TXT": ["%{s}" * 500]}}

    assert (await checked(zones)).explanation is None


async def test_the_resolver_sees_absolute_names() -> None:
    resolver = MemoryResolver({"shop.test": {"TXT": Records((b"v=spf1 include:A.Test. -all",)), "A": NxDomain()}})

    await check_host("192.0.2.1", "Shop.Test.", "", "mail.test", resolver)

    assert resolver.queries == [("shop.test", "TXT"), ("a.test", "TXT")]
