"""The checker's settings out of those of the program."""

from __future__ import annotations

from mailsync.config import Config
from mailsync.dnscheck.section import read_settings
from mailsync.dnscheck.settings import DnsSettings


def dns_settings(config: Config) -> DnsSettings:
    """`[dns]` as the checker wants it. Raises SettingsError naming every problem by key."""
    return read_settings(config.dns, config.mailbox.username, config.dns.profiles)
