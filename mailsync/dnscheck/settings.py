"""What the checker has to be told about a domain; read from `[dns]` of the configuration or the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from ipaddress import ip_address
from typing import Protocol

from mailsync.dnscheck.names import BadNameError, ascii_name
from mailsync.dnscheck.profile import ANY, BEGET, PROFILES, Profile
from mailsync.errors import SettingsError


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


class ConfiguredAcceptance(Protocol):
    """An entry of `dns.accepted`: `until` is a date as text, or empty."""

    @property
    def id(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def until(self) -> str: ...


class ConfiguredDns(Protocol):
    """The section `[dns]` as it is written; empty texts mean "not set"."""

    @property
    def domain(self) -> str: ...
    @property
    def selectors(self) -> Sequence[str]: ...
    @property
    def sending_ips(self) -> Sequence[str]: ...
    @property
    def resolver(self) -> str: ...
    @property
    def profile(self) -> str: ...
    @property
    def accepted(self) -> Sequence[ConfiguredAcceptance]: ...


def read_settings(dns: ConfiguredDns, mailbox: str | None) -> DnsSettings:
    """The settings as written in the configuration; `mailbox` is the address for orders.

    Raises SettingsError naming every problem by key.
    """
    problems: list[tuple[str, str]] = []
    if dns.profile and dns.profile not in PROFILES:
        problems.append(("dns.profile", f"one of {', '.join(PROFILES)}, or empty, not {dns.profile!r}"))
    try:
        ascii_name(dns.domain)
    except BadNameError as error:
        problems.append(("dns.domain", str(error)))
    for address in dns.sending_ips:
        try:
            ip_address(address)
        except ValueError:
            problems.append(("dns.sending_ips", f"not an IP address: {address!r}"))
    accepted = [_accepted(number, entry, problems) for number, entry in enumerate(dns.accepted)]
    if problems:
        raise SettingsError(problems)
    return DnsSettings(
        domain=ascii_name(dns.domain),
        selectors=tuple(dns.selectors),
        sending_ips=tuple(dns.sending_ips),
        resolver=dns.resolver or None,
        profile=PROFILES[dns.profile] if dns.profile else ANY,
        accepted=tuple(accepted),
        mailbox=mailbox or None,
    )


def _accepted(number: int, entry: ConfiguredAcceptance, problems: list[tuple[str, str]]) -> AcceptedFinding:
    try:
        return AcceptedFinding(entry.id, entry.reason, date.fromisoformat(entry.until) if entry.until else None)
    except ValueError:
        problems.append((f"dns.accepted[{number}].until", f"a date such as 2027-01-31, not {entry.until!r}"))
        return AcceptedFinding(entry.id, entry.reason)
