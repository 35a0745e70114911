"""The addresses of a host, whichever family it has."""

from __future__ import annotations

from mailsync.dnscheck.lookup import Failure, Lookup, Records, Resolver


async def addresses_of(host: str, resolver: Resolver) -> Lookup:
    """The A records; where there are none the AAAA. Absent only if both are known to be absent."""
    ipv4 = await resolver.lookup(host, "A")
    if isinstance(ipv4, Records):
        return ipv4
    ipv6 = await resolver.lookup(host, "AAAA")
    return ipv4 if isinstance(ipv4, Failure) and not isinstance(ipv6, Records) else ipv6
