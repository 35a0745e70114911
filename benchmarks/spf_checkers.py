"""Our SPF lint beside checkdmarc's on the same zones of a real Knot: findings, words about sound zones, time, queries.

    python -m benchmarks.spf_checkers            # a table in Markdown; a minute
    python -m benchmarks.spf_checkers --zones    # and what each says of every zone

Found means: an error or a warning about a zone with a fault of severity critical or warning. checkdmarc has no
severities, so that any of its messages counts in its favour.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import checkdmarc.spf
import checkdmarc.utils
import dns.message
import dns.query
from dns.nameserver import Do53Nameserver

from mailsync.dnscheck.finding import Severity
from mailsync.dnscheck.memory import Zones
from mailsync.dnscheck.resolver import DnsResolver, Nameserver
from mailsync.dnscheck.spf.lint import lint
from mailsync.dnscheck.subject import Subject
from tests.dnscheck.servers import Behaviour, Knot, answering, misbehaving_server, possible_for_knot, running_knot
from tests.dnscheck.test_spf_lint import BEGET, HOSTS, RULES, record, zones

SHOP = Subject("shop.test", "shop.test")

SOUND: dict[str, Zones] = {
    "ip4 and -all": record("v=spf1 ip4:192.0.2.1 -all"),
    "what Beget writes": zones(record("v=spf1 redirect=beget.com"), BEGET),
    "include and ~all": zones(record("v=spf1 include:beget.com ~all"), BEGET),
    "nothing is sent": record("v=spf1 -all"),
    "two blanks, upper case": record("V=SPF1  IP4:192.0.2.1  -ALL"),
    "an unknown modifier": record("v=spf1 ip4:192.0.2.1 -all match=none"),
    "a macro": record("v=spf1 exists:%{i}._spf.%{d2} -all"),
    "an IPv6 host only": {"shop.test": {"TXT": ["v=spf1 a:six.test -all"]}, "six.test": {"AAAA": ["2001:db8::1"]}},
    "another TXT beside it": {"shop.test": {"TXT": ["v=spf1 -all", "v=spf10 is something else"]}},
    "a record in two strings": {"shop.test": {"TXT": [[b"v=spf1 ip4:192.0.2.1 ip4:192.", b"0.2.2 -all"]]}},
    "an alias": {"shop.test": {"CNAME": ["a.test"]}, "a.test": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]}},
    "a dear term after all": zones(record("v=spf1 a:h1.test a:h2.test -all"), HOSTS),
    "an explanation": {"shop.test": {"TXT": ["v=spf1 -all exp=why.shop.test"]}, "why.shop.test": {"TXT": ["no"]}},
}


@dataclass(frozen=True)
class Said:
    """What a checker says of a zone, and what it took."""

    messages: tuple[str, ...]
    seconds: float
    queries: int


Checker = Callable[[int], Awaitable[tuple[str, ...]]]


async def ours(port: int) -> tuple[str, ...]:
    _, findings = await lint(SHOP, DnsResolver([Nameserver("127.0.0.1", port)], seconds=2))
    return tuple(f"{finding.id} {finding.severity}" for finding in findings if finding.severity is not Severity.INFO)


async def theirs(port: int) -> tuple[str, ...]:
    server = Do53Nameserver("127.0.0.1", port)  # not resolver=: its exp lookups do not heed that
    checkdmarc.utils.DNS_CACHE.clear()  # kept for half an hour otherwise, and the zones all have one name
    said = await asyncio.to_thread(checkdmarc.spf.check_spf, "shop.test", nameservers=[server], timeout=2, retries=0)
    return (*([str(said["error"])] if "error" in said else []), *map(str, said.get("warnings", ())))


CHECKERS: dict[str, Checker] = {"mailsync": ours, "checkdmarc": theirs}


@asynccontextmanager
async def counted(port: int) -> AsyncIterator[tuple[int, list[str]]]:
    """A way to Knot that writes down every question, over UDP and, where an answer was cut, over TCP."""
    asked: list[str] = []

    def ask(question: dns.message.Message, tcp: bool) -> dns.message.Message:
        asked.append("tcp" if tcp else "udp")
        fetch = dns.query.tcp if tcp else dns.query.udp
        return fetch(question, "127.0.0.1", timeout=2, port=port)

    async with misbehaving_server(Anything(ask)) as (relay, _):
        yield relay, asked


class Anything(dict[str, Behaviour]):
    """One behaviour for every name."""

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__()
        self._behaviour = behaviour

    def __missing__(self, name: str) -> Behaviour:
        return self._behaviour


async def judged(checker: Checker, port: int) -> Said:
    async with counted(port) as (relay, asked):
        began = time.perf_counter()
        messages = await checker(relay)
        return Said(messages, time.perf_counter() - began, len(asked))


async def on_knot(knot: Knot, wanted: dict[str, Zones]) -> dict[str, dict[str, Said]]:
    """Zone to checker to what it says."""
    said: dict[str, dict[str, Said]] = {}
    for title, served in wanted.items():
        knot.serve(served)
        said[title] = {name: await judged(checker, knot.port) for name, checker in CHECKERS.items()}
    return said


async def on_silence() -> dict[str, dict[str, tuple[str, ...]]]:
    """What each says where the DNS does not answer; whoever calls the record missing or invalid is wrong."""
    said: dict[str, dict[str, tuple[str, ...]]] = {}
    for code in ("SERVFAIL", "REFUSED"):
        async with misbehaving_server({"shop.test": answering(code=code)}) as (port, _):
            said[code] = {name: await checker(port) for name, checker in CHECKERS.items()}
    return said


def faulty_zones() -> dict[str, Zones]:
    """The provoked zone of every rule that is worth a warning and needs nothing but the zone."""
    grave = {Severity.CRITICAL, Severity.WARNING}
    return {
        f"{rule.id} {number}": rule.provoked
        for number, rule in enumerate(RULES)
        if rule.severity in grave and not rule.options and possible_for_knot(rule.provoked)
    }


def print_table(faulty: dict[str, dict[str, Said]], sound: dict[str, dict[str, Said]]) -> None:
    print("| checker | faults found | messages on sound zones | median ms | queries, all zones |")
    print("| --- | --- | --- | --- | --- |")
    for name in CHECKERS:
        found = sum(bool(said[name].messages) for said in faulty.values())
        alarms = sum(bool(said[name].messages) for said in sound.values())
        everything = [said[name] for said in (*faulty.values(), *sound.values())]
        median = statistics.median(said.seconds for said in everything) * 1000
        queries = sum(said.queries for said in everything)
        print(f"| {name} | {found} of {len(faulty)} | {alarms} of {len(sound)} | {median:.1f} | {queries} |")


def print_zones(group: str, zones: dict[str, dict[str, Said]]) -> None:
    for title, said in zones.items():
        print(f"\n{group}: {title}")
        for name, words in said.items():
            print(f"  {name}: {'; '.join(words.messages) or '-'} ({words.queries} queries)")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zones", action="store_true", help="also what each says of every zone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, running_knot(Path(directory)) as knot:
        faulty = await on_knot(knot, faulty_zones())
        sound = await on_knot(knot, SOUND)
    print_table(faulty, sound)
    for code, words in (await on_silence()).items():
        for name, messages in words.items():
            print(f"\n{code}, {name}: {'; '.join(messages) or '-'}")
    if arguments.zones:
        print_zones("faulty", faulty)
        print_zones("sound", sound)


if __name__ == "__main__":
    asyncio.run(main())
