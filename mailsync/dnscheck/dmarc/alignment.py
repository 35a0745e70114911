"""Whether an authenticated identifier speaks for the author domain (RFC 9989, 4.4 and 4.10.2)."""

from __future__ import annotations

from mailsync.dnscheck.dmarc.discovery import Discovery, tree_walk
from mailsync.dnscheck.dmarc.record import Mode
from mailsync.dnscheck.lookup import Resolver


async def aligned(identifier: str, discovery: Discovery, mode: Mode, resolver: Resolver) -> bool | None:
    """True where the domain that SPF or DKIM vouches for (A-labels) is the author's: identical, or, relaxed, of the
    same organizational domain. None where an unanswered query leaves it open.
    """
    if identifier == discovery.author:
        return True
    if mode is Mode.STRICT:
        return False
    organizational = discovery.walk.organizational_domain
    other = (await tree_walk(identifier, resolver)).organizational_domain
    if organizational is None or other is None:
        return None
    return organizational == other
