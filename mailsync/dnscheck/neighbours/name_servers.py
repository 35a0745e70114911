"""The zone's name servers: how many, whether they answer for it, and whether with one voice (RFC 1034, RFC 1912)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from mailsync.dnscheck.addresses import addresses_of
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import DirectResolver, Failure, Lookup, Records, Soa
from mailsync.dnscheck.profile import Profile
from mailsync.dnscheck.subject import Subject
from mailsync.dnscheck.unanswered import unanswered

_MOST_SERVERS = 13
_PATIENCE = 1.5  # seconds; many networks let nobody but their resolver out to port 53


@dataclass(frozen=True, slots=True)
class Voice:
    """What one name server says when it is asked for the zone's SOA."""

    server: str
    address: str
    outcome: Lookup

    @property
    def serial(self) -> int | None:
        values = self.outcome.values if isinstance(self.outcome, Records) else ()
        return next((value.serial for value in values if isinstance(value, Soa)), None)

    @property
    def silent(self) -> bool:
        """Nobody there, as far as can be seen from here; a refusal is an answer."""
        return isinstance(self.outcome, Failure) and self.outcome.reason in {"TIMEOUT", "NETWORK"}


async def lint(subject: Subject, resolver: DirectResolver, profile: Profile) -> tuple[tuple[Voice, ...], list[Finding]]:
    """What each name server says, and the findings of the groups `ns` and `soa`."""
    outcome = await resolver.lookup(subject.zone, "NS")
    if isinstance(outcome, Failure):
        return (), [unanswered("ns", subject.zone, "NS", outcome)]
    servers = outcome.names[:_MOST_SERVERS] if isinstance(outcome, Records) else ()
    if not servers:
        return (), []
    found = await asyncio.gather(*(_voice(subject.zone, server, resolver) for server in servers))
    voices = tuple(voice for voice in found if isinstance(voice, Voice))
    homeless = [finding for finding in found if isinstance(finding, Finding)]
    return voices, [*_count(subject, servers), *_host(subject, servers, profile), *homeless, *judge(subject, voices)]


async def _voice(zone: str, server: str, resolver: DirectResolver) -> Voice | Finding:
    """The server's answer from its first address, or why it has none."""
    addresses = await addresses_of(server, resolver)
    if isinstance(addresses, Failure):
        return unanswered("ns", server, "A", addresses)
    if not isinstance(addresses, Records):
        why = Text(ru=f"У сервера имён {server} нет адреса.", en=f"The name server {server} has no address.")
        return _finding("ns.no-address", Severity.WARNING, zone, f"{server} A, AAAA: {addresses}", why, "RFC 1912, 2.8")
    address = addresses.names[0]
    try:
        async with asyncio.timeout(_PATIENCE):
            return Voice(server, address, await resolver.lookup_at(address, zone, "SOA"))
    except TimeoutError:
        return Voice(server, address, Failure("TIMEOUT"))


def judge(subject: Subject, voices: Sequence[Voice]) -> list[Finding]:
    """Compare the answers. Where not one could be reached, the network here is to blame rather than all of them."""
    if voices and all(voice.silent for voice in voices):
        return [_not_asked(subject, voices)]
    found = [_lame(subject, voice) for voice in voices if voice.serial is None]
    serials = {voice.serial for voice in voices if voice.serial is not None}
    if len(serials) > 1:
        found.append(_skew(subject, voices))
    return found


def _count(subject: Subject, servers: Sequence[str]) -> list[Finding]:
    if len(servers) > 1:
        return []
    why = Text(
        ru="Сервер имён один: если он не отвечает, домена нет.",
        en="There is a single name server: when it does not answer, the domain is gone.",
    )
    return [_finding("ns.single", Severity.WARNING, subject.zone, ", ".join(servers), why, "RFC 1034, 4.1")]


def _host(subject: Subject, servers: Sequence[str], profile: Profile) -> list[Finding]:
    if not profile.name_servers:
        return []
    elsewhere = [server for server in servers if not f".{server}".endswith(f".{profile.name_servers}")]
    if not elsewhere:
        return []
    why = Text(
        ru=f"Зону ведёт не {profile.name_servers}: записи надо вводить там, где её ведут на самом деле.",
        en=f"The zone is not served by {profile.name_servers}: records have to be entered where it really is.",
    )
    reference = f"profile {profile.name}"
    return [_finding("ns.profile", Severity.INFO, subject.zone, ", ".join(elsewhere), why, reference)]


def _lame(subject: Subject, voice: Voice) -> Finding:
    why = Text(
        ru=f"Сервер имён {voice.server} не отвечает за зону {subject.zone}.",
        en=f"The name server {voice.server} does not answer for the zone {subject.zone}.",
    )
    seen = f"{voice.server} ({voice.address}) SOA: {voice.outcome}"
    return _finding("ns.lame", Severity.WARNING, subject.zone, seen, why, "RFC 1912, 2.8")


def _skew(subject: Subject, voices: Sequence[Voice]) -> Finding:
    seen = ", ".join(f"{voice.server} {voice.serial}" for voice in voices if voice.serial is not None)
    return Finding(
        id="soa.skew",
        severity=Severity.WARNING,
        name=subject.zone,
        seen=seen,
        why=Text(
            ru="Серверы имён отдают разные версии зоны: ответ зависит от того, кого спросили.",
            en="The name servers give different versions of the zone: the answer depends on whom one asks.",
        ),
        remedy=Remedy(
            Text(
                ru="После правки подождите, пока она разойдётся (--wait). Не сходится часами — пишите DNS-хостингу.",
                en="After an edit wait until it has spread (--wait). If it takes hours, write to the DNS host.",
            )
        ),
        reference="RFC 1912, 2.2",
    )


def _not_asked(subject: Subject, voices: Sequence[Voice]) -> Finding:
    return Finding(
        id="ns.not-asked",
        severity=Severity.INFO,
        name=subject.zone,
        seen=", ".join(f"{voice.server} ({voice.address}) {voice.outcome}" for voice in voices),
        why=Text(
            ru="Серверы имён недоступны отсюда напрямую, версии зоны не сравнить.",
            en="The name servers cannot be reached directly from here, their versions were not compared.",
        ),
        remedy=Remedy(
            Text(ru="Ничего не делайте: порт 53 наружу закрыт.", en="Nothing to do: port 53 is closed on the way out.")
        ),
        reference="RFC 1912, 2.2",
    )


def _finding(identifier: str, severity: Severity, zone: str, seen: str, why: Text, reference: str) -> Finding:
    remedy = Remedy(
        Text(
            ru="Проверьте список серверов имён у регистратора и записи NS в зоне.",
            en="Look at the name servers at the registrar and at the NS records of the zone.",
        )
    )
    return Finding(identifier, severity, zone, seen, why, remedy, reference)
