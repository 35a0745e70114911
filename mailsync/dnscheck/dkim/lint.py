"""Everything that the checker has to say about a domain's DKIM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailsync.dnscheck.dkim.absence import missing, wildcard
from mailsync.dnscheck.dkim.letter_rules import letter_findings
from mailsync.dnscheck.dkim.published import PublishedKey, key_name
from mailsync.dnscheck.dkim.result import SignatureResult
from mailsync.dnscheck.dkim.rules import CheckedKey, key_findings
from mailsync.dnscheck.dkim.verify import verify
from mailsync.dnscheck.finding import Finding, Severity, Text, advice
from mailsync.dnscheck.lookup import Failure, Lookup, Records, Resolver, ask
from mailsync.dnscheck.subject import Subject
from mailsync.dnscheck.unanswered import unanswered


@dataclass(frozen=True, slots=True)
class SelectorReport:
    """What was found at one selector; `key` is None where there is none that can be read."""

    selector: str
    name: str
    answer: Lookup
    key: CheckedKey | None = None


@dataclass(frozen=True, slots=True)
class DkimReport:
    """`signatures` is None where no letter was given, and empty for an unsigned one."""

    selectors: tuple[SelectorReport, ...]
    signatures: list[SignatureResult] | None = None


async def lint(
    subject: Subject,
    resolver: Resolver,
    *,
    selectors: Sequence[str],
    probe: str,
    now: datetime,
    letter: bytes | None = None,
    provider: str | None = None,
    accepted_bits: int = 2048,
    spf_aligned: bool | None = None,
) -> tuple[DkimReport, list[Finding]]:
    """The findings of the group `dkim`.

    `probe` is a selector that nobody can have (random), `letter` the exact octets of one that the domain sent,
    `accepted_bits` an RSA length under 2048 that the provider leaves no choice about, `spf_aligned` whether SPF passes
    for that letter and is aligned. A letter's own selectors are looked at as well.
    """
    found: list[Finding] = []
    signatures = await verify(letter, resolver, now) if letter is not None else None
    if signatures is not None:
        found += letter_findings(subject, signatures, spf_aligned=spf_aligned)
    wanted = dict.fromkeys(selector.lower() for selector in selectors)
    wanted |= dict.fromkeys(result.selector for result in signatures or () if result.domain == subject.domain)
    if not wanted and not signatures:
        found.append(_selector_unknown(subject))
    reports = []
    for selector in wanted:
        report, more = await _selector(subject, selector, resolver, probe, provider, accepted_bits)
        reports.append(report)
        found += more
    return DkimReport(tuple(reports), signatures), found


async def _selector(
    subject: Subject, selector: str, resolver: Resolver, probe: str, provider: str | None, accepted_bits: int
) -> tuple[SelectorReport, list[Finding]]:
    name = key_name(subject, selector)
    answer = await ask(resolver, name, "TXT")
    report = SelectorReport(selector, name, answer)
    if isinstance(answer, Failure):
        return report, [unanswered("dkim", name, "TXT", answer)]
    published = PublishedKey(subject, selector, answer)
    if not isinstance(answer, Records):
        return report, [await missing(published, resolver, provider)]
    made_up = await wildcard(published, resolver, probe)
    if made_up:
        return report, [made_up]
    key, found = key_findings(published, accepted_bits)
    return SelectorReport(selector, name, answer, key), found


def _selector_unknown(subject: Subject) -> Finding:
    return Finding(
        "dkim.selector-unknown",
        Severity.UNKNOWN,
        subject.domain,
        "",
        Text(
            ru="Селектор не указан, а найти ключ DKIM без него нельзя.",
            en="No selector is given, and without it the DKIM key cannot be found.",
        ),
        advice(
            'Укажите dns.selectors = ["beget"] в config.toml (--selector beget) или подписанное письмо (--eml).',
            'Set dns.selectors = ["beget"] in config.toml (--selector beget), or give a signed letter (--eml).',
        ),
        "RFC 6376, 3.1",
    )
