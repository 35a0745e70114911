"""Whether reports can arrive where a record sends them (RFC 9989, 4.6; RFC 9990, 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from mailsync.dnscheck.dmarc.discovery import texts_of, tree_walk
from mailsync.dnscheck.dmarc.parse import is_record
from mailsync.dnscheck.dmarc.record import Record, ReportUri
from mailsync.dnscheck.dmarc.rules import Published
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Failure, Records, Resolver
from mailsync.dnscheck.subject import entry_in, subject_of
from mailsync.dnscheck.unanswered import unanswered


async def findings(
    published: Published, organizational: str | None, resolver: Resolver, mailbox: str | None = None
) -> list[Finding]:
    """`organizational` is the organizational domain of the record's domain, None where it could not be found out;
    `mailbox` the address whose letters are read as orders.
    """
    targets = [*published.record.rua, *published.record.ruf]
    busy = [_busy(published, uri) for uri in targets if _is(uri, mailbox)]
    hosts = {uri.host: uri for uri in reversed(targets) if uri.host}
    checks = [_host(published, host, uri, organizational, resolver) for host, uri in sorted(hosts.items())]
    return [*busy, *(finding for found in await asyncio.gather(*checks) for finding in found)]


async def _host(
    published: Published, host: str, uri: ReportUri, organizational: str | None, resolver: Resolver
) -> list[Finding]:
    found = []
    if uri.mail_address is not None:
        found += await _dead(published, host, uri, resolver)
    if organizational is not None:
        found += await _unauthorized(published, host, uri, organizational, resolver)
    return found


def _is(uri: ReportUri, mailbox: str | None) -> bool:
    return mailbox is not None and uri.mail_address is not None and uri.mail_address.lower() == mailbox.lower()


def _busy(published: Published, uri: ReportUri) -> Finding:
    return published.finding(
        "dmarc.rua-busy",
        Severity.WARNING,
        Text(
            ru=f"Отчёты приходят в ящик заказов {uri.mail_address} и смешиваются с письмами покупателей.",
            en=f"Reports arrive in the mailbox for orders, {uri.mail_address}, among the letters of customers.",
        ),
        Remedy(
            Text(
                ru=f"Заведите отдельный ящик, например dmarc@{published.subject.domain}, и укажите его.",
                en=f"Open a mailbox of its own, for instance dmarc@{published.subject.domain}, and name that.",
            ),
            published.subject.entry(published.name, "TXT", str(_redirected(published, uri))),
        ),
        "5.1.3",
    )


def _redirected(published: Published, busy: ReportUri) -> Record:
    separate = ReportUri(f"mailto:dmarc@{published.subject.domain}")
    record = published.mended
    return replace(
        record,
        rua=tuple(separate if uri.uri == busy.uri else uri for uri in record.rua),
        ruf=tuple(separate if uri.uri == busy.uri else uri for uri in record.ruf),
    )


async def _dead(published: Published, host: str, uri: ReportUri, resolver: Resolver) -> list[Finding]:
    outcome = await resolver.lookup(host, "MX")
    if isinstance(outcome, Failure):
        return [unanswered("dmarc", host, "MX", outcome)]
    if isinstance(outcome, Records) and any(mx.exchange for mx in outcome.exchanges):
        return []
    seen = "0 ." if isinstance(outcome, Records) else str(outcome)
    return [
        published.finding(
            "dmarc.rua-dead",
            Severity.WARNING,
            Text(
                ru=f"Домен {host} не принимает почту (MX: {seen}), отчёты на {uri.mail_address} не дойдут.",
                en=f"The domain {host} takes no mail (MX: {seen}), reports to {uri.mail_address} do not arrive.",
            ),
            Remedy(Text(ru="Укажите действующий ящик.", en="Name a mailbox that works.")),
            "4.7",
        )
    ]


async def _unauthorized(
    published: Published, host: str, uri: ReportUri, organizational: str, resolver: Resolver
) -> list[Finding]:
    """Reports to another organization need its consent in its own zone (RFC 9990, 4)."""
    walk = await tree_walk(host, resolver)
    if walk.organizational_domain is None:
        return [unanswered("dmarc", f"_dmarc.{host}", "TXT", walk.failure or Failure())]
    if walk.organizational_domain == organizational:
        return []
    domain = published.name.removeprefix("_dmarc.")
    consent = f"{domain}._report._dmarc.{host}"
    outcome = await resolver.lookup(consent, "TXT")
    if isinstance(outcome, Failure):
        return [unanswered("dmarc", consent, "TXT", outcome)]
    if _consents(texts_of(outcome)):
        return []
    zone = (await subject_of(host, resolver)).zone
    return [
        Finding(
            id="dmarc.rua-unauthorized",
            severity=Severity.WARNING,
            name=consent,
            seen=f"TXT: {outcome}",
            why=Text(
                ru=f"{host} не подтвердил, что принимает отчёты о {domain}: {uri.uri} их не получит.",
                en=f"{host} has not agreed to receive reports about {domain}: {uri.uri} gets none.",
            ),
            remedy=Remedy(
                Text(
                    ru=f"Запись добавляет владелец зоны {zone}; или укажите ящик в своём домене.",
                    en=f"The owner of the zone {zone} has to add the record; or name a mailbox in your own domain.",
                ),
                entry_in(zone, consent, "TXT", "v=DMARC1;"),
            ),
            reference="RFC 9990, 4",
        )
    ]


def _consents(texts: Iterable[str]) -> bool:
    return any(is_record(text) for text in texts)
