"""Normal forms by which a person or a company is recognised: exact e-mail address, phone digits, ИНН."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["email", "phone", "inn"]


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One way to recognise somebody; equal keys mean the same person or company."""

    kind: Kind
    value: str


def email_key(address: str) -> Key | None:
    """The case-folded address (RFC 5321, 2.4 would keep the local part's case; no mailbox in the wild does).

    A domain in Cyrillic and its ASCII form (RFC 5890) are one.
    """
    text = unicodedata.normalize("NFC", address.strip()).casefold()
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or len(text) > 320 or any(c.isspace() for c in text):
        return None
    return Key("email", f"{local}@{_unicode(domain)}")


def _unicode(domain: str) -> str:
    if "xn--" not in domain:
        return domain
    try:
        return domain.encode("ascii").decode("idna").casefold()
    except UnicodeError:
        return domain


def phone_key(number: str) -> Key | None:
    """The digits of an E.164 number; Russian spellings with 8, with +7 and with neither are one number."""
    digits = "".join(c for c in number.split(";", 1)[0][:64] if c.isascii() and c.isdigit())
    if len(digits) == 10 and digits[0] in "3489" and not number.strip().startswith("+"):
        digits = "7" + digits
    elif len(digits) == 11 and digits[0] == "8" and not number.strip().startswith("+"):
        digits = "7" + digits[1:]
    return Key("phone", digits) if 7 <= len(digits) <= 15 else None


def inn_key(number: str) -> Key | None:
    """An ИНН: 10 digits of a company or 12 of a person."""
    digits = number.strip()
    return Key("inn", digits) if digits.isascii() and digits.isdecimal() and len(digits) in {10, 12} else None
