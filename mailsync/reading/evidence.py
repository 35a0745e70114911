"""How strongly a text buys, asks for service, or speaks of earlier business: its clauses weighed one by one.

So «запчасти не требуются» or «счёт оплатили» says nothing about the rest of the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailsync.reading import vocabulary

_CLAUSE = re.compile(r"[.!?;](?=\s|$)|\n|,\s(?=но\s|а\s|зато\s|однако\s|поэтому\s|так\sчто\s)")
_SUBCLAUSE = re.compile(r",\s|\s[-–—]\s(?=\D)|\(|\)")
_WRAPPED = re.compile(r"(?<=[^\n]{52})\n(?=[а-яёa-z«(])")  # where a mail program broke a sentence
_MAINTENANCE = re.compile(r"(?<![\w-])(?:Т\.?О\.?)(?![\w-])")  # «то» in small letters is the pronoun
_TEXT = 50_000
_CLAUSE_LENGTH = 1_000
_LATIN = {
    "shch": "щ", "sch": "щ", "zh": "ж", "kh": "х", "ch": "ч", "sh": "ш", "ts": "ц", "yu": "ю", "ju": "ю", "ya": "я",
    "ja": "я", "yo": "е", "a": "а", "b": "б", "c": "ц", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т",
    "u": "у", "v": "в", "w": "в", "x": "х", "y": "ы", "z": "з", "'": "ь",
}  # fmt: skip
_LATIN_LETTERS = re.compile("|".join(map(re.escape, _LATIN)))


@dataclass(frozen=True, slots=True)
class Evidence:
    """In how many clauses a text says what, negated ones left out. `form` counts the fields of an order form."""

    buy: int = 0
    either: int = 0  # clauses that ask for goods or for work: «предложение на детали для ремонта»
    need: int = 0
    service: int = 0
    fault: int = 0
    earlier: int = 0
    thanks: int = 0
    declined: int = 0
    nothing: int = 0  # clauses by which the whole letter buys nothing: «ничего пока не покупаю»
    quantities: int = 0
    form: int = 0


def weigh(text: str) -> Evidence:
    """Weigh a text of a letter, its subject or its body."""
    text = text[:_TEXT] if text.isupper() else _MAINTENANCE.sub("техобслуживание", text[:_TEXT])
    text = _WRAPPED.sub(" ", text).casefold().replace("ё", "е").replace("\xa0", " ")
    text = _from_latin(text) if _is_latin(text) else text
    counts = dict.fromkeys(
        ("buy", "either", "need", "service", "fault", "earlier", "thanks", "declined", "nothing", "quantities"), 0
    )
    for piece in _CLAUSE.split(text):
        clause = " ".join(piece.split())[:_CLAUSE_LENGTH]
        if len(clause) > 1:
            for name in _said(clause):
                counts[name] += 1
    return Evidence(**counts, form=len(vocabulary.FORM.findall(text)))


def _said(clause: str) -> set[str]:
    """The names of what one clause says."""
    fault = vocabulary.FAULT.search(vocabulary.NOT_ANY_MORE.sub(" ", clause)) and not vocabulary.NOT_A_MACHINE.search(
        clause
    )
    said = {"fault"} if fault else set()
    if vocabulary.NOTHING_NOW.search(clause):
        said.add("nothing")
    if vocabulary.NEGATED.search(clause):
        said.add("declined")
        clause = ", ".join(part for part in _SUBCLAUSE.split(clause) if part and not vocabulary.NEGATED.search(part))
    priced_work = bool(vocabulary.WORK_PRICE.search(clause))
    work = priced_work or bool(vocabulary.VISITOR.search(clause))
    goods_clause = vocabulary.PURPOSE.sub(" ", clause)
    earlier = bool(vocabulary.EARLIER.search(clause)) and not work
    service = bool(vocabulary.SERVICE.search(goods_clause)) and not (earlier or vocabulary.VISITS_US.search(clause))
    counted = bool(vocabulary.QUANTITY.search(clause)) and not earlier
    asks_which = vocabulary.WHICH_IS_NEEDED.search(clause) is not None
    buys = not priced_work and bool(vocabulary.BUY.search(goods_clause))
    buys = buys and not vocabulary.OFFERS_TO_SEND.search(clause)
    facts = {
        "earlier": earlier,
        "service": work or (service and not (buys and not counted)),
        "thanks": bool(vocabulary.THANKS.search(clause)),
        "buy": buys and not earlier and (counted or not service),
        "either": buys and not earlier and service and not counted,
        "need": bool(vocabulary.NEED.search(goods_clause)) and not service and not asks_which,
        "quantities": counted,
    }
    return said | {name for name, found in facts.items() if found}


def _is_latin(text: str) -> bool:
    """Whether Russian may be hidden in Latin letters: hardly any Cyrillic in the text."""
    cyrillic = sum("а" <= char <= "я" for char in text[:2_000])
    return cyrillic * 10 < sum("a" <= char <= "z" for char in text[:2_000])


def _from_latin(text: str) -> str:
    """The text and, below it, the Cyrillic that a Russian without a Russian keyboard may have meant."""
    return f"{text}\n{_LATIN_LETTERS.sub(lambda found: _LATIN[found[0]], text)}"
