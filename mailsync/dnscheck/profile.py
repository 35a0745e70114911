"""What a domain is expected to look like; each difference is a finding."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.dnscheck.finding import Panel
from mailsync.dnscheck.lookup import Mx


@dataclass(frozen=True, slots=True)
class Profile:
    """The records that a mail provider and a DNS host ask their customers to have; empty means "no expectation".

    `support` names who has to be asked for what the customer cannot enter himself (PTR, DKIM keys).
    """

    name: str
    mx: tuple[Mx, ...] = ()
    spf_domain: str = ""  # include or redirect has to lead there
    selectors: tuple[str, ...] = ()
    rsa_bits: int = (
        2048  # shorter keys are worth a warning; what the provider fixes at less is not the customer's fault
    )
    name_servers: str = ""  # the domain under which the zone's name servers live
    support: str = ""
    panel: Panel = Panel.OTHER  # where the zone's records are entered


BEGET = Profile(
    name="beget",
    mx=(Mx(10, "mx1.beget.com"), Mx(20, "mx2.beget.com")),
    spf_domain="beget.com",
    selectors=("beget",),
    rsa_bits=1024,
    name_servers="nic.ru",
    support="Beget",
    panel=Panel.RU_CENTER,
)
"""Mail at Beget, the zone at RU-CENTER."""

ANY = Profile(name="any")
"""No expectation: for domains of others."""

PROFILES = {profile.name: profile for profile in (BEGET, ANY)}
