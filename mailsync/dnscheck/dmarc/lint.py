"""Everything that the checker has to say about a domain's DMARC."""

from __future__ import annotations

from datetime import date

from mailsync.dnscheck.dmarc import reports, rules
from mailsync.dnscheck.dmarc.discovery import Discovery, discover
from mailsync.dnscheck.dmarc.misplaced import explain_absence
from mailsync.dnscheck.finding import Finding
from mailsync.dnscheck.lookup import Failure, Resolver
from mailsync.dnscheck.subject import Subject
from mailsync.dnscheck.unanswered import unanswered


async def lint(
    subject: Subject,
    resolver: Resolver,
    *,
    today: date,
    first_seen: date | None = None,
    mailbox: str | None = None,
) -> tuple[Discovery, list[Finding]]:
    """The applied record and the findings of the group `dmarc`.

    `first_seen` is the day on which `p=none` was first met here (None: unknown), `mailbox` the address for orders.
    """
    discovery = await discover(subject.domain, resolver)
    own = discovery.walk.steps[0]
    found = [
        unanswered("dmarc", step.name, "TXT", step.outcome)
        for step in discovery.walk.steps
        if isinstance(step.outcome, Failure) and discovery.record is None
    ]
    suffix_only = discovery.found is not None and discovery.found is discovery.walk.public_suffix
    if own.record is None and not isinstance(own.outcome, Failure):
        # What the registry publishes at a top-level name would make up for nothing, whether it answers or not.
        perhaps = any(isinstance(step.outcome, Failure) and "." in step.domain for step in discovery.walk.steps)
        inherited = perhaps or (discovery.inherited and not suffix_only)
        found += await explain_absence(subject, own, resolver, inherited=inherited)
    if discovery.found and discovery.record and not suffix_only:
        organizational = discovery.walk.organizational_domain
        published = rules.Published(
            subject, discovery.found.name, discovery.record, organizational in {discovery.found.domain, None}
        )
        found += rules.findings(published, today, first_seen)
        found += await reports.findings(published, organizational, resolver, mailbox)
    return discovery, found
