"""Items out of flowing sentences: «нужны два патрона 7100-0035 и масло И-20А 20 л»."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsync.reading.order.contact.company import company_spans
from mailsync.reading.order.equipment.machines import find_mentions
from mailsync.reading.order.items.asking_words import GREETING, WANTS, from_asking_word
from mailsync.reading.order.items.distribution import distributed, each_counted
from mailsync.reading.order.items.goods import NOT_GOODS, goods_word, has_verb, is_generic, noun_head
from mailsync.reading.order.items.intent import (
    asks,
    asks_for_service,
    mentions,
    only_asks_advice,
    refuses,
    without_replaced,
)
from mailsync.reading.order.items.phrase import Phrase, read_phrase, without_purpose
from mailsync.reading.order.items.pieces import NAMELESS, items_of
from mailsync.reading.order.items.quantity import find_quantities
from mailsync.reading.order.lemmas import has_part

_ADJECTIVE_FIRST = re.compile(r"(?<![А-Яа-яё-])([А-Яа-яё-]{2,30}?(?:ый|ая|ое|ые|ой|ий|ие|яя))\s")
_GOES_ON = re.compile(
    r"^(?:и|ещё|еще|также|так\s{1,9}же|плюс|а\s{1,9}также|и\s{1,9}ещ[её]|кроме\s{1,9}того|дополнительно)(?![\wа-яё])",
    re.IGNORECASE,
)
_RESERVE = re.compile(r"\s(?:про|в|на|для)\s(?:запаса?|резерва?)(?![а-яё])", re.IGNORECASE)
_LAW_OR_PLATE = re.compile(
    r"(?<![\wа-яё])(?:в\s{1,9}рамках(?![а-яё])|\d{2,3}-ФЗ(?![\wа-яё])"
    r"|(?:инн|кпп|огрн(?:ип)?)[\s:№]{0,4}(?:/\s?кпп[\s:]{0,3})?\d{9,15}(?:\s?/\s?\d{9})?"
    r"|[АВЕКМНОРСТУХ]\s?\d{3}\s?[АВЕКМНОРСТУХ]{2}(?:\s?\d{2,3})?(?![\wа-яё]))",
    re.IGNORECASE,
)
_NOT_ORDERED = "\u0001"
_NEEDED = re.compile(
    r"(?<![а-яё])(нужно|надо|требуется|необходимо|бер[её]м|возьм[её]м|закажем"
    r"|нужны)\s{1,9}(\d{1,4}|од(?:ин|ну|на|но)|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять)(?=\s{0,9}(?:[.,;!](?!\d)|$))",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(
    r"(?:запчаст|запасн\w{2}\s{1,9}част|детал|комплектующ|инструмент"
    r"|позици)\w{0,4}[^():.]{0,60}\((?=[^()]{0,200}\d)([^()]{10,400},[^()]{3,200})\)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r",\s{1,9}(?:а|но|зато|однако)\s{1,9}(?!также|еще|ещё)|;\s{1,9}|\s–\s{1,9}но\s{1,9}"
    r"|,\s{1,9}(?=(?:[а-яё]{1,30}\s{1,9}){1,3}?(?:пока\s{1,9})?не\s{1,9}(?:нуж|треб|надо|бер))|\s{1,9}(?=сколько\s{1,9}(?:будет|стоит|стоят"
    r"|выйдет)|когда\s{1,9}(?:сможете|будет)|можно\s{1,9}(?!аналог|замен|б/у)|с\s{1,9}доставкой\s{1,9}до|если\s{1,9}(?:есть|имеется|найд)|(?<!если\s)заберу|(?<!если\s)забер[её]м)|,\s{1,9}(?=(?:сейчас|теперь|поэтому|нуж[её]н"
    r"|нужн[аоы]|требуется|требуются|прошу|просим|прос[иь]м?|необходим)(?![а-яё]))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that are an item, and what speaks for it."""

    phrase: Phrase
    asked: bool
    known_goods: bool

    @property
    def confidence(self) -> float:
        """0 to 1, from what stood in the text."""
        score = (
            0.35
            + 0.25 * self.asked
            + 0.2 * self.phrase.explicit
            + 0.15 * self.known_goods
            + 0.1 * (self.phrase.part_number is not None)
        )
        return round(min(score, 0.95), 2)


def read_sentence(
    sentence: str, *, asked_before: bool = False, heading: bool = False, wanted: bool = False
) -> list[Candidate]:
    """The items that one sentence orders, in order; `heading`: a list follows, so that only exact words count."""
    text = without_purpose(_masked(without_replaced(GREETING.sub("", sentence))))
    text = _IN_BRACKETS.sub(r": \1", _RESERVE.sub("", text))
    text = each_counted(_NEEDED.sub(r"\1 \2 шт", text))
    if only_asks_advice(text):
        return []
    asks_here = wanted or asks(text) or (asked_before and _GOES_ON.match(text) is not None)
    text = from_asking_word(text)
    service = asks_for_service(text)
    exact = heading or service or not asks_here
    candidates: list[Candidate] = []
    last_noun = ""
    for clause in _ordering_clauses(text):
        if clause.startswith(_NOT_ORDERED):
            last_noun = goods_word(clause) or last_noun
            continue
        for words in items_of(distributed(clause)):
            candidate = _candidate(
                words,
                asked=asks_here or asked_before or bool(candidates),
                last_noun=last_noun,
                last_name=candidates[-1].phrase.name if candidates else "",
            )
            if candidate is None or (
                exact and not candidates and not _is_exact(candidate.phrase, heading=heading or service)
            ):
                continue
            last_noun = goods_word(candidate.phrase.name) or last_noun
            candidates.append(candidate)
    return candidates


def _ordering_clauses(text: str) -> Iterator[str]:
    """The clauses of a sentence; those that refuse or only mention begin with _NOT_ORDERED.

    Inside a refusing clause, parts with figures of their own that refuse nothing still order.
    """
    for clause in _clauses(text):
        if not refuses(clause) and (not mentions(clause) or WANTS.search(clause) is not None):
            yield clause
            continue
        parts = re.split(r",\s{1,9}|;\s{1,9}", clause) if refuses(clause) else []
        kept = [part for part in parts if not refuses(part) and not mentions(part) and find_quantities(part)]
        yield from kept or [_NOT_ORDERED + clause]


def _is_exact(phrase: Phrase, *, heading: bool) -> bool:
    """True where figures leave no doubt: needed where a list follows or the sentence itself asks for nothing."""
    return phrase.explicit and (phrase.unit is not None or (phrase.part_number is not None and not heading))


def _masked(text: str) -> str:
    """Companies, addresses and links taken out: their words are no goods."""
    for start, end in reversed(company_spans(text)):
        text = text[:start] + " " + text[end:]
    text = re.sub(r"\S{1,64}@\S{1,190}|https?://\S{1,300}|www\.\S{1,200}", " ", text)
    text = _LAW_OR_PLATE.sub(" ", text)
    return re.sub(r"(?i)(?:тел|моб|факс)[.:\s]{1,3}[+\d][\d\s()-]{6,20}", " ", text)


def _clauses(text: str) -> Iterator[str]:
    """Parts of a sentence that are wanted or refused each for itself: «..., а люнет пока не нужен»."""
    yield from (part for part in _CLAUSE.split(text) if part.strip())


def _of_other_kind(name: str, adjective: str) -> str:
    """The name of the thing before with its last adjective replaced."""
    words = [word for word in name.split() if not any(c.isdigit() for c in word)]
    at = next((i for i in range(len(words) - 1, -1, -1) if has_part(words[i], "ADJF")), None)
    return (
        " ".join([*words[:at], adjective, *words[at + 1 :]])
        if at is not None
        else f"{adjective} {' '.join(words).lower()}"
    )


def _candidate(words: str, *, asked: bool, last_noun: str, last_name: str = "") -> Candidate | None:
    if last_noun and NAMELESS.match(words):
        words = f"{last_noun} {words}"
    phrase = read_phrase(words, listed=False)
    if phrase is None or len(phrase.name.split()) > 14:
        return None
    head = noun_head(phrase.name.split())
    if head is None and last_noun and phrase.explicit and (match := _ADJECTIVE_FIRST.match(phrase.name + " ")):
        named = f"{_of_other_kind(last_name or last_noun, match[1].lower())} {phrase.name[match.end() :]}".strip()
        phrase = dataclasses.replace(phrase, name=named[:1].upper() + named[1:])
        head = noun_head([last_noun])
    lemma, known = head or ("", False)
    if (lemma in NOT_GOODS and not known) or is_generic(lemma, phrase.name) or has_verb(phrase.name):
        return None
    is_counted = (
        phrase.explicit
        and phrase.unit is not None
        and (
            head is not None
            or phrase.part_number is not None
            or find_mentions(phrase.name)
            or re.match(r"[А-ЯЁA-Z]{2}", phrase.name) is not None
        )
    )
    is_named = (
        phrase.explicit
        and head is not None
        and (known or phrase.part_number is not None)
        and (asked or phrase.part_number is not None)
    )
    wanted = asked and head is not None and (known or phrase.part_number is not None)
    return Candidate(phrase, asked=asked, known_goods=known) if is_counted or is_named or wanted else None
