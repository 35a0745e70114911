"""The record that a domain should have instead of its own: one for all findings, so that entering it cures them all."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Interface, ip_interface

from mailsync.dnscheck.finding import Remedy
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.spf import terms
from mailsync.dnscheck.spf.published import Published, ended, is_all, with_include
from mailsync.dnscheck.spf.survey import SurveyedRecord, SurveyedTerm


def corrected(published: Published, ru: str, en: str) -> Remedy:
    """Words about one fault, and the record without any."""
    return published.enter(mended(published), ru, en)


def mended(published: Published) -> terms.Record:
    """The record without what breaks it, open to no stranger, with the provider where it is missing.

    Terms that found nothing stay: they may find something tomorrow, and up to two do no harm.
    """
    useless = {each.term for each in published.root.terms if each.loop or leads_nowhere(each)}
    kept = [term for term in dict.fromkeys(published.record.terms) if term not in useless and not _is_ptr(term)]
    record = _closed(kept)
    if published.provider and (lacks_provider(published) or _misnames(published, published.provider)):
        return with_include(record, published.provider)
    return record


def with_senders(record: terms.Record, addresses: Iterable[str]) -> terms.Record:
    """The record with these addresses in front."""
    return terms.Record((*(terms.Directive("+", _network(address)) for address in addresses), *record.terms))


def _network(address: str) -> terms.Ip4 | terms.Ip6:
    interface = ip_interface(address)
    return terms.Ip4(interface) if isinstance(interface, IPv4Interface) else terms.Ip6(interface)


def leads_nowhere(term: SurveyedTerm) -> bool:
    """An include or redirect whose target certainly has no SPF record: permerror (RFC 7208, 5.2 and 6.1)."""
    below = term.below
    return below is not None and not below.texts and not isinstance(below.answer, Failure)


def lacks_provider(published: Published) -> bool:
    """Nothing in the record leads to the provider, not even a wrong name of it, as far as the DNS answered."""
    provider = published.provider
    records = list(published.root.reachable())
    if provider is None or reaches(published.root, provider):
        return False
    unclear = any(isinstance(record.answer, Failure) for record in records)
    return not unclear and not any(record.domain.endswith(f".{provider}") for record in records)


def reaches(record: SurveyedRecord, provider: str) -> bool:
    """Whether an evaluation comes to a usable record of the provider: of the domain itself or below it."""
    return any(found.record is not None and f".{found.domain}".endswith(f".{provider}") for found in record.reachable())


def _misnames(published: Published, provider: str) -> bool:
    """`include:_spf.provider`, which does not exist, was meant for the provider."""
    nowhere = [term.below for term in published.root.terms if leads_nowhere(term)]
    return any(below is not None and below.domain.endswith(f".{provider}") for below in nowhere)


def _closed(kept: list[terms.Term]) -> terms.Record:
    """What follows `all` before it, a redirect that it silences as an include, and an `all` that says something."""
    ends = [term for term in kept if is_all(term)]
    record = terms.Record(tuple(term for term in kept if not is_all(term)))
    if not ends:
        return ended(record)
    if record.redirect:
        record = with_include(record, record.redirect.domain.text)
        record = terms.Record(tuple(term for term in record.terms if not is_all(term)))
    strict = isinstance(ends[0], terms.Directive) and ends[0].qualifier == "-"
    return terms.Record((*record.terms, terms.Directive("-" if strict else "~", terms.All())))


def _is_ptr(term: terms.Term) -> bool:
    return isinstance(term, terms.Directive) and isinstance(term.mechanism, terms.Ptr)
