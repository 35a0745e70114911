"""Whether a sending address has a name, and the name leads back to it (RFC 8601, 2.7.3, "iprev"; Gmail asks for it)."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Failure, Records, Resolver
from mailsync.dnscheck.profile import Profile
from mailsync.dnscheck.unanswered import unanswered

_MOST_NAMES = 10


async def lint(address: IPv4Address | IPv6Address, resolver: Resolver, profile: Profile) -> list[Finding]:
    """Findings of the group `ptr` for one sending address."""
    reverse = address.reverse_pointer
    outcome = await resolver.lookup(reverse, "PTR")
    if isinstance(outcome, Failure):
        return [unanswered("ptr", reverse, "PTR", outcome)]
    if not isinstance(outcome, Records):
        why = Text(
            ru=f"У адреса {address}, с которого уходит почта, нет имени (PTR).",
            en=f"The sending address {address} has no name (PTR).",
        )
        return [_finding("ptr.missing", address, f"PTR: {outcome}", why, profile)]
    rdtype = "A" if address.version == 4 else "AAAA"
    names = outcome.names[:_MOST_NAMES]
    forward = await asyncio.gather(*(resolver.lookup(name, rdtype) for name in names))
    if any(isinstance(found, Records) and address in map(ip_address, found.names) for found in forward):
        return []
    for name, found in zip(names, forward, strict=True):
        if isinstance(found, Failure):
            return [unanswered("ptr", name, rdtype, found)]
    why = Text(
        ru=f"Имя адреса {address} не ведёт обратно на этот адрес.",
        en=f"The name of {address} does not lead back to the address.",
    )
    return [_finding("ptr.mismatch", address, f"PTR: {', '.join(names)}", why, profile)]


def _finding(identifier: str, address: IPv4Address | IPv6Address, seen: str, why: Text, profile: Profile) -> Finding:
    ru, en = f"владельцу адреса {address}", f"the owner of {address}"
    if profile.support:
        ru, en = f"в поддержку {profile.support}", f"the support of {profile.support}"
    return Finding(
        id=identifier,
        severity=Severity.WARNING,
        name=address.reverse_pointer,
        seen=seen,
        why=why,
        remedy=Remedy(
            Text(
                ru=f"PTR меняет только хозяин адреса: напишите {ru}.",
                en=f"Only the owner of an address can change its PTR: write to {en}.",
            )
        ),
        reference="RFC 8601, 2.7.3",
    )
