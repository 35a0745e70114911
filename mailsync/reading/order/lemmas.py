"""Russian morphology: the only module that knows pymorphy3."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pymorphy3


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of a word: lemma, part of speech and grammemes of OpenCorpora ("NOUN", "nomn", "Surn")."""

    lemma: str
    part: str
    grammemes: frozenset[str]
    known: bool  # in the dictionary, not guessed by its ending


@lru_cache(maxsize=1)
def _analyser() -> Any:
    return pymorphy3.MorphAnalyzer()


@lru_cache(maxsize=16_384)
def forms(word: str) -> tuple[Form, ...]:
    """All readings of a word of at most 40 letters, the likeliest first; none for anything longer."""
    if not word or len(word) > 40 or not all(unicodedata.name(char, "") for char in word):
        return ()  # pymorphy3 asks for the name of every letter and Tangut has none
    return tuple(
        Form(p.normal_form.replace("ё", "е"), str(p.tag.POS or ""), frozenset(p.tag.grammemes), bool(p.is_known))
        for p in _analyser().parse(word)
    )


def lemma(word: str) -> str:
    """The likeliest dictionary form in lower case with е for ё; the word itself where none is known."""
    found = forms(word.lower())
    return found[0].lemma if found else word.lower().replace("ё", "е")


def lemmas(word: str) -> frozenset[str]:
    """Every dictionary form that the word may have."""
    return frozenset(form.lemma for form in forms(word.lower()))


def noun_lemmas(word: str) -> frozenset[str]:
    """Every dictionary form that the word may have as a noun."""
    return frozenset(form.lemma for form in forms(word.lower()) if form.part == "NOUN")


def has_part(word: str, *parts: str) -> bool:
    """True where some reading of the word is one of these parts of speech."""
    return any(form.part in parts for form in forms(word.lower()))


def likely_part(word: str) -> str:
    """The part of speech of the likeliest reading ("" for none)."""
    found = forms(word.lower())
    return found[0].part if found else ""


def name_grammemes(word: str) -> frozenset[str]:
    """Which of "Name", "Surn" and "Patr" the word can be, dictionary words only."""
    return frozenset(
        kind for form in forms(word) if form.known for kind in ("Name", "Surn", "Patr") if kind in form.grammemes
    )


@lru_cache(maxsize=4_096)
def inflected(word: str, *grammemes: str) -> str | None:
    """The word in another form, letter case of its first letter kept; None where it cannot be said."""
    for parse in _analyser().parse(word.lower()) if forms(word.lower()) else ():
        if (
            parse.is_known
            and parse.tag.POS in {"NOUN", "ADJF", "PRTF", "NUMR"}
            and (made := parse.inflect(set(grammemes)))
        ):
            return str(made.word).capitalize() if word[:1].isupper() else str(made.word)
    return None
