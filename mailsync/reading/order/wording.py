"""Text made ready for reading: one kind of blank, one hyphen, nothing invisible, a bounded length."""

from __future__ import annotations

import re
import unicodedata

MAX_TEXT = 60_000  # characters of a letter that are read: about 900 order lines; more is no letter
MAX_LINES = 1_000
MAX_LINE = 1_500

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\v\f\r]")
_GLUED_DASH = re.compile(r"(?<=\w)[‒–—−](?=\w)")
# «Контактное лицо ........ Иванов»: a printed form filled in; a name with a figure behind its dots is a list line.
_LEADERS = re.compile(
    r"^(?P<label>\s{0,4}[А-ЯЁA-Z][а-яёА-ЯЁa-z. /-]{1,40}?)\s{0,3}(?:\.{4,80}|…{2,40}|_{4,80})\s{0,3}(?=[^\s.…_])"
    r"(?!\d{1,4}\s{0,3}$|\d{1,4}\s?(?:шт|компл))",
    re.MULTILINE,
)
_COUNT_LEADERS = re.compile(
    r"^(?P<label>\s{0,4}(?:количество|кол-во|к-во))\s{0,3}(?:\.{4,80}|…{2,40}|_{4,80})\s{0,3}(?=\d)",
    re.MULTILINE | re.IGNORECASE,
)
_TRANSLATION = str.maketrans({"‐": "-", "‑": "-", "‒": "–", "—": "–", "−": "–", "⁃": "–", "×": "х", "∅": "ф", "⌀": "ф"})

_LATIN = "ABCEHKMOPTXYabcehkmoptxy"
_CYRILLIC = "АВСЕНКМОРТХУавсенкмортху"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)


def tidy(text: str) -> str:
    """The text in NFC with plain blanks, "–" for every dash that is no hyphen, at most MAX_TEXT characters."""
    text = unicodedata.normalize("NFC", text[:MAX_TEXT])
    text = _BLANKS.sub(" ", _INVISIBLE.sub("", text))
    text = _COUNT_LEADERS.sub(r"\g<label>: ", text)
    text = _LEADERS.sub(r"\g<label>: ", text)
    text = _GLUED_DASH.sub("-", text).translate(_TRANSLATION)
    return "\n".join(line[:MAX_LINE] for line in text.split("\n")[:MAX_LINES])


def is_cut(text: str) -> bool:
    """True for a text of which `tidy` keeps only the beginning."""
    return len(text) > MAX_TEXT or text.count("\n") >= MAX_LINES


def squeeze(text: str) -> str:
    """Runs of blanks as one blank, none outside."""
    return " ".join(text.split())


def to_cyrillic(text: str) -> str:
    """Latin letters that look like Cyrillic ones as those: `16K20` becomes `16К20`."""
    return text.translate(_TO_CYRILLIC)


def to_latin(text: str) -> str:
    """Cyrillic letters that look like Latin ones as those."""
    return text.translate(_TO_LATIN)


def comparable(text: str) -> str:
    """A code as it is compared: upper case, look-alikes folded, letters and digits only."""
    return "".join(c for c in to_cyrillic(text.upper()) if c.isalnum())
