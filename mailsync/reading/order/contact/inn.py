"""ИНН: the taxpayer number of the customer, 10 digits (company) or 12 (person), check digits valid."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from stdnum.ru import inn as checksum

_LABELLED = re.compile(
    r"(?<![\w])[ИиI][НнH][НнH](?:\s{0,3}[/\\,и]\s{0,3}КПП)?(?P<owner>(?:[ \t]{1,3}[а-яё()]{2,20}){0,2})[\s:№=–-]{0,6}"
    r"(?P<number>\d(?:[ ]?\d){9,11})(?![\d])",
    re.IGNORECASE,
)
_FOREIGN_OWNER = re.compile(r"(?:банк|поставщик|продав|исполнител|получател|перевозчик|грузоперевоз)", re.IGNORECASE)
_LOOKBACK = 120


def is_valid(number: str) -> bool:
    """True for 10 or 12 digits with valid check digits."""
    return bool(checksum.is_valid(number))


def find_inns(text: str) -> list[str]:
    """Every labelled valid ИНН in order, those of banks, suppliers and payees left out."""
    found: list[str] = []
    for match in _LABELLED.finditer(text):
        number = match["number"].replace(" ", "")
        line_start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - _LOOKBACK)
        if not is_valid(number) or number in found or _is_foreign(text[line_start : match.start()] + match["owner"]):
            continue
        found.append(number)
    return found


def choose_inn(texts: list[str], own: AbstractSet[str]) -> str | None:
    """The first ИНН of the texts that is not ours."""
    for text in texts:
        for number in find_inns(text):
            if number not in own:
                return number
    return None


def _is_foreign(before: str) -> bool:
    return _FOREIGN_OWNER.search(before) is not None
