"""Our whole check beside checkdmarc's on the same zones of a real Knot: findings, wrong alarms, seconds, queries.

    python -m benchmarks.dns_peers                              # the table in Markdown; two minutes
    python -m benchmarks.dns_peers --zones                      # and what each says of every zone
    python -m benchmarks.dns_peers --write docs/benchmarks/dns.md

Every zone is a sound one with one thing changed. Found: a message that the sound zone does not get. Ours count from
severity warning on; checkdmarc has no severities, so that any of its messages counts in its favour. Both ask through
the same relay, which counts the questions.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import checkdmarc
import checkdmarc.utils
import dns.message
import dns.nameserver
import dns.query

from benchmarks.spf_checkers import SOUND, Anything
from mailsync.dnscheck.checker import Checker
from mailsync.dnscheck.examination import Occasion
from mailsync.dnscheck.finding import Severity
from mailsync.dnscheck.https import HttpsPolicySource
from mailsync.dnscheck.lookup import PlainAnswer, Records, outcome
from mailsync.dnscheck.memory import Zones
from mailsync.dnscheck.profile import ANY
from mailsync.dnscheck.resolver import DnsResolver, Nameserver
from mailsync.dnscheck.settings import DnsSettings
from tests.dnscheck import (
    test_dkim_lint,
    test_dmarc_lint,
    test_neighbours_mx,
    test_neighbours_tls,
    test_neighbours_zone,
    test_spf_lint,
)
from tests.dnscheck.good_zone import SHOP
from tests.dnscheck.real_zones import serving
from tests.dnscheck.servers import (
    Behaviour,
    answering,
    free_port,
    misbehaving_server,
    possible_for_knot,
    presented,
    zone_file,
)

SETTINGS = DnsSettings(domain="shop.test", selectors=("main",), profile=ANY, mailbox="zakaz@shop.test", timeout=20)
GRAVE = {Severity.CRITICAL, Severity.WARNING}


@dataclass(frozen=True)
class Case:
    """A zone with one thing changed; `expected` is our id for the fault, "" for a zone without one."""

    group: str
    expected: str
    zones: Zones


@dataclass(frozen=True)
class Said:
    messages: frozenset[str]
    seconds: float
    queries: int


async def ours(port: int) -> frozenset[str]:
    resolver = DnsResolver([Nameserver("127.0.0.1", port)], seconds=2, direct_port=port)
    checker = Checker(resolver, HttpsPolicySource(timeout=2), time.monotonic)
    report = await checker.check(SETTINGS, Occasion(datetime.now(UTC), "check-peers"))
    return frozenset(f"{finding.id} {finding.severity}" for finding in report.findings)


async def theirs(port: int) -> frozenset[str]:
    checkdmarc.utils.DNS_CACHE.clear()  # kept for half an hour otherwise, and the zones all have one name
    server = dns.nameserver.Do53Nameserver("127.0.0.1", port)
    said = await asyncio.to_thread(checkdmarc.check_domains, ["shop.test"], nameservers=[server], timeout=2, retries=0)
    return frozenset(_messages(said))


def _messages(said: Any, path: str = "") -> Iterator[str]:
    """Every `error` and `warnings` in the tree of results, and a DNSSEC that is False."""
    if isinstance(said, dict):
        for key, value in said.items():
            where = f"{path}.{key}" if path else str(key)
            if key == "error" and value:
                yield f"{path}: {value}"
            elif key == "warnings":
                yield from (f"{path}: {warning}" for warning in value)
            else:
                yield from _messages(value, where)
    elif isinstance(said, list):
        for value in said:
            yield from _messages(value, path)


CHECKERS: dict[str, Callable[[int], Awaitable[frozenset[str]]]] = {"mailsync": ours, "checkdmarc": theirs}


def cases() -> list[Case]:
    """The faults of the fact sheet that a zone can show, and zones that look odd and are sound."""
    found = [Case("SPF", rule.id, rule.provoked) for rule in test_spf_lint.RULES if _plain(rule)]
    found += [Case("SPF", "", zones) for zones in SOUND.values() if "CNAME" not in zones["shop.test"]]
    found += [Case("DKIM", rule.id, _renamed(rule.provoked)) for rule in test_dkim_lint.RULES if _plain(rule)]
    for zones, told in test_dmarc_lint.RULES:
        if GRAVE & {Severity(severity) for _, severity in told} or not told:
            found.append(_case("DMARC", zones, [identifier for identifier, severity in told if severity in GRAVE]))
    for zones, identifiers in test_dmarc_lint.REPORTS:
        found.append(_case("DMARC", zones, identifiers))
    for answer, profile, told in test_neighbours_mx.RULES:
        if profile is ANY and ":" not in str(answer) and "silent" not in str(answer):
            served = {name: types for name, types in test_neighbours_mx.SERVERS.items() if "silent" not in name}
            zones = {**served, "shop.test": {"MX": cast("PlainAnswer", answer)}}
            found.append(_case("MX", zones, [identifier for identifier, severity in told if severity in GRAVE]))
    for texts, told in test_neighbours_tls.TLSRPT_RULES:
        identifiers = [identifier for identifier, severity in told if severity in GRAVE]
        found.append(_case("TLS-RPT", {"_smtp._tls.shop.test": {"TXT": texts}}, identifiers))
    for texts in (["v=STSv1; id=2026-11"], ["v=STSv1;"]):
        found.append(Case("MTA-STS", "mtasts.syntax", {"_mta-sts.shop.test": {"TXT": texts}}))
    twice = ["v=STSv1; id=1", "v=STSv1; id=2"]
    found.append(Case("MTA-STS", "mtasts.multiple", {"_mta-sts.shop.test": {"TXT": twice}}))
    for zones, identifiers in test_neighbours_zone.STRAY_RULES:
        if "zone.doubled-name" in identifiers:
            found.append(_case("names", zones, identifiers))
    return [case for case in found if possible_for_knot(case.zones)]


def _plain(rule: Any) -> bool:
    """Needs nothing but the zone, and is worth at least a warning."""
    return rule.severity in GRAVE and not rule.options


def _renamed(zones: Zones) -> Zones:
    return {name.replace("beget._domainkey", "main._domainkey"): types for name, types in zones.items()}


def _case(group: str, zones: Zones, identifiers: list[str]) -> Case:
    return Case(group, identifiers[0] if identifiers else "", zones)


BASE: Zones = {
    **SHOP,
    "shop.test": {**SHOP["shop.test"], "A": ["192.0.2.80"]},
    "ns1.shop.test": {"A": ["127.0.0.1"]},
    "ns2.shop.test": {"A": ["127.0.0.1"]},
}
REPLACED = {
    "SPF": ("shop.test", "TXT"),
    "DKIM": ("main._domainkey.shop.test", "TXT"),
    "DMARC": ("_dmarc.shop.test", "TXT"),
    "MX": ("shop.test", "MX"),
}
"""The sound zone's record that a case of the group brings along itself, or leaves out."""


def on_sound(group: str = "", change: Zones | None = None) -> Zones:
    """The sound zone with the change in the place of what it is about."""
    served: dict[str, dict[str, PlainAnswer]] = {name: dict(types) for name, types in BASE.items()}
    if group in REPLACED:
        name, rdtype = REPLACED[group]
        del served[name][rdtype]
    for name, types in (change or {}).items():
        for rdtype, answer in types.items():
            kept = _texts(served.get(name, {}).get(rdtype)) if rdtype == "TXT" else ()
            served.setdefault(name, {})[rdtype] = [*kept, *_texts(answer)] if kept else answer
    return {name: types for name, types in served.items() if types}


def _texts(answer: PlainAnswer) -> tuple[bytes, ...]:
    found = outcome("TXT", answer)
    return found.texts if isinstance(found, Records) else ()


def files(zones: Zones) -> dict[str, str]:
    """The zone files: shop.test by itself, everything else in the root."""
    own = {name: types for name, types in zones.items() if name == "shop.test" or name.endswith(".shop.test")}
    others = {name: types for name, types in zones.items() if name not in own}
    lines = []
    for name, types in own.items():
        for rdtype, answer in types.items():
            found = outcome(rdtype, answer)
            values = found.values if isinstance(found, Records) else ()
            lines += [f"{name}. 60 {rdtype} {presented(rdtype, value)}" for value in values]
    return {"shop.test": "\n".join(lines) + "\n", ".": zone_file(others, 1)}


@asynccontextmanager
async def counted(port: int, **odd: Behaviour) -> AsyncIterator[tuple[int, list[str]]]:
    """A way to Knot that writes down every question; the names in `odd` (`__` for a dot) get another answer."""

    def relay(question: dns.message.Message, tcp: bool) -> dns.message.Message:
        fetch = dns.query.tcp if tcp else dns.query.udp
        return fetch(question, "127.0.0.1", timeout=2, port=port)

    behaviours = Anything(relay)
    behaviours.update({name.replace("__", "."): behaviour for name, behaviour in odd.items()})
    async with misbehaving_server(behaviours) as (entrance, asked):
        yield entrance, asked


async def heard(zones: Zones, directory: Path, **odd: Behaviour) -> dict[str, Said]:
    """What each checker says of the zone."""
    port = free_port()
    said = {}
    with serving(directory, "127.0.0.1", port, files(zones)):
        for name, checker in CHECKERS.items():
            async with counted(port, **odd) as (entrance, asked):
                began = time.perf_counter()
                messages = await checker(entrance)
                said[name] = Said(messages, time.perf_counter() - began, len(asked))
    return said


def news(name: str, said: Said, sound: Said) -> list[str]:
    """The messages that the sound zone does not get; ours only from warning on."""
    new = sorted(said.messages - sound.messages)
    return [message for message in new if name != "mailsync" or not message.endswith(" info")]


async def measured(directory: Path) -> tuple[dict[str, Said], list[tuple[Case, dict[str, Said]]]]:
    sound = await heard(on_sound(), directory / "sound")
    results = []
    for number, case in enumerate(cases()):
        results.append((case, await heard(on_sound(case.group, case.zones), directory / str(number))))
    return sound, results


async def unanswered(directory: Path) -> list[tuple[str, dict[str, list[str]]]]:
    """Where one name of a sound zone gets no usable answer: nothing may be called missing or invalid."""
    sound = await heard(on_sound(), directory / "sound-again")
    told = []
    for title, behaviour in (("SERVFAIL", answering(code="SERVFAIL")), ("REFUSED", answering(code="REFUSED"))):
        for name in ("shop.test", "_dmarc.shop.test"):
            directory_name = f"{title}-{name}"
            said = await heard(on_sound(), directory / directory_name, **{name.replace(".", "__"): behaviour})
            told.append((f"{title} at {name}", {each: news(each, said[each], sound[each]) for each in CHECKERS}))
    return told


def table(sound: dict[str, Said], results: list[tuple[Case, dict[str, Said]]]) -> Iterator[str]:
    groups = list(dict.fromkeys(case.group for case, _ in results))
    yield "| group | faults | found by mailsync | by checkdmarc | sound zones | alarms of mailsync | of checkdmarc |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for group in [*groups, "all"]:
        chosen = [(case, said) for case, said in results if group in {case.group, "all"}]
        faulty = [said for case, said in chosen if case.expected]
        fine = [said for case, said in chosen if not case.expected]
        counts = [
            [sum(bool(news(name, said[name], sound[name])) for said in some) for name in CHECKERS]
            for some in (faulty, fine)
        ]
        row = [group, len(faulty), *counts[0], len(fine), *counts[1]]
        yield "| " + " | ".join(map(str, row)) + " |"
    yield ""
    yield "| checker | median s | slowest s | queries for the sound zone | messages about the sound zone |"
    yield "| --- | --- | --- | --- | --- |"
    for name in CHECKERS:
        seconds = [said[name].seconds for _, said in results]
        row = [name, f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}", sound[name].queries]
        yield "| " + " | ".join(map(str, [*row, "; ".join(sorted(sound[name].messages)) or "-"])) + " |"


def details(sound: dict[str, Said], results: list[tuple[Case, dict[str, Said]]]) -> Iterator[str]:
    for case, said in results:
        yield f"{case.group}: {case.expected or 'sound'}: {_brief(case.zones)}"
        for name in CHECKERS:
            yield f"    {name}: {'; '.join(news(name, said[name], sound[name])) or '-'}"


def _brief(zones: Zones) -> str:
    texts = [f"{name} {rdtype} {answer}" for name, types in zones.items() for rdtype, answer in types.items()]
    return "; ".join(texts)[:160]


def shortened(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"


INTRODUCTION = """\
# The DNS check beside checkdmarc

Made by `python -m benchmarks.dns_peers --write docs/benchmarks/dns.md` on {day}: checkdmarc {version}, Knot on
loopback, both through one relay that counts questions. Each zone is a sound one with one thing changed; what a checker
also says of the sound zone is not counted. Zones that are worth an `info` are left out: checkdmarc's messages have no
severity, so that any of them counts; ours count from `warning` on. checkdmarc does not look at DKIM keys. The zones are
those of our own rules' tests, so that finding every fault is no merit of ours here; what the other one misses or
mistakes is the news.
"""


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zones", action="store_true", help="also what each says of every zone")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as a page")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        sound, results = await measured(Path(directory))
        silence = await unanswered(Path(directory))
    lines = [*table(sound, results), "", "Where one name gets no usable answer:", ""]
    lines += ["| case | mailsync | checkdmarc |", "| --- | --- | --- |"]
    for title, said in silence:
        cells = [title, *(shortened("; ".join(said[name]).replace("|", "/") or "-") for name in CHECKERS)]
        lines.append(f"| {' | '.join(cells)} |")
    print("\n".join(lines))
    if arguments.zones:
        print("\n".join(details(sound, results)))
    if arguments.write:
        heading = INTRODUCTION.format(day=datetime.now(UTC).date(), version=checkdmarc.__version__)
        arguments.write.parent.mkdir(parents=True, exist_ok=True)
        arguments.write.write_text(heading + "\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
