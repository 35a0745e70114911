"""Addresses of the customer: From first, then those that the text gives; ours never."""

from __future__ import annotations

import re
from collections.abc import Callable

_ADDRESS = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9][\w.+%-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:[A-Za-z]{2,24}|рф|бел|қаз"
    r"|москва)(?![\w-])",
    re.ASCII | re.IGNORECASE,
)
_NOBODY = re.compile(
    r"^(?:no-?reply|do-?not-?reply|robot|mailer-daemon|postmaster|wordpress|bitrix|notification)", re.IGNORECASE
)


def find_emails(text: str) -> list[str]:
    """Every address in the text, in lower case, each once."""
    return list(dict.fromkeys(match[0].lower() for match in _ADDRESS.finditer(text)))


def choose_emails(first: list[str], texts: list[str], is_own: Callable[[str], bool]) -> tuple[str, ...]:
    """`first` (From, Reply-To) and then those of the texts, without ours and without robots."""
    given = [address.lower() for address in first]
    for text in texts:
        given += find_emails(text)
    return tuple(dict.fromkeys(a for a in given if a and not is_own(a) and not _NOBODY.match(a)))
