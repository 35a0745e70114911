"""What the checker has to be told about a domain; read from `[dns]` of the configuration or the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from mailsync.dnscheck.names import ascii_name
from mailsync.dnscheck.profile import ANY, BEGET, Profile


@dataclass(frozen=True, slots=True)
class AcceptedFinding:
    """A finding that somebody has decided to live with, why, and until which day (included; None: without end)."""

    id: str
    reason: str
    until: date | None = None

    def covers(self, identifier: str, today: date) -> bool:
        return identifier == self.id and (self.until is None or today <= self.until)


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """Defaults are the customer's.

    `resolver` is HOST[:PORT], None: the system's. `mailbox` is the address whose letters are read as orders.
    `timeout` is for one whole check, in seconds.
    """

    domain: str = "tdrusstankosbyt.ru"
    selectors: tuple[str, ...] = BEGET.selectors
    sending_ips: tuple[str, ...] = ()
    resolver: str | None = None
    profile: Profile = BEGET
    accepted: tuple[AcceptedFinding, ...] = ()
    mailbox: str | None = "zakaz@tdrusstankosbyt.ru"
    timeout: float = 30.0

    def for_domain(self, domain: str) -> DnsSettings:
        """The same for another domain, of which nothing is known or expected. Raises BadNameError."""
        asked = ascii_name(domain)
        if asked == ascii_name(self.domain):
            return replace(self, domain=asked)
        return replace(self, domain=asked, profile=ANY, selectors=(), sending_ips=(), mailbox=None)
