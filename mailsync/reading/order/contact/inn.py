"""ИНН: the taxpayer number of the customer, 10 digits (company) or 12 (person), check digits valid."""

from __future__ import annotations

import re

from stdnum.ru import inn as checksum

from mailsync.reading.model import Own
from mailsync.reading.order.contact.company import company_spans
from mailsync.reading.order.contact.ours import is_own_company

_LABELLED = re.compile(
    r"(?<![\w])[ИиI][НнH][НнH](?:\s{0,3}[/\\,и]\s{0,3}КПП)?(?P<owner>(?:[ \t]{1,3}[а-яё()]{2,20}){0,2})[\s:№=–-]{0,6}"
    r"(?P<number>\d(?:[ ]?\d){9,11})(?![\d])",
    re.IGNORECASE,
)
_FOREIGN_OWNER = re.compile(r"(?:банк|поставщик|продав|исполнител|перевозчик|грузоперевоз)", re.IGNORECASE)
_LOOKBACK = 120


def is_valid(number: str) -> bool:
    """True for 10 or 12 digits with valid check digits."""
    return bool(checksum.is_valid(number))


def find_inns(text: str) -> list[tuple[str, int]]:
    """Every labelled valid ИНН and where it stands, those of banks, suppliers and payees left out."""
    found: dict[str, int] = {}
    for match in _LABELLED.finditer(text):
        number = match["number"].replace(" ", "")
        line_start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - _LOOKBACK)
        before = text[line_start : match.start()] + match["owner"]
        if is_valid(number) and _FOREIGN_OWNER.search(before) is None:
            found.setdefault(number, match.start())
    return list(found.items())


def choose_inn(texts: list[str], own: Own) -> str | None:
    """The first ИНН of the texts that is neither ours nor stands behind our name."""
    for text in texts:
        for number, at in find_inns(text):
            if number not in own.inns and not _behind_our_name(text, at, own):
                return number
    return None


def _behind_our_name(text: str, at: int, own: Own) -> bool:
    window = text[max(0, at - _LOOKBACK) : at]
    spans = company_spans(window)
    return bool(spans) and is_own_company(window[spans[-1][0] : spans[-1][1]], own)
