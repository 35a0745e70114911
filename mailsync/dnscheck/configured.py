"""The checker's settings out of those of the program."""

from __future__ import annotations

from datetime import date

from mailsync.config import Config
from mailsync.dnscheck.profile import PROFILES
from mailsync.dnscheck.settings import AcceptedFinding, DnsSettings
from mailsync.errors import SettingsError


def dns_settings(config: Config) -> DnsSettings:
    """`[dns]` as the checker wants it. Raises SettingsError for an unknown profile or an impossible day."""
    dns = config.dns
    problems: list[tuple[str, str]] = []
    name = dns.profile or "any"
    if name not in PROFILES:
        problems.append(("dns.profile", f"must be one of: {', '.join(PROFILES)}"))
    accepted = []
    for number, finding in enumerate(dns.accepted):
        try:
            until = date.fromisoformat(finding.until) if finding.until else None
        except ValueError:
            problems.append((f"dns.accepted.{number}.until", "must be a day such as 2027-01-01"))
        else:
            accepted.append(AcceptedFinding(finding.id, finding.reason, until))
    if problems:
        raise SettingsError(problems)
    return DnsSettings(
        domain=dns.domain,
        selectors=dns.selectors,
        sending_ips=dns.sending_ips,
        resolver=dns.resolver or None,
        profile=PROFILES[name],
        accepted=tuple(accepted),
        mailbox=config.mailbox.username,
    )
