"""An SPF record under examination: what rules need to know of it, and the records that they would rather see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.spf import terms
from mailsync.dnscheck.spf.macro import parse_macro_string
from mailsync.dnscheck.spf.survey import SurveyedRecord
from mailsync.dnscheck.subject import Subject


@dataclass(frozen=True, slots=True)
class Published:
    """The subject's own record with all that it leads to; `provider` is the domain whose record it should reach."""

    subject: Subject
    root: SurveyedRecord
    provider: str | None = None

    @property
    def record(self) -> terms.Record:
        assert self.root.record is not None
        return self.root.record

    def finding(
        self, identifier: str, severity: Severity, seen: str, why: Text, remedy: Remedy, section: str
    ) -> Finding:
        return Finding(identifier, severity, self.subject.domain, seen, why, remedy, f"RFC 7208, {section}")

    def enter(self, record: terms.Record, ru: str, en: str) -> Remedy:
        return enter_text(self.subject, str(record), ru, en)


def enter_text(subject: Subject, value: str, ru: str, en: str) -> Remedy:
    """Words, and the SPF record to type in."""
    return Remedy(Text(ru, en), subject.entry(subject.domain, "TXT", value))


def recommended(provider: str | None) -> str:
    """The record for a domain that has none: only the provider sends, or, without one, the domain's own MX."""
    return f"v=spf1 redirect={provider}" if provider else "v=spf1 mx ~all"


def without(record: terms.Record, unwanted: Callable[[terms.Term], bool]) -> terms.Record:
    """The record less some terms, ending in `~all` if nothing else ends it."""
    return ended(terms.Record(tuple(term for term in record.terms if not unwanted(term))))


def ended(record: terms.Record) -> terms.Record:
    """The record with `~all` at its end where it has neither `all` nor a redirect."""
    if record.redirect or any(is_all(term) for term in record.terms):
        return record
    return terms.Record((*record.terms, terms.Directive("~", terms.All())))


def with_include(record: terms.Record, domain: str) -> terms.Record:
    """The record with an include in front, and ended; a redirect, which `all` would silence, becomes an include."""
    wanted = include(domain)
    others = [as_include(term) for term in record.terms]
    return ended(terms.Record((wanted, *(term for term in others if term != wanted))))


def as_include(term: terms.Term) -> terms.Term:
    """A redirect as an include of the same domain; other terms as they are."""
    return include(term.domain.text) if isinstance(term, terms.Redirect) else term


def include(domain: str) -> terms.Directive:
    return terms.Directive("+", terms.Include(terms.DomainSpec(domain, parse_macro_string(domain))))


def is_all(term: terms.Term) -> bool:
    return isinstance(term, terms.Directive) and isinstance(term.mechanism, terms.All)
