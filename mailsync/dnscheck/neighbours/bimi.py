"""BIMI: the logo beside a letter (draft-brand-indicators-for-message-identification; not an RFC)."""

from __future__ import annotations

from mailsync.dnscheck.dmarc.discovery import Discovery
from mailsync.dnscheck.dmarc.record import Policy
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Failure, Resolver
from mailsync.dnscheck.neighbours.tags import read_tags, texts_with_version
from mailsync.dnscheck.subject import Subject
from mailsync.dnscheck.unanswered import unanswered


async def lint(subject: Subject, resolver: Resolver, dmarc: Discovery | None) -> list[Finding]:
    """Findings of the group `bimi`: none where no logo is published. `dmarc` is None where it is not known."""
    name = f"default._bimi.{subject.domain}"
    outcome = await resolver.lookup(name, "TXT")
    if isinstance(outcome, Failure):
        return [unanswered("bimi", name, "TXT", outcome)]
    found = []
    for text in texts_with_version(outcome, "BIMI1"):
        if problem := _problem(text):
            why = Text(ru=f"Логотип не покажут: {problem}.", en=f"The logo is not shown: {problem}.")
            remedy = Remedy(
                Text(ru="Исправьте l=.", en="Correct l=."), subject.entry(name, "TXT", "v=BIMI1; l=https://…")
            )
            found.append(Finding("bimi.syntax", Severity.INFO, name, text, why, remedy, "BIMI draft, 4.3"))
        if dmarc is not None and dmarc.policy in {Policy.NONE, None} and dmarc.failure is None:
            why = Text(
                ru="Логотип показывают только при политике DMARC quarantine или reject.",
                en="The logo is shown only with the DMARC policy quarantine or reject.",
            )
            remedy = Remedy(Text(ru="Усильте политику DMARC.", en="Strengthen the DMARC policy."))
            found.append(Finding("bimi.policy", Severity.INFO, name, text, why, remedy, "BIMI draft, 7.1"))
    return found


def _problem(text: str) -> str:
    """An empty `l=` says that the domain declines to have a logo (BIMI draft, 4.4)."""
    declined = text.replace(" ", "").removesuffix(";").endswith(";l=")
    if declined:
        return ""
    try:
        logo = read_tags(text).get("l", "")
    except ValueError as error:
        return str(error)
    return "" if logo.lower().startswith("https://") else "l= has to be an https address"
