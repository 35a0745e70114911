"""The domain under examination, and the zone in which its records are entered."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.dnscheck.finding import Panel, ZoneEntry
from mailsync.dnscheck.lookup import Failure, Records, Resolver


@dataclass(frozen=True, slots=True)
class Subject:
    """`domain` stands in addresses, `zone` is the domain itself or an ancestor that has the SOA (both A-labels).

    `panel` is where the zone's records are entered.
    """

    domain: str
    zone: str
    panel: Panel = Panel.RU_CENTER

    def entry(self, name: str, rdtype: str, value: str) -> ZoneEntry:
        """What to type into the panel for a record at the absolute `name`, which lies in the zone."""
        return entry_in(self.zone, name, rdtype, value, self.panel)


def entry_in(zone: str, name: str, rdtype: str, value: str, panel: Panel = Panel.OTHER) -> ZoneEntry:
    """A panel appends the zone to what is typed, so that names are given relative to it, `@` for the zone itself."""
    relative = "@" if name == zone else name.removesuffix(f".{zone}")
    return ZoneEntry(zone, relative, rdtype, value, panel)


async def subject_of(domain: str, resolver: Resolver, panel: Panel = Panel.OTHER) -> Subject:
    """Find the zone of a domain (A-labels): the nearest ancestor with an SOA (RFC 1034, 4.2).

    Where nobody answers, or nothing below the top level has one, the domain stands for its own zone.
    """
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        candidate = ".".join(labels[start:])
        outcome = await resolver.lookup(candidate, "SOA")
        if isinstance(outcome, Failure):
            break
        if isinstance(outcome, Records) and not outcome.aliases:
            return Subject(domain, candidate, panel)
    return Subject(domain, domain, panel)
