"""Why receivers see no DMARC record at a domain: none, several, an unreadable one, one in a wrong place."""

from __future__ import annotations

import re
from dataclasses import replace

from mailsync.dnscheck.dmarc.discovery import Step, texts_of
from mailsync.dnscheck.dmarc.parse import is_record, parse
from mailsync.dnscheck.dmarc.record import Policy, Record, ReportUri
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Resolver
from mailsync.dnscheck.subject import Subject

_MEANT = re.compile(r"v[ \t]*=[ \t]*[\"']?DMARC[0-9]*", re.IGNORECASE)
_TAG_START = re.compile(r"[ \t]+(?=(?:p|sp|np|psd|t|adkim|aspf|rua|ruf|fo|pct|rf|ri)=)", re.IGNORECASE)


async def explain_absence(subject: Subject, own: Step, resolver: Resolver, *, inherited: bool) -> list[Finding]:
    """Findings for a domain whose own `_dmarc` (`own`, answered) holds no usable record.

    Where a record is `inherited`, or may be, having none of its own is no fault.
    """
    if len(own.texts) > 1:
        return [_multiple(subject, own)]
    unrecognised = [text for text in texts_of(own.outcome) if _MEANT.search(text)]
    if unrecognised:
        return [_version(subject, own, text) for text in unrecognised]
    if inherited:
        return []
    return await _wrong_places(subject, own, resolver) or [_missing(subject, own)]


def _multiple(subject: Subject, own: Step) -> Finding:
    return Finding(
        id="dmarc.multiple",
        severity=Severity.CRITICAL,
        name=own.name,
        seen=" / ".join(own.texts),
        why=Text(
            ru=f"Записей DMARC {len(own.texts)}: получатели отбросят все.",
            en=f"There are {len(own.texts)} DMARC records: receivers drop them all.",
        ),
        remedy=Remedy(
            Text(
                ru="Оставьте одну, адреса отчётов перечислите в её rua.",
                en="Keep one and list the addresses of the reports in its rua.",
            ),
            subject.entry(own.name, "TXT", str(merged([parse(text) for text in own.texts]))),
        ),
        reference="RFC 9989, 4.10",
    )


def merged(records: list[Record]) -> Record:
    """The strictest of several records, with the report addresses of all (answers come in any order, RFC 2181, 5)."""
    strictest = max(records, key=lambda record: (record.policy.strength if record.policy else -1, str(record)))
    rua = sorted({uri.uri for record in records for uri in record.rua})
    ruf = sorted({uri.uri for record in records for uri in record.ruf})
    return replace(
        strictest,
        policy=strictest.policy or Policy.NONE,
        rua=tuple(ReportUri(uri) for uri in rua),
        ruf=tuple(ReportUri(uri) for uri in ruf),
    )


def _version(subject: Subject, own: Step, text: str) -> Finding:
    return Finding(
        id="dmarc.version",
        severity=Severity.CRITICAL,
        name=own.name,
        seen=text,
        why=Text(
            ru="Запись не начинается ровно с `v=DMARC1;`, поэтому получатели её не видят.",
            en="The record does not begin with exactly `v=DMARC1;`, so that receivers do not see it.",
        ),
        remedy=Remedy(
            Text(
                ru="Введите заново, без кавычек и пробела впереди.", en="Enter it again, no quotes or blank in front."
            ),
            subject.entry(own.name, "TXT", str(corrected(text))),
        ),
        reference="RFC 9989, 4.7",
    )


def corrected(text: str) -> Record:
    """What was most likely meant by a text that is no DMARC record."""
    tags = _TAG_START.sub("; ", _MEANT.sub("", text.strip(" \t\"'"), count=1).strip(" \t;\"'"))
    record = parse(f"v=DMARC1; {tags}")
    return replace(record, policy=record.policy or Policy.NONE)


async def _wrong_places(subject: Subject, own: Step, resolver: Resolver) -> list[Finding]:
    """A record at the domain itself, or at the name that a panel makes of a full name by appending the zone."""
    found = []
    for place in (subject.domain, f"{own.name}.{subject.zone}"):
        texts = [text for text in texts_of(await resolver.lookup(place, "TXT")) if is_record(text)]
        found += [_wrong_place(subject, own, place, text) for text in texts]
    return found


def _wrong_place(subject: Subject, own: Step, place: str, text: str) -> Finding:
    entry = subject.entry(own.name, "TXT", str(merged([parse(text)])))
    return Finding(
        id="dmarc.wrong-place",
        severity=Severity.CRITICAL,
        name=place,
        seen=text,
        why=Text(
            ru=f"Запись DMARC стоит под именем {place}, там её не ищут.",
            en=f"The DMARC record stands at {place}, where nobody looks for it.",
        ),
        remedy=Remedy(
            Text(
                ru=f"Панель сама дописывает зону: введите имя `{entry.name}`, не полное; запись с {place} удалите.",
                en=f"The panel appends the zone: enter the name `{entry.name}`, not the full one; delete {place}.",
            ),
            entry,
        ),
        reference="RFC 9989, 4.5",
    )


def _missing(subject: Subject, own: Step) -> Finding:
    reports_to = f"dmarc@{subject.domain}"
    return Finding(
        id="dmarc.missing",
        severity=Severity.CRITICAL,
        name=own.name,
        seen=f"TXT: {own.outcome}",
        why=Text(
            ru="Политики DMARC нет: адрес домена может подделать любой, а крупные получатели её требуют.",
            en="There is no DMARC policy: anyone may forge the domain, and large receivers ask for one.",
        ),
        remedy=Remedy(
            Text(
                ru=f"Заведите ящик {reports_to} и добавьте запись.", en=f"Open a mailbox {reports_to}, add the record."
            ),
            subject.entry(own.name, "TXT", f"v=DMARC1; p=none; rua=mailto:{reports_to}"),
        ),
        reference="RFC 9989, 4.10",
    )
