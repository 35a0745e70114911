"""A phrase put into the nominative: «помпу Х14-22М» becomes «помпа», «две гайки маточные» «гайка маточная»."""

from __future__ import annotations

import re

from mailsync.reading.order.items.goods import GOODS
from mailsync.reading.order.lemmas import Form, forms, inflected

_COUNT = re.compile(
    r"^(?:\d{1,4}|дв[ае]|две|двух|три|тр[её]х|четыре|пять|шесть|семь|восемь|девять|десять|пару|пара|один|одну|одна|одно|пять)$",
    re.IGNORECASE,
)
_SINGULAR_COUNT = re.compile(r"^(?:один|одну|одна|одно|1|2|3|4|дв[ае]|две|три|четыре)$", re.IGNORECASE)
_MAX_WORDS = 4


def to_nominative(words: str) -> str:
    """The leading adjectives and noun in the nominative, all else as it stands; unchanged where unsure."""
    tokens = words.split(" ")
    start = _first_word(tokens)
    counted = start > 0 and _COUNT.match(tokens[start - 1]) is not None
    head = next((i for i in range(start, min(start + _MAX_WORDS, len(tokens))) if _noun(tokens[i])), None)
    if head is None or any(not _adjective(tokens[i]) for i in range(start, head)):
        return words
    noun = _noun(tokens[head])
    if noun is None or ("nomn" in noun.grammemes and not counted) or not tokens[head].isalpha():
        return words
    singular = counted and _SINGULAR_COUNT.match(tokens[start - 1]) is not None
    number = "sing" if singular or ("sing" in noun.grammemes and not counted) else "plur"
    gender = next((g for g in ("masc", "femn", "neut") if g in noun.grammemes), "")
    for index in range(start, min(head + 3, len(tokens))):
        if index > head and not (_adjective(tokens[index]) and tokens[index].isalpha()):
            break
        wanted = ("nomn", number) if index == head or number == "plur" else ("nomn", number, gender)
        if made := inflected(tokens[index], *(g for g in wanted if g)):
            tokens[index] = made
    return " ".join(tokens)


def _first_word(tokens: list[str]) -> int:
    return next((i for i, token in enumerate(tokens) if token[:1].isalpha() and not _COUNT.match(token)), 0)


def _noun(token: str) -> Form | None:
    """The noun reading to be put right: a known part's name first, an inanimate one before others."""
    readings = [form for form in forms(token.lower()) if form.part == "NOUN"]
    known = [form for form in readings if form.lemma in GOODS] or readings
    nominative = [form for form in known if "nomn" in form.grammemes and "inan" in form.grammemes]
    return (nominative or known or [None])[0]  # type: ignore[list-item]


def _adjective(token: str) -> bool:
    return any(form.part in {"ADJF", "PRTF"} for form in forms(token.lower()))
