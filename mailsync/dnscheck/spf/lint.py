"""Everything that the checker has to say about a domain's SPF."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text, advice
from mailsync.dnscheck.lookup import Failure, Records, Resolver, ask, readable
from mailsync.dnscheck.spf.absence import explain_absence
from mailsync.dnscheck.spf.check import check_host
from mailsync.dnscheck.spf.mend import mended, with_senders
from mailsync.dnscheck.spf.published import Published
from mailsync.dnscheck.spf.result import Result, SpfResult
from mailsync.dnscheck.spf.rules_own import own_findings
from mailsync.dnscheck.spf.rules_path import path_findings
from mailsync.dnscheck.spf.survey import SurveyedRecord, survey
from mailsync.dnscheck.subject import Subject
from mailsync.dnscheck.unanswered import unanswered

_SEVERITIES = {
    SpfResult.NONE: Severity.CRITICAL,
    SpfResult.FAIL: Severity.CRITICAL,
    SpfResult.PERMERROR: Severity.CRITICAL,
    SpfResult.SOFTFAIL: Severity.WARNING,
    SpfResult.NEUTRAL: Severity.WARNING,
    SpfResult.TEMPERROR: Severity.UNKNOWN,
}

_NOT_NAMED = {SpfResult.FAIL, SpfResult.SOFTFAIL, SpfResult.NEUTRAL}  # the record works, and does not know the address
_REPAIR = advice(
    "Сначала исправьте саму запись SPF (см. остальные находки spf), затем проверьте адрес снова.",
    "Mend the SPF record itself first (see the other findings of spf), then check the address again.",
)
_REPEAT = advice("Повторите проверку, когда DNS ответит.", "Check again when the DNS answers.")


@dataclass(frozen=True, slots=True)
class SpfReport:
    """The surveyed record (raw `texts`, worst-case `lookups`) and the evaluation for each sending address."""

    root: SurveyedRecord
    results: dict[str, Result]


async def lint(
    subject: Subject,
    resolver: Resolver,
    *,
    provider: str | None = None,
    sending_ips: tuple[str, ...] = (),
    sender: str | None = None,
) -> tuple[SpfReport, list[Finding]]:
    """The findings of the group `spf`.

    `provider` is the domain whose record must be reached ("beget.com"), `sending_ips` the addresses that letters of
    the domain really come from, `sender` the envelope sender to evaluate them with (default `postmaster@domain`).
    """
    root = await survey(subject.domain, resolver)
    published = Published(subject, root, provider) if root.record else None
    found = [*await _relics(subject, root, resolver)]
    if isinstance(root.answer, Failure):
        found.append(unanswered("spf", subject.domain, "TXT", root.answer))
    elif published is None:
        found += await explain_absence(subject, root, resolver, provider)
    else:
        found += [*own_findings(published), *path_findings(published)]
    results = {
        ip: await check_host(ip, subject.domain, sender or f"postmaster@{subject.domain}", subject.domain, resolver)
        for ip in sending_ips
    }
    strangers = [ip for ip, result in results.items() if result.result in _NOT_NAMED]
    named = _name_them(published, strangers) if published else None
    found += [_ip_result(subject, ip, result, named) for ip, result in results.items() if result.result in _SEVERITIES]
    return SpfReport(root, results), found


def _name_them(published: Published, addresses: list[str]) -> Remedy:
    return published.enter(
        with_senders(mended(published), addresses),
        "Добавьте отправителя (или include его провайдера).",
        "Add the sender (or its provider's include).",
    )


def _ip_result(subject: Subject, ip: str, result: Result, named: Remedy | None) -> Finding:
    trace = " / ".join(str(step).strip() for step in result.trace)
    return Finding(
        "spf.ip-result",
        _SEVERITIES[result.result],
        subject.domain,
        f"{ip}: {result.result} ({result.reason}); {trace}",
        Text(
            ru=f"Письма с адреса {ip} получают SPF {result.result}, а не pass.",
            en=f"Letters from {ip} get SPF {result.result} instead of pass.",
        ),
        _cure(result.result, named),
        "RFC 7208, 4",
    )


def _cure(result: SpfResult, named: Remedy | None) -> Remedy:
    if named and result in _NOT_NAMED:
        return named
    return _REPEAT if result is SpfResult.TEMPERROR else _REPAIR


async def _relics(subject: Subject, root: SurveyedRecord, resolver: Resolver) -> list[Finding]:
    """Records of abandoned experiments; a server that does not know type SPF leaves nothing to say."""
    found = []
    type99 = await ask(resolver, subject.domain, "SPF")
    if isinstance(type99, Records):
        shown = " / ".join(readable(text) for text in type99.texts)
        found.append(_relic(subject, "spf.type99", shown, "типа SPF (99)", "of type SPF (99)", "3.1"))
    texts = root.answer.texts if isinstance(root.answer, Records) else ()
    for text in texts:
        if text.lower().startswith(b"spf2.0/"):
            shown = readable(text)
            found.append(_relic(subject, "spf.senderid", shown, "Sender ID (spf2.0)", "of Sender ID (spf2.0)", "14.1"))
    return found


def _relic(subject: Subject, identifier: str, seen: str, ru: str, en: str, section: str) -> Finding:
    return Finding(
        identifier,
        Severity.INFO,
        subject.domain,
        seen,
        Text(ru=f"Запись {ru} никто больше не читает.", en=f"Nobody reads a record {en} any more."),
        Remedy(Text(ru="Удалите её.", en="Delete it.")),
        f"RFC 7208, {section}",
    )
