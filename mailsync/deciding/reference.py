"""References, and our own Message-IDs that nobody can invent (design, Words)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OWN_ID = re.compile(r"<(RS-[0-9A-HJKMNP-TV-Z]{7})\.([a-z0-9_]{1,40})\.([a-z2-7]{24})@([^<>@\s]{1,255})>")


def reference(key: str, attempt: int = 0) -> str:
    """`RS-` and 7 Crockford base-32 characters, derived from an entry's key by hash.

    `attempt` counts up where another entry has the same 35 bits already.
    """
    digest = hashlib.sha256(f"{attempt}:{key}".encode() if attempt else key.encode()).digest()
    number = int.from_bytes(digest[:5], "big") >> 5
    return "RS-" + "".join(CROCKFORD[number >> shift & 31] for shift in range(30, -1, -5))


def marker(entry_reference: str, position: int) -> str:
    """What stands in a note, task or file name so that it can be found again: `RS-XXXXXXX/3`."""
    return f"{entry_reference}/{position}"


def is_marked(text: str, mark: str) -> bool:
    """Whether a text carries a marker as a whole word: RS-…/1 is not in RS-…/12."""
    return mark in text.replace("(", " ").replace(")", " ").split()


def own_message_id(entry_reference: str, purpose: str, domain: str, key: bytes) -> str:
    """A Message-ID (RFC 5322, 3.6.4) of a letter of ours, with a keyed hash of 120 bits; the same on every try."""
    return f"<{entry_reference}.{purpose}.{_seal(entry_reference, purpose, domain, key)}@{domain}>"


@dataclass(frozen=True, slots=True)
class OwnLetter:
    """Which letter of ours a Message-ID names."""

    reference: str
    purpose: str


def recognise(message_id: str, key: bytes) -> OwnLetter | None:
    """The letter behind one of our Message-IDs; None for anything that we did not make."""
    found = _OWN_ID.fullmatch(message_id)
    if found is None:
        return None
    entry_reference, purpose, seal, domain = found.groups()
    if not hmac.compare_digest(seal, _seal(entry_reference, purpose, domain, key)):
        return None
    return OwnLetter(entry_reference, purpose)


def _seal(entry_reference: str, purpose: str, domain: str, key: bytes) -> str:
    digest = hmac.digest(key, f"{entry_reference}\n{purpose}\n{domain}".encode(), "sha256")
    return base64.b32encode(digest[:15]).decode().lower()
