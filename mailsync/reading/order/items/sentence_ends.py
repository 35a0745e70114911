"""Where a sentence ends: a full stop behind an abbreviation, an initial or a number ends none."""

from __future__ import annotations

import re

_ABBREVIATED = re.compile(
    r"(?:(?<![\wа-яё])(?:шт|компл|к-т|уп|упак|зав|сер|ном|г|гг|т|тел|моб|доб|ул|д|им|пр|просп|пер|обл|р|руб"
    r"|коп|кат|арт|черт|обозн|поз|п|пп|рис|см|мм|др|проч|инж|гл|зам|дир|нач|стр|оф|корп|мод|м|тип|исп|диам|кв"
    r"|эл|ст|изм|ед|кол|кл|в|с|е|т\.д|т\.п|в\.ч|и\.о|[А-ЯЁ]))\.$",
    re.IGNORECASE,
)
_UNIT_AT_END = re.compile(r"(?:шт|компл|к-т|уп|упак|руб|г\.в|м|кг|л)\.$", re.IGNORECASE)
_END = re.compile(r"[.!?](?=\s|$)|\n")


def split_sentences(paragraph: str) -> list[str]:
    """Sentences; a full stop behind an abbreviation, an initial or a number ends none."""
    sentences: list[str] = []
    start = 0
    for match in _END.finditer(paragraph):
        head = paragraph[max(start, match.start() - 14) : match.end()]
        following = paragraph[match.end() : match.end() + 3].strip()
        if match[0] == "." and following and _goes_on(head, following):
            continue
        sentences.append(paragraph[start : match.end()].strip())
        start = match.end()
    sentences.append(paragraph[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _goes_on(head: str, following: str) -> bool:
    if following[0].islower() or following[0].isdigit():
        return True
    return _ABBREVIATED.search(head) is not None and not (_UNIT_AT_END.search(head) and following[0].isupper())
