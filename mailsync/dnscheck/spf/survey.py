"""Everything an SPF record can lead to, asked once: the ground for lint rules, no client needed.

Where `check_host` follows one path for one client, a survey follows them all, and so knows the worst one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailsync.dnscheck.lookup import Failure, Lookup, Records, Resolver, ask, readable
from mailsync.dnscheck.spf import terms
from mailsync.dnscheck.spf.parse import SpfSyntaxError, is_spf, parse

MOST_TERMS = 60
"""Terms looked into before a survey gives up: six times what any receiver will evaluate."""


@dataclass(frozen=True, slots=True)
class SurveyedTerm:
    """A term and what its own queries told.

    `reached` is False after `all`. `void`: it found nothing, neither for IPv4 nor for IPv6 clients. `exchanges`: how
    many MX an `mx` has. `loop`: its target is a record that led here. `below` is the record of an include or redirect.
    """

    term: terms.Term
    reached: bool
    void: bool = False
    exchanges: int = 0
    failures: tuple[tuple[str, str, Failure], ...] = ()  # name, type, outcome
    loop: bool = False
    below: SurveyedRecord | None = None

    @property
    def lookups(self) -> int:
        """How many of the ten the term uses up in the worst case (RFC 7208, 4.6.4)."""
        if not self.reached or not _costs(self.term):
            return 0
        return 1 + (self.below.lookups if self.below else 0)


@dataclass(frozen=True, slots=True)
class SurveyedRecord:
    """What a domain publishes: `texts` are its SPF records as they stand; exactly one can be used.

    `record` is None where there is no text, more than one, or one with a syntax `error`.
    """

    domain: str
    answer: Lookup
    texts: tuple[bytes, ...] = ()
    record: terms.Record | None = None
    error: SpfSyntaxError | None = None
    terms: tuple[SurveyedTerm, ...] = ()

    @property
    def lookups(self) -> int:
        return sum(term.lookups for term in self.terms)

    @property
    def voids(self) -> tuple[SurveyedTerm, ...]:
        """The terms that found nothing, here and below."""
        return tuple(term for record in self.reachable() for term in record.terms if term.void)

    def reachable(self) -> Iterator[SurveyedRecord]:
        """The record itself and those that an evaluation may come to, in its order."""
        yield self
        for term in self.terms:
            if term.below and term.reached:
                yield from term.below.reachable()

    def deciding(self) -> SurveyedRecord:
        """The record whose `all` decides: at the end of the redirects that are followed."""
        for term in self.terms:
            if isinstance(term.term, terms.Redirect) and term.reached and term.below:
                return term.below.deciding()
        return self

    @property
    def shown(self) -> str:
        """The texts for people to read."""
        return " / ".join(readable(text) for text in self.texts)


async def survey(domain: str, resolver: Resolver) -> SurveyedRecord:
    """Look at a domain's SPF record and all that it refers to, without macros, which only a letter fills in."""
    return await _Survey(resolver).record(domain, ())


async def survey_instead(root: SurveyedRecord, record: terms.Record, resolver: Resolver) -> SurveyedRecord:
    """What the domain of `root` would lead to if it published `record`."""
    found = await _Survey(resolver).followed(record, root.domain, ())
    return replace(root, record=record, error=None, terms=found)


class _Survey:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._terms = 0

    async def record(self, domain: str, above: tuple[str, ...]) -> SurveyedRecord:
        answer = await ask(self._resolver, domain, "TXT")
        texts = tuple(text for text in answer.texts if is_spf(text)) if isinstance(answer, Records) else ()
        if len(texts) != 1:
            return SurveyedRecord(domain, answer, texts)
        try:
            record = parse(texts[0])
        except SpfSyntaxError as error:
            return SurveyedRecord(domain, answer, texts, error=error)
        return SurveyedRecord(domain, answer, texts, record, terms=await self.followed(record, domain, above))

    async def followed(self, record: terms.Record, domain: str, above: tuple[str, ...]) -> tuple[SurveyedTerm, ...]:
        found = [self._term(term, domain, above, reached=reached) for term, reached in _reached(record)]
        return tuple(await asyncio.gather(*found))

    async def _term(self, term: terms.Term, domain: str, above: tuple[str, ...], *, reached: bool) -> SurveyedTerm:
        if not reached or not _costs(term) or self._terms >= MOST_TERMS:
            return SurveyedTerm(term, reached)
        self._terms += 1
        spec = _target(term)
        target = spec.fixed if spec else domain
        if target is None:
            return SurveyedTerm(term, reached)
        match term.mechanism if isinstance(term, terms.Directive) else term:
            case terms.Include() | terms.Redirect():
                return await self._reference(term, target, (*above, domain))
            case terms.A():
                return self._found(term, await self._addresses(target))
            case terms.Exists():
                return self._found(term, [(target, "A", await ask(self._resolver, target, "A"))])
            case terms.Mx():
                return await self._mx(term, target)
        return SurveyedTerm(term, reached)

    async def _reference(self, term: terms.Term, target: str, above: tuple[str, ...]) -> SurveyedTerm:
        if target in above:
            return SurveyedTerm(term, reached=True, loop=True)
        return SurveyedTerm(term, reached=True, below=await self.record(target, above))

    async def _mx(self, term: terms.Term, target: str) -> SurveyedTerm:
        answer = await ask(self._resolver, target, "MX")
        exchanges = answer.exchanges if isinstance(answer, Records) else ()
        names = [mx.exchange for mx in exchanges if mx.exchange][:10]
        asked = [(target, "MX", answer)] if not names else []
        for addresses in await asyncio.gather(*map(self._addresses, names)):
            asked += addresses
        return self._found(term, asked, exchanges=len(exchanges))

    async def _addresses(self, name: str) -> list[tuple[str, str, Lookup]]:
        """An A query, and an AAAA one if that found nothing: many hosts have IPv4 only."""
        answers: list[tuple[str, str, Lookup]] = []
        for rdtype in ("A", "AAAA"):
            answer = await ask(self._resolver, name, rdtype)
            answers.append((name, rdtype, answer))
            if isinstance(answer, Records):
                break
        return answers

    def _found(self, term: terms.Term, asked: list[tuple[str, str, Lookup]], exchanges: int = 0) -> SurveyedTerm:
        failures = tuple((name, rdtype, answer) for name, rdtype, answer in asked if isinstance(answer, Failure))
        void = not failures and not any(isinstance(answer, Records) for _, _, answer in asked)
        return SurveyedTerm(term, reached=True, void=void, exchanges=exchanges, failures=failures)


def _reached(record: terms.Record) -> Iterator[tuple[terms.Term, bool]]:
    """The terms and whether an evaluation can come to them: not past `all`, and `redirect` only without it."""
    has_all = any(isinstance(directive.mechanism, terms.All) for directive in record.directives)
    ended = False
    for term in record.terms:
        match term:
            case terms.Redirect():
                yield term, not has_all
            case terms.Directive(mechanism=mechanism):
                yield term, not ended
                ended = ended or isinstance(mechanism, terms.All)
            case _:
                yield term, True


def _costs(term: terms.Term) -> bool:
    return isinstance(term, terms.Redirect) or (isinstance(term, terms.Directive) and term.mechanism.costs_lookup)


def _target(term: terms.Term) -> terms.DomainSpec | None:
    match term:
        case terms.Redirect(domain) | terms.Directive(_, terms.Include(domain) | terms.Exists(domain)):
            return domain
        case terms.Directive(_, terms.A(domain, _) | terms.Mx(domain, _) | terms.Ptr(domain)):
            return domain
    return None
