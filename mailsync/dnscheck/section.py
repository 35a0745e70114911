"""The section `[dns]` as it is written, read into `DnsSettings`; every problem is told by its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from ipaddress import ip_address
from typing import Protocol

from mailsync.dnscheck.finding import Panel
from mailsync.dnscheck.lookup import Mx
from mailsync.dnscheck.names import BadNameError, ascii_name
from mailsync.dnscheck.profile import ANY, PROFILES, Profile
from mailsync.dnscheck.settings import AcceptedFinding, DnsSettings
from mailsync.errors import SettingsError


class ConfiguredAcceptance(Protocol):
    """An entry of `dns.accepted`: `until` is a date as text, or empty."""

    @property
    def id(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def until(self) -> str: ...


class ConfiguredProfile(Protocol):
    """An entry of `dns.profiles`: `mx` as in a zone ("10 mx1.beget.com."), empty texts for "no expectation"."""

    @property
    def mx(self) -> Sequence[str]: ...
    @property
    def spf_domain(self) -> str: ...
    @property
    def selectors(self) -> Sequence[str]: ...
    @property
    def rsa_bits(self) -> int: ...
    @property
    def name_servers(self) -> str: ...
    @property
    def support(self) -> str: ...
    @property
    def ru_center(self) -> bool: ...


class ConfiguredDns(Protocol):
    """The section; empty texts mean "not set"."""

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


Problems = list[tuple[str, str]]


def read_settings(
    dns: ConfiguredDns, mailbox: str | None, profiles: Mapping[str, ConfiguredProfile] | None = None
) -> DnsSettings:
    """`mailbox` is the address for orders, `profiles` the section's own ones beside those in the box.

    Raises SettingsError naming every problem by key.
    """
    problems: Problems = []
    known = {**PROFILES, **{name: _profile(name, written, problems) for name, written in (profiles or {}).items()}}
    if dns.profile and dns.profile not in known:
        problems.append(("dns.profile", f"one of {', '.join(known)}, or empty, not {dns.profile!r}"))
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
        profile=known[dns.profile] if dns.profile else ANY,
        accepted=tuple(accepted),
        mailbox=mailbox or None,
    )


def _accepted(number: int, entry: ConfiguredAcceptance, problems: Problems) -> AcceptedFinding:
    try:
        return AcceptedFinding(entry.id, entry.reason, date.fromisoformat(entry.until) if entry.until else None)
    except ValueError:
        problems.append((f"dns.accepted[{number}].until", f"a date such as 2027-01-31, not {entry.until!r}"))
        return AcceptedFinding(entry.id, entry.reason)


def _profile(name: str, written: ConfiguredProfile, problems: Problems) -> Profile:
    return Profile(
        name=name,
        mx=tuple(mx for text in written.mx if (mx := _mx(f"dns.profiles.{name}.mx", text, problems))),
        spf_domain=written.spf_domain,
        selectors=tuple(written.selectors),
        rsa_bits=written.rsa_bits,
        name_servers=written.name_servers,
        support=written.support,
        panel=Panel.RU_CENTER if written.ru_center else Panel.OTHER,
    )


def _mx(key: str, text: str, problems: Problems) -> Mx | None:
    preference, _, exchange = text.strip().partition(" ")
    try:
        return Mx(int(preference), ascii_name(exchange))
    except ValueError:
        problems.append((key, f"as in a zone, 10 mx1.beget.com., not {text!r}"))
        return None
