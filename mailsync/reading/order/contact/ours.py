"""What is ours, from the settings and from the letter itself, so that it is never taken for the customer's."""

from __future__ import annotations

import dataclasses
import re

from mailsync.reading.model import Message, Own, ReadingContext

_PUBLIC = re.compile(
    r"^(?:mail|bk|list|inbox|internet|gmail|googlemail|yandex|ya|narod|rambler|lenta|autorambler|myrambler|ro"
    r"|outlook|hotmail|live|icloud|me|yahoo|proton|protonmail|ngs|e1|tut|qip|pochta"
    r"|vk)\.\w{2,8}(?:\.\w{2,6})?$",
    re.IGNORECASE,
)
_TO_LATIN = {
    "а": "a",
    "б": "b",
    "в": "v",
    "г": "g",
    "д": "d",
    "е": "e",
    "ж": "zh",
    "з": "z",
    "и": "i",
    "й": "y",
    "к": "k",
    "л": "l",
    "м": "m",
    "н": "n",
    "о": "o",
    "п": "p",
    "р": "r",
    "с": "s",
    "т": "t",
    "у": "u",
    "ф": "f",
    "х": "h",
    "ц": "c",
    "ч": "ch",
    "ш": "sh",
    "щ": "sch",
    "ъ": "",
    "ы": "y",
    "ь": "",
    "э": "e",
    "ю": "yu",
    "я": "ya",
}
_LEGAL_FORM = re.compile(r"^(?:ооо|оао|зао|пао|ао|ип|гк|тоо)\s", re.IGNORECASE)


def known_as_ours(message: Message, context: ReadingContext) -> Own:
    """The settings' own details, and the addresses that the letter was sent to with their domains."""
    own = context.own
    sender = message.sender.address if message.sender else ""
    to = {address.address for address in message.to if address.address != sender}
    sender_domain = sender.rpartition("@")[2]
    domains = {address.rpartition("@")[2] for address in to}
    private = {domain for domain in domains if domain and not _PUBLIC.match(domain)}
    if not own.domains and not own.addresses and len(private) > 1:
        private -= {sender_domain}
    if own.domains or own.addresses:
        private = {domain for domain in private if own.is_own(f"x@{domain}")}
        to = {address for address in to if own.is_own(address)}
    return dataclasses.replace(own, addresses=own.addresses | frozenset(to), domains=own.domains | frozenset(private))


def is_own_company(name: str, own: Own) -> bool:
    """True for a company of ours: by its name in the settings, or spelled like one of our domains."""
    letters = company_key(name)
    if letters in {company_key(known) for known in own.companies}:
        return True
    spelled = "".join(_TO_LATIN.get(c, c) for c in letters)
    labels = {domain.split(".")[0].replace("-", "") for domain in own.domains}
    labels |= {
        address.rpartition("@")[2].split(".")[0].replace("-", "")
        for address in own.addresses
        if not _PUBLIC.match(address.rpartition("@")[2])
    }
    return len(spelled) > 4 and any(len(label) > 4 and (label in spelled or spelled in label) for label in labels)


def company_key(name: str) -> str:
    """A company's name without its legal form, blanks and signs, for comparing."""
    bare = _LEGAL_FORM.sub("", " ".join(name.split()).replace("ё", "е"))
    return "".join(c for c in bare.lower() if c.isalnum())
