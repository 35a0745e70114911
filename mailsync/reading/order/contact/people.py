"""Names of persons in running text: which words make one, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsync.reading.order.contact.company import company_spans
from mailsync.reading.order.lemmas import forms, name_grammemes
from mailsync.reading.order.wording import squeeze

_TOKEN = re.compile(
    r"(?<![\w@.«\"„“-])(?:(?P<initials>(?:[А-ЯЁ]\.[ ]?){1,2}(?![\w])|[А-ЯЁ]\.[ ]?[А-ЯЁ](?![\w.])"
    r"|(?<=[а-яё]\s)[А-ЯЁ]{2}(?![\w.«\"]))|(?P<word>[А-ЯЁ][а-яё]{1,24}(?:-[А-ЯЁ][а-яё]{1,24})?"
    r"|[А-ЯЁ]{3,25}(?:-[А-ЯЁ]{3,25})?)(?![\w@«\"-]))"
)
_PLACE_BEFORE = re.compile(
    r"(?:(?<!\w)(?:г|ул|пр|пр-т|просп|пер|пос|с|д|наб|бул|ш|им|ст|обл|р-н|мкр|имени|улица|город|проспект"
    r"|площадь|пл)[.\s]{1,2}|№\s?)$",
    re.IGNORECASE,
)
SURNAME_ENDING = re.compile(
    r"(?:ов|ев|ёв|ин|ын|ова|ева|ёва|ина|ына|ский|ская|цкий|цкая|ой|ко|ук|юк|ян|янц|дзе|швили|ых|их|иа|ец|ик|як"
    r"|ай|ей|ий|ман|берг|штейн|ер|ль|ун|ан|ич|нко|ло|ба|да|ка|ча|ня|ло|ба)$"
)
NOT_NAMES = frozenset(
    "адрес завод отдел цех россия москва дирекция главный старший ведущий генеральный директор инженер "
    "механик технолог снабженец менеджер начальник "
    "специалист мастер руководитель заместитель коммерческий технический исполнительный добрый здравствуйте "
    "уважаемые уважаемый уважаемая станок "
    "патрон телефон почта факс сайт ремонт склад прошу просим нужен нужна нужны спасибо уважением заявка "
    "заказ январь февраль март апрель май июнь июль август "
    "сентябрь октябрь ноябрь декабрь контакты подпись отправлено письмо металл сервис группа урал сибирь "
    "волга дон кама ока нева".split()
)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int
    initials: bool

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({"initials"}) if self.initials else kinds_of_name(self.text)


@dataclass(frozen=True, slots=True)
class Person:
    """A name found on a line; `strength` 3: all three names, 2: two of them or initials, 1: a given name alone."""

    name: str
    strength: int
    start: int


def people_in(line: str) -> list[Person]:
    """The persons named on one line in the nominative, the surest first."""
    taken = company_spans(line)
    tokens = [
        _Token(m[0].strip(), m.start(), m.end(), m["initials"] is not None)
        for m in _TOKEN.finditer(line[:300])
        if not any(start <= m.start() < end for start, end in taken)
        and not _PLACE_BEFORE.search(line[max(0, m.start() - 10) : m.start()])
    ]
    found = [person for group in _groups(tokens, line) if (person := _person(group)) is not None]
    return sorted(found, key=lambda person: (-person.strength, person.start))


def _groups(tokens: list[_Token], line: str) -> Iterator[list[_Token]]:
    group: list[_Token] = []
    for token in tokens:
        if group and line[group[-1].end : token.start].strip(" "):
            yield group
            group = []
        group.append(token)
    if group:
        yield group


def _person(group: list[_Token]) -> Person | None:
    """The best run of up to three neighbours that makes a name."""
    best: Person | None = None
    for size in (3, 2, 1):
        for first in range(len(group) - size + 1):
            run = group[first : first + size]
            strength = _strength(run)
            dotted = any(token.initials and "." in token.text for token in run)
            if strength and (best is None or strength > best.strength or (dotted and strength == best.strength)):
                name = squeeze(" ".join(_written(token.text) for token in run))
                best = Person(
                    re.sub(r"(?<=\.) (?=[А-ЯЁ]\.)", "", name) if "." in name else name, strength, run[0].start
                )
        if best is not None:
            break
    return best


def _strength(run: list[_Token]) -> int:
    kinds = [token.kinds for token in run]
    words = [token.text.lower() for token in run if not token.initials]
    if any(word in NOT_NAMES for word in words):
        return 0
    initials = [index for index, kind in enumerate(kinds) if "initials" in kind]
    if initials:
        if len(run) == 3 and initials == [1] and "Name" in kinds[0] and may_be_surname(run[2].text, alone=False):
            return 3
        if len(run) == 2 and len(initials) == 1:
            word = run[1 - initials[0]]
            return 2 if may_be_surname(word.text, alone=True) or "Name" in word.kinds else 0
        return 0
    if len(run) == 3:
        patronymics = [index for index, kind in enumerate(kinds) if "Patr" in kind]
        if not patronymics:
            return 0
        at = patronymics[-1]
        if at == 0 or ("Name" not in kinds[at - 1] and not _foreign_name(run[at - 1].text)):
            return 0
        rest = next(index for index in range(3) if index not in {at, at - 1})
        return 3 if may_be_surname(run[rest].text, alone=False) else 0
    if len(run) == 2:
        if "Patr" in kinds[1] and "Name" in kinds[0]:
            return 2
        for name, other in ((0, 1), (1, 0)):
            if (
                "Name" in kinds[name]
                and "Patr" not in kinds[other]
                and may_be_surname(run[other].text, alone="Name" in kinds[other])
            ):
                return 2
        return 0
    return 1 if "Name" in kinds[0] else 0


def kinds_of_name(word: str) -> frozenset[str]:
    """What a word may be in a name: "Name", "Patr", "Surn"; empty for no name at all."""
    written = _written(word)
    found = set(name_grammemes(written))
    readings = forms(written)
    if "Name" in found and not any("Name" in r.grammemes and ("nomn" in r.grammemes) for r in readings):
        found.discard("Name")
    if re.search(r"(?:ович|евич|ьич|овна|евна|ична|инична|оглы|кызы)$", written.lower()) and len(written) > 5:
        found.add("Patr")
    return frozenset(found)


def may_be_surname(word: str, *, alone: bool) -> bool:
    """A dictionary surname, or a word that ends like one (`alone`: nothing else says that it is a name)."""
    lower = word.lower()
    if lower in NOT_NAMES:
        return False
    readings = forms(_written(word))
    if "Surn" in name_grammemes(_written(word)):
        return True
    ordinary = any(r.known and not r.grammemes & {"Surn", "Name", "Patr", "Geox"} for r in readings)
    if not alone:
        return not (ordinary and any(r.known and r.part in {"VERB", "ADVB", "PREP", "CONJ", "INFN"} for r in readings))
    return not ordinary and SURNAME_ENDING.search(lower) is not None


def _foreign_name(word: str) -> bool:
    return not any(form.known for form in forms(_written(word)))


def _written(word: str) -> str:
    return (
        "-".join(part.capitalize() for part in word.split("-"))
        if len(word) > 2 and word.isupper() and "." not in word
        else word
    )
