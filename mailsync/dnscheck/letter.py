"""Is a letter from the domain in its From? DMARC over a raw letter, for those that no trusted server has judged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import getaddresses
from ipaddress import IPv4Address, IPv6Address

from mailsync.dnscheck import dkim
from mailsync.dnscheck.dkim.letter import Letter, read_letter
from mailsync.dnscheck.dmarc.evaluate import Evaluation, Identifier, Mechanism, Result, evaluate
from mailsync.dnscheck.dmarc.record import Policy
from mailsync.dnscheck.lookup import Resolver
from mailsync.dnscheck.names import BadNameError, ascii_name
from mailsync.dnscheck.spf import check_host
from mailsync.reading.model import Authentication, AuthenticationResult

_MOST_AUTHORS = 3
_FOLDING = re.compile(rb"\r\n(?=[ \t])")
_ENFORCED = frozenset({Policy.QUARANTINE, Policy.REJECT})


async def authenticate(
    raw: bytes, resolver: Resolver, now: datetime, ip: IPv4Address | IPv6Address | None = None
) -> Authentication:
    """The verdict about the author of a letter (its exact octets), `now` aware, `ip` the client's address if known.

    `pass`: an aligned DKIM signature (or SPF, where `ip` is given) passes for every author domain. `fail`: none does
    for one of them, and that domain asks for quarantine or reject. `none`: anything else, unanswered queries included.
    The detail names domains and results, never the letter's words.
    """
    evaluations = await evaluate_letter(raw, resolver, now, ip)
    detail = " / ".join(str(evaluation) for evaluation in evaluations)
    return Authentication(_verdict(evaluations), detail)


def _verdict(evaluations: Sequence[Evaluation]) -> AuthenticationResult:
    if any(each.result is Result.FAIL and each.policy in _ENFORCED for each in evaluations):
        return AuthenticationResult.FAIL
    if evaluations and all(_vouched(each) for each in evaluations):
        return AuthenticationResult.PASS
    return AuthenticationResult.NONE


def _vouched(evaluation: Evaluation) -> bool:
    """An aligned pass is proof also where the domain has no DMARC record."""
    return any(half.passed for half in evaluation.halves)


async def evaluate_letter(
    raw: bytes, resolver: Resolver, now: datetime, ip: IPv4Address | IPv6Address | None = None
) -> list[Evaluation]:
    """One evaluation for each domain in From (RFC 9989, 5.3.1), the first few of them; empty where there is none."""
    letter = read_letter(raw)
    identifiers = [
        Identifier(Mechanism.DKIM, signature.domain, str(signature.result))
        for signature in await dkim.verify(raw, resolver, now)
        if signature.domain
    ]
    if ip is not None:
        identifiers += await _spf(letter, ip, resolver)
    return [await evaluate(author, identifiers, resolver) for author in author_domains(letter)]


async def _spf(letter: Letter, ip: IPv4Address | IPv6Address, resolver: Resolver) -> list[Identifier]:
    """SPF of the envelope sender that the server noted in Return-Path; nothing where it did not."""
    for _, address in _addresses(letter, "return-path"):
        domain = _domain(address)
        if domain:
            result = await check_host(ip, domain, address, domain, resolver)
            return [Identifier(Mechanism.SPF, domain, str(result.result))]
    return []


def author_domains(letter: Letter) -> list[str]:
    """The domains of the addresses in all From fields, A-labels, each once."""
    domains = [_domain(address) for _, address in _addresses(letter, "from")]
    return list(dict.fromkeys(domain for domain in domains if domain))[:_MOST_AUTHORS]


def _addresses(letter: Letter, name: str) -> list[tuple[str, str]]:
    fields = [_FOLDING.sub(b"", field.value) for field in letter.fields if field.name == name]
    return getaddresses([value.decode("utf-8", "replace") for value in fields])


def _domain(address: str) -> str:
    """A-labels, or an empty text where the address has no domain that could be asked for."""
    try:
        return ascii_name(address.rpartition("@")[2]) if "@" in address else ""
    except BadNameError:
        return ""
