"""Which DMARC record applies to an author domain, and which domain its organizational domain is (RFC 9989, 4.10).

No public suffix list: both are found by walking up the DNS tree, with eight queries at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailsync.dnscheck.dmarc.parse import is_record, parse
from mailsync.dnscheck.dmarc.record import Policy, Psd, Record
from mailsync.dnscheck.lookup import Failure, Lookup, NxDomain, Records, Resolver

MOST_QUERIES = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One query of a walk: the DMARC texts at `_dmarc.<domain>`, other texts left out.

    `record` is None where there is none or more than one: several are all discarded (RFC 9989, 4.10, step 2).
    """

    domain: str
    outcome: Lookup
    texts: tuple[str, ...] = ()
    record: Record | None = None

    @property
    def name(self) -> str:
        return f"_dmarc.{self.domain}"


@dataclass(frozen=True, slots=True)
class Walk:
    """The queries that were made for `start`, in order, from the longest name to the shortest."""

    start: str
    steps: tuple[Step, ...]

    @property
    def failure(self) -> Failure | None:
        """The first query that nobody answered."""
        return next((step.outcome for step in self.steps if isinstance(step.outcome, Failure)), None)

    @property
    def public_suffix(self) -> Step | None:
        """The record above the start that calls itself a public suffix."""
        return next((step for step in self.steps[1:] if step.record and step.record.psd is Psd.YES), None)

    @property
    def organizational_domain(self) -> str | None:
        """RFC 9989, 4.10.2; None where an unanswered query leaves it open."""
        if self.failure:
            return None
        found = [step for step in self.steps if step.record]
        for step in found:
            if step.record and step.record.psd is Psd.NO:
                return step.domain
        if self.public_suffix:
            return _one_label_below(self.public_suffix.domain, self.start)
        return found[-1].domain if found else self.start

    def at(self, domain: str) -> Step | None:
        return next((step for step in self.steps if step.domain == domain), None)


@dataclass(frozen=True, slots=True)
class Discovery:
    """The record that applies to letters of an author domain, if any (RFC 9989, 4.10.1).

    `found` is the step whose record applies. `author_exists` matters for an inherited record with `np` only and is
    True where it was not asked. `failure` is set where an unanswered query leaves the applied record open.
    """

    author: str
    walk: Walk
    found: Step | None = None
    author_exists: bool = True
    failure: Failure | None = None

    @property
    def record(self) -> Record | None:
        return self.found.record if self.found else None

    @property
    def inherited(self) -> bool:
        return self.found is not None and self.found.domain != self.author

    @property
    def requested(self) -> Policy | None:
        """The owner's policy for this author domain before `t` lowers it; None: DMARC does not apply."""
        if self.record is None:
            return None
        if not self.record.policies_valid:
            return Policy.NONE if self.record.reports_somewhere else None
        if not self.inherited:
            return self.record.policy
        nonexistent = None if self.author_exists else self.record.nonexistent_policy
        return nonexistent or self.record.subdomain_policy or self.record.policy

    @property
    def policy(self) -> Policy | None:
        """What receivers are to apply to letters that fail; None: DMARC does not apply."""
        if self.requested is None or self.record is None:
            return None
        return self.requested.lowered() if self.record.testing else self.requested


def targets(domain: str) -> Iterator[str]:
    """The domains whose `_dmarc` a walk asks, in order: of more than eight labels the middle ones are skipped."""
    yield domain
    labels = domain.split(".")
    for count in range(min(len(labels), MOST_QUERIES) - 1, 0, -1):
        yield ".".join(labels[-count:])


async def tree_walk(domain: str, resolver: Resolver) -> Walk:
    """Ask from `domain` (A-labels) up to the top-level name, ending early at a record with `psd=y` or `psd=n`.

    A query without an answer does not end the walk: what is found above it may still be worth knowing.
    """
    steps = []
    for target in targets(domain):
        step = await look(target, resolver)
        steps.append(step)
        if step.record and step.record.psd is not Psd.UNSPECIFIED:
            break
    return Walk(domain, tuple(steps))


async def discover(author: str, resolver: Resolver) -> Discovery:
    """Find the record for letters from `author` (A-labels): its own, else that of the organization, else the suffix."""
    walk = await tree_walk(author, resolver)
    own = walk.steps[0]
    if own.record:
        return Discovery(author, walk, own)
    if walk.failure:
        return Discovery(author, walk, failure=walk.failure)
    found = walk.at(walk.organizational_domain or author)
    if found is None or found.record is None:
        found = walk.public_suffix
    if found is None or found.record is None or found.record.nonexistent_policy is None:
        return Discovery(author, walk, found)
    existence = await resolver.lookup(author, "A")
    if isinstance(existence, Failure):
        return Discovery(author, walk, found, failure=existence)
    return Discovery(author, walk, found, author_exists=not isinstance(existence, NxDomain))


async def look(domain: str, resolver: Resolver) -> Step:
    """The DMARC record of one domain, without any walk."""
    outcome = await resolver.lookup(f"_dmarc.{domain}", "TXT")
    texts = tuple(text for text in texts_of(outcome) if is_record(text))
    return Step(domain, outcome, texts, parse(texts[0]) if len(texts) == 1 else None)


def texts_of(outcome: Lookup) -> tuple[str, ...]:
    """The texts of a TXT answer; octets that are not UTF-8 become U+FFFD, which no DMARC syntax allows."""
    if not isinstance(outcome, Records):
        return ()
    return tuple(text.decode("utf-8", "replace") for text in outcome.texts)


def _one_label_below(ancestor: str, domain: str) -> str:
    labels = domain.split(".")
    return ".".join(labels[-(ancestor.count(".") + 2) :])
