"""SMTP TLS reporting: who is told when a sender could not encrypt (RFC 8460, 3)."""

from __future__ import annotations

from mailsync.dnscheck.dmarc.record import ReportUri
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Failure, Resolver
from mailsync.dnscheck.neighbours.tags import misplaced, read_tags, texts_with_version
from mailsync.dnscheck.subject import Subject
from mailsync.dnscheck.unanswered import unanswered


async def lint(subject: Subject, resolver: Resolver) -> list[Finding]:
    """Findings of the group `tlsrpt`."""
    name = f"_smtp._tls.{subject.domain}"
    outcome = await resolver.lookup(name, "TXT")
    if isinstance(outcome, Failure):
        return [unanswered("tlsrpt", name, "TXT", outcome)]
    texts = texts_with_version(outcome, "TLSRPTv1")
    if not texts:
        if wrong := await misplaced(subject, name, "TLSRPTv1", "tlsrpt", "RFC 8460, 3", resolver):
            return wrong
        why = Text(
            ru="Отчёты о сбоях шифрования при доставке к вам не запрошены.",
            en="Nobody is asked to report when encrypted delivery to you fails.",
        )
        return [_finding(subject, "tlsrpt.absent", Severity.INFO, f"TXT: {outcome}", why)]
    if len(texts) > 1:
        why = Text(
            ru="Записей TLSRPT несколько: отправители считают, что нет ни одной.",
            en="There are several TLSRPT records: senders act as if there were none.",
        )
        return [_finding(subject, "tlsrpt.multiple", Severity.WARNING, " / ".join(texts), why)]
    if problem := _problem(texts[0]):
        why = Text(
            ru="Запись TLSRPT не прочитать: нужен тег rua= с адресами mailto: или https: через запятую.",
            en=f"The TLSRPT record cannot be read: {problem}.",
        )
        return [_finding(subject, "tlsrpt.syntax", Severity.WARNING, texts[0], why)]
    return []


def _problem(text: str) -> str:
    try:
        addresses = [ReportUri(uri.strip()) for uri in read_tags(text).get("rua", "").split(",")]
    except ValueError as error:
        return str(error)
    good = all(uri.mail_address or (uri.uri.startswith("https://") and uri.host) for uri in addresses)
    return "" if good else "rua= needs mailto: or https: addresses"


def _finding(subject: Subject, identifier: str, severity: Severity, seen: str, why: Text) -> Finding:
    name = f"_smtp._tls.{subject.domain}"
    return Finding(
        id=identifier,
        severity=severity,
        name=name,
        seen=seen,
        why=why,
        remedy=Remedy(
            Text(ru="Необязательно. Если нужно:", en="Optional. If wanted:")
            if severity is Severity.INFO
            else Text(ru="Должна остаться одна запись:", en="There has to be one record:"),
            subject.entry(name, "TXT", f"v=TLSRPTv1; rua=mailto:tlsrpt@{subject.domain}"),
        ),
        reference="RFC 8460, 3",
    )
