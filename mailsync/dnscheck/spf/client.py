"""The connection that check_host is asked about, and what macros make of it (RFC 7208, 7.2 and 7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address


@dataclass(frozen=True, slots=True)
class Client:
    """Who connects and what is claimed; `sender` has a local part."""

    address: IPv4Address | IPv6Address
    sender: str
    helo: str
    receiver: str
    now: datetime

    @property
    def address_type(self) -> str:
        return "A" if self.address.version == 4 else "AAAA"

    def macro_values(self, domain: str) -> dict[str, str]:
        """The letters of RFC 7208, 7.2, all but p, which costs queries."""
        local, _, sender_domain = self.sender.rpartition("@")
        return {
            "s": self.sender,
            "l": local,
            "o": sender_domain,
            "d": domain,
            "i": _dotted(self.address),
            "v": "in-addr" if self.address.version == 4 else "ip6",
            "h": self.helo,
            "c": str(self.address),
            "r": self.receiver,
            "t": str(int(self.now.timestamp())),
        }


def _dotted(address: IPv4Address | IPv6Address) -> str:
    """IPv6 in nibbles (RFC 7208, 7.3), in upper case as the openspf suite has them; the DNS does not care."""
    if isinstance(address, IPv4Address):
        return str(address)
    return ".".join(address.exploded.replace(":", "").upper())
