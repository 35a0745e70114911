"""Would the domain's letters pass DMARC at their receivers? From what SPF and DKIM said (RFC 9989, 5.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mailsync.dnscheck.dkim import SignatureResult
from mailsync.dnscheck.dkim.letter import read_letter
from mailsync.dnscheck.dmarc.evaluate import Evaluation, Identifier, Mechanism, Result, evaluate
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.letter import author_domains
from mailsync.dnscheck.lookup import Resolver
from mailsync.dnscheck.spf import Result as SpfOutcome
from mailsync.dnscheck.subject import Subject


async def judge_letter(
    subject: Subject,
    letter: bytes,
    signatures: Sequence[SignatureResult],
    spf: Mapping[str, SpfOutcome],
    resolver: Resolver,
) -> list[Finding]:
    """Findings of `dmarc.eval` for a letter; `spf` is by sending address, of which the best counts."""
    authors = author_domains(read_letter(letter))
    if subject.domain not in authors:
        return [_other_author(subject, authors)]
    identifiers = [Identifier(Mechanism.DKIM, each.domain, str(each.result)) for each in signatures if each.domain] + [
        Identifier(Mechanism.SPF, subject.domain, str(outcome.result)) for outcome in spf.values()
    ]
    return _told(subject, "letter", await evaluate(subject.domain, identifiers, resolver))


async def judge_senders(
    subject: Subject, spf: Mapping[str, SpfOutcome], resolver: Resolver, *, signed: bool
) -> list[Finding]:
    """Findings of `dmarc.eval` for each sending address; `signed`: a usable key is published, so that letters can be
    signed with d= of the domain.
    """
    found = []
    for ip, outcome in spf.items():
        identifiers = [Identifier(Mechanism.SPF, subject.domain, str(outcome.result))]
        if signed:
            identifiers.append(Identifier(Mechanism.DKIM, subject.domain, "pass"))
        found += _told(subject, ip, await evaluate(subject.domain, identifiers, resolver))
    return found


def _told(subject: Subject, what: str, evaluation: Evaluation) -> list[Finding]:
    if evaluation.result is Result.FAIL:
        severity = Severity.CRITICAL
        why = Text(
            ru="Такое письмо не проходит DMARC: ни SPF, ни DKIM не подтверждают домен отправителя.",
            en="Such a letter fails DMARC: neither SPF nor DKIM vouches for the author's domain.",
        )
    elif evaluation.result is Result.TEMPERROR:
        severity = Severity.UNKNOWN
        why = Text(ru="DNS не ответил: пройдёт ли письмо, неизвестно.", en="The DNS did not answer: nobody can tell.")
    else:
        return []
    remedy = Remedy(
        Text(
            ru="Исправьте ту половину, что ближе: SPF для этого адреса или подпись DKIM с d= домена.",
            en="Mend the half that is nearer: SPF for the address, or a DKIM signature with d= of the domain.",
        )
    )
    return [Finding("dmarc.eval", severity, subject.domain, f"{what}: {evaluation}", why, remedy, "RFC 9989, 5.3")]


def _other_author(subject: Subject, authors: Sequence[str]) -> Finding:
    return Finding(
        id="dmarc.eval",
        severity=Severity.UNKNOWN,
        name=subject.domain,
        seen=f"From: {', '.join(authors) or '-'}",
        why=Text(
            ru=f"Письмо не от домена {subject.domain}: о его письмах оно ничего не говорит.",
            en=f"The letter is not from {subject.domain}: it says nothing about the domain's letters.",
        ),
        remedy=Remedy(
            Text(
                ru="Дайте письмо, отправленное с этого домена в ящик у другого провайдера.",
                en="Give a letter that was sent from the domain to a mailbox at another provider.",
            )
        ),
        reference="RFC 9989, 5.3",
    )
