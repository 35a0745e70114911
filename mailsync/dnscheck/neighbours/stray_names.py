"""Names that answer though nobody meant them to: wildcards, and full names typed into a panel that appends the zone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Lookup, Records, Resolver
from mailsync.dnscheck.neighbours.mx import listed
from mailsync.dnscheck.subject import Subject

_TYPES = ("TXT", "MX")


async def lint(subject: Subject, resolver: Resolver, probe: str) -> list[Finding]:
    """Findings of the group `zone`; `probe` is a random label that nobody can have entered."""
    anything = await _ask(f"{probe}.{subject.domain}", resolver)
    doubled = await _ask(f"{subject.domain}.{subject.zone}", resolver)
    return [*_wildcard(subject, anything), *_doubled(subject, doubled, anything)]


async def _ask(name: str, resolver: Resolver) -> dict[str, Lookup]:
    """An unanswered probe is no finding: the checks of the real names tell when the DNS is silent."""
    return dict(zip(_TYPES, await asyncio.gather(*(resolver.lookup(name, rdtype) for rdtype in _TYPES)), strict=True))


def _values(outcomes: Mapping[str, Lookup]) -> dict[str, str]:
    """Records by type, as one text; types without any are left out."""
    found = {}
    for rdtype, outcome in outcomes.items():
        if isinstance(outcome, Records):
            texts = sorted(f"`{text.decode('utf-8', 'replace')}`" for text in outcome.texts)
            found[rdtype] = f"{rdtype} {', '.join(texts) or listed(outcome.exchanges)}"
    return found


def _wildcard(subject: Subject, anything: Mapping[str, Lookup]) -> list[Finding]:
    values = _values(anything)
    if not values:
        return []
    return [
        Finding(
            id="zone.wildcard",
            severity=Severity.INFO,
            name=f"*.{subject.domain}",
            seen="; ".join(values.values()),
            why=Text(
                ru="Звёздочка отвечает за любое имя: забытую или ошибочную запись за ней не видно.",
                en="A wildcard answers for every name: a record that is missing or wrong hides behind it.",
            ),
            remedy=Remedy(Text(ru="Уберите её, если она не нужна.", en="Take it away unless it is needed.")),
            reference="RFC 4592, 2.1",
        )
    ]


def _doubled(subject: Subject, doubled: Mapping[str, Lookup], anything: Mapping[str, Lookup]) -> list[Finding]:
    wildcard = _values(anything)
    values = {rdtype: seen for rdtype, seen in _values(doubled).items() if seen != wildcard.get(rdtype)}
    if not values:
        return []
    place = f"{subject.domain}.{subject.zone}"
    typed = subject.entry(subject.domain, "", "").name
    return [
        Finding(
            id="zone.doubled-name",
            severity=Severity.WARNING,
            name=place,
            seen="; ".join(values.values()),
            why=Text(
                ru=f"Записи стоят под именем {place}: панель дописала зону к полному имени.",
                en=f"Records stand at {place}: the panel has appended the zone to a full name.",
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
