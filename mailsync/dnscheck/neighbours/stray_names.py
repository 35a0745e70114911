"""Names that answer though nobody meant them to: wildcards, and full names typed into a panel that appends the zone."""

from __future__ import annotations

import asyncio

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Lookup, Records, Resolver
from mailsync.dnscheck.neighbours.mx import listed
from mailsync.dnscheck.subject import Subject


async def lint(subject: Subject, resolver: Resolver, probe: str) -> list[Finding]:
    """Findings of the group `zone`; `probe` is a random label that nobody can have entered."""
    anything = f"{probe}.{subject.domain}"
    texts, exchanges, doubled = await asyncio.gather(
        resolver.lookup(anything, "TXT"),
        resolver.lookup(anything, "MX"),
        resolver.lookup(f"{subject.domain}.{subject.zone}", "MX"),
    )
    values = [value for value in (_shown(texts), _shown(exchanges)) if value]
    return [*_wildcard(subject, values), *_doubled(subject, _shown(doubled), _shown(exchanges))]


def _shown(outcome: Lookup) -> str:
    """The records in a stable order. No answer is no finding: the checks of the real names tell of a silent DNS."""
    if not isinstance(outcome, Records):
        return ""
    texts = sorted(f"`{text.decode('utf-8', 'replace')}`" for text in outcome.texts)
    return f"TXT {', '.join(texts)}" if texts else f"MX {listed(outcome.exchanges)}"


def _wildcard(subject: Subject, values: list[str]) -> list[Finding]:
    if not values:
        return []
    return [
        Finding(
            id="zone.wildcard",
            severity=Severity.INFO,
            name=f"*.{subject.domain}",
            seen="; ".join(values),
            why=Text(
                ru="Звёздочка отвечает за любое имя: забытую или ошибочную запись за ней не видно.",
                en="A wildcard answers for every name: a record that is missing or wrong hides behind it.",
            ),
            remedy=Remedy(Text(ru="Уберите её, если она не нужна.", en="Take it away unless it is needed.")),
            reference="RFC 4592, 2.1",
        )
    ]


def _doubled(subject: Subject, doubled: str, wildcard: str) -> list[Finding]:
    """Only MX: the texts of the other standards are looked for where they are missed."""
    if not doubled or doubled == wildcard:
        return []
    place = f"{subject.domain}.{subject.zone}"
    typed = subject.entry(subject.domain, "", "").name
    return [
        Finding(
            id="zone.doubled-name",
            severity=Severity.WARNING,
            name=place,
            seen=doubled,
            why=Text(
                ru=f"MX стоят под именем {place}: панель дописала зону к полному имени.",
                en=f"The MX stand at {place}: the panel has appended the zone to a full name.",
            ),
            remedy=Remedy(
                Text(
                    ru=f"Введите их под именем `{typed}` и удалите эти.",
                    en=f"Enter them under the name `{typed}` and delete these.",
                )
            ),
            reference="RFC 1035, 5.1",
        )
    ]
