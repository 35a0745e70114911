"""Letters typed without a Russian keyboard («Nuzhen patron 7100-0009, 2 sht») turned into Cyrillic."""

from __future__ import annotations

import re

_TELLTALE = re.compile(
    r"\b(?:zdravstv\w{2,6}|dobr\w{2,3}|den|privet|nuzh\w{1,3}|nujn\w|nado|trebu\w{3,4}|pros\w{2,4}"
    r"|pozh?aluysta|pojalujsta|schet|sch[eo]t|skolko|stoit|sht|shtuk\w?|kompl|zapchast\w{1,3}"
    r"|stan[ok]{2}\w{0,2}|cena|tsena|nalichi\w|spasibo|zakaz\w{0,4}|srok|dlya|uvazheni\w{1,2})\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"(?<![\w@./-])[A-Za-z']{1,40}(?![\w@]|\.\w|-\d)")
_PAIRS = (
    ("shch", "щ"),
    ("sch", "щ"),
    ("yo", "ё"),
    ("jo", "ё"),
    ("zh", "ж"),
    ("kh", "х"),
    ("ts", "ц"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("yu", "ю"),
    ("ju", "ю"),
    ("ya", "я"),
    ("ja", "я"),
    ("iy", "ий"),
    ("a", "а"),
    ("b", "б"),
    ("v", "в"),
    ("g", "г"),
    ("d", "д"),
    ("e", "е"),
    ("z", "з"),
    ("i", "и"),
    ("j", "й"),
    ("y", "ы"),
    ("k", "к"),
    ("l", "л"),
    ("m", "м"),
    ("n", "н"),
    ("o", "о"),
    ("p", "п"),
    ("r", "р"),
    ("s", "с"),
    ("t", "т"),
    ("u", "у"),
    ("f", "ф"),
    ("h", "х"),
    ("c", "ц"),
    ("w", "в"),
    ("x", "кс"),
    ("q", "к"),
    ("'", "ь"),
)
_TABLE = dict(_PAIRS)
_TOKEN = re.compile("|".join(re.escape(latin) for latin, _ in _PAIRS))


def is_transliterated(text: str) -> bool:
    """True for Russian in Latin letters: at least two telltale words, and hardly any Cyrillic."""
    head = text[:4_000]
    cyrillic = sum("а" <= c <= "я" or "А" <= c <= "Я" for c in head)
    return cyrillic < 10 and len(_TELLTALE.findall(head)) >= 2


def to_russian(text: str) -> str:
    """The words of the text in Cyrillic; codes, addresses and figures stay as they are."""
    return _WORD.sub(lambda match: _russian_word(match[0]), text)


def _russian_word(word: str) -> str:
    made = _TOKEN.sub(lambda match: _TABLE[match[0]], word.lower())
    made = re.sub(r"(?<=[аеиоуыэюя])ы", "й", made)
    return made.capitalize() if word[:1].isupper() else made
