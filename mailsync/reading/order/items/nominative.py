"""A phrase put into the nominative: «помпу Х14-22М» becomes «помпа», «(две) гайки маточные» «гайка маточная»."""

from __future__ import annotations

from mailsync.reading.order.items.goods import GOODS
from mailsync.reading.order.lemmas import Form, forms, inflected

_MAX_WORDS = 4


def to_nominative(words: str, count: float | None = None) -> str:
    """The leading adjectives and noun in the nominative, all else as it stands; unchanged where unsure.

    `count` is the number that stood before the words: after 2, 3 and 4 the genitive singular means one such thing.
    """
    tokens = words.split(" ")
    head = next((i for i in range(min(_MAX_WORDS, len(tokens))) if _noun(tokens[i]) is not None), None)
    if head is None or not tokens[head].isalpha() or any(not _adjective(token) for token in tokens[:head]):
        return words
    noun = _noun(tokens[head])
    if noun is None or ("nomn" in noun.grammemes and count is None):
        return words
    number = "sing" if "sing" in noun.grammemes or count in {1, 2, 3, 4} else "plur"
    gender = next((g for g in ("masc", "femn", "neut") if g in noun.grammemes), "")
    for index in range(min(head + 3, len(tokens))):
        if index > head and not (_adjective(tokens[index]) and tokens[index].isalpha()):
            break
        wanted = ("nomn", number) if index == head or number == "plur" else ("nomn", number, gender)
        if made := inflected(tokens[index], *(g for g in wanted if g)):
            tokens[index] = made
    return " ".join(tokens)


def _noun(token: str) -> Form | None:
    """The noun reading to be put right: a known part's name first, an inanimate nominative before others."""
    readings = [form for form in forms(token.lower()) if form.part == "NOUN"]
    known = [form for form in readings if form.lemma in GOODS] or readings
    nominative = [form for form in known if "nomn" in form.grammemes and "inan" in form.grammemes]
    return next(iter(nominative or known), None)


def _adjective(token: str) -> bool:
    return any(form.part in {"ADJF", "PRTF"} for form in forms(token.lower()))
