"""How many: figures, number words, «1 (один)», «по 2 шт», «x3», «десяток»."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mailsync.reading.order.items.units import COUNTED, UNIT, read_unit, unit_of

MAX_QUANTITY = 1_000_000

_WORDS: dict[str, float] = {
    "один": 1,
    "одна": 1,
    "одно": 1,
    "одну": 1,
    "одного": 1,
    "одной": 1,
    "одни": 1,
    "единственный": 1,
    "два": 2,
    "две": 2,
    "двух": 2,
    "двое": 2,
    "оба": 2,
    "обе": 2,
    "полтора": 1.5,
    "полторы": 1.5,
    "три": 3,
    "трёх": 3,
    "трех": 3,
    "трое": 3,
    "четыре": 4,
    "четырёх": 4,
    "четырех": 4,
    "пять": 5,
    "пяти": 5,
    "шесть": 6,
    "шести": 6,
    "семь": 7,
    "восемь": 8,
    "девять": 9,
    "десять": 10,
    "десяти": 10,
    "десяток": 10,
    "десятка": 10,
    "одиннадцать": 11,
    "двенадцать": 12,
    "дюжина": 12,
    "дюжину": 12,
    "тринадцать": 13,
    "четырнадцать": 14,
    "пятнадцать": 15,
    "шестнадцать": 16,
    "семнадцать": 17,
    "восемнадцать": 18,
    "девятнадцать": 19,
    "двадцать": 20,
    "тридцать": 30,
    "сорок": 40,
    "пятьдесят": 50,
    "шестьдесят": 60,
    "семьдесят": 70,
    "восемьдесят": 80,
    "девяносто": 90,
    "сто": 100,
    "сотню": 100,
    "сотня": 100,
    "двести": 200,
    "триста": 300,
    "четыреста": 400,
    "пятьсот": 500,
    "тысяча": 1000,
    "тысячу": 1000,
    "пара": 2,
    "пару": 2,
    "парочку": 2,
}
NUMBER_WORD = "(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
_FIGURE = r"[13]/[234](?![\d/])|\d{1,3}(?:[ ]\d00){1,2}(?:,\d{1,3})?(?![\d])|\d{1,6}(?:[.,]\d{1,3})?"
_IN_WORDS = r"(?:\s{0,2}\([а-яё\s]{3,40}(?:\d{2}/100)?\)|\s{0,2}\([а-яё]{3,12}\s[а-яё.]{1,12}\))?"
_WITH_UNIT = re.compile(
    rf"(?<![\w.,/№-])(?:(?:по|около|примерно|ещё|до|х|x|\*)\s{{1,2}})?(?:(?P<low>\d{{1,5}})\s?(?:-|–|\.\.\.?"
    rf"|или)\s?)?(?P<number>{_FIGURE}|{NUMBER_WORD}(?:\s{NUMBER_WORD})?(?![а-яё])){_IN_WORDS}(?P<thousand>\s?тыс(?:яч\w?|\.)?(?=\s))?\s{{0,3}}[-–]?\s{{0,2}}{UNIT}",
    re.IGNORECASE,
)
_GLUED = re.compile(rf"(?<=[\w)])-(?P<number>\d{{1,5}})(?=шт|компл|к-т){UNIT}", re.IGNORECASE)  # А1250-4шт
_INVERTED = re.compile(
    rf"(?<![\wа-яё])(?:штуки?|метр(?:а|ов)|литр(?:а|ов)|комплект(?:а|ов))\s(?P<number>{NUMBER_WORD})(?![а-яё-])",
    re.IGNORECASE,
)  # «метра полтора», «штук пять»
_ALSO = re.compile(r"(?<![а-яё])(?:тоже|также|столько\sже)\s(?P<number>\d{1,4})(?=[\s.]{0,3}$)", re.IGNORECASE)
_UNIT_FIRST = re.compile(
    rf"(?<![\wа-яё])(?:{UNIT})\s{{0,2}}[-–:=]\s{{0,2}}(?P<number>\d{{1,6}}(?:[.,]\d{{1,3}})?)(?![\w.,]\d|[\w])",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    rf"(?:(?<![а-яё])в\s{{1,3}})?(?:кол(?:ичеств[оае]м?|-?\s?в[оа]м?|\.)|к-во|кол-вом|qty)\s{{0,2}}[.:=–-]?\s{{0,3}}(?P<number>{_FIGURE}"
    rf"|{NUMBER_WORD}){_IN_WORDS}(?:\s{{0,3}}[-–]?\s{{0,2}}{UNIT})?",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"(?<![\w,.])[хx*]\s?(?P<number>\d{1,4})(?![\w.,х*-])|(?<![\w.,-])(?P<first>\d{1,3})\s?[хx*](?=\s[а-яё]{4})",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?:(?:\s{1,4}|(?<=[а-яё)»]))[–=:…-]{1,3}\s{0,4}|[.…_]{3,60}\s{0,3}|\t\s{0,3}|\s{3,60}|[;"
    r"|]\s{0,3})(?P<number>\d{1,5}(?:[.,]\d{1,2})?)\s{0,3}[.;,]?\s{0,3}$"
)
_WORD_AT_END = re.compile(
    rf"(?:\s[–-]\s{{1,3}}|,\s{{1,3}})(?:тоже\s|также\s|ещ[её]\s)?(?P<number>{NUMBER_WORD})\s{{0,3}}[.;,]?\s{{0,3}}$",
    re.IGNORECASE,
)
_CODE_FIRST = re.compile(
    r"^\s{0,4}(?=\S{0,20}\d)[\w./-]{4,30}(?:\s(?:[а-яё-]{3,20}(?=\s))){1,5}\s(?P<number>\d{1,4})\s{0,3}$", re.IGNORECASE
)  # «7100-0009 патрон 2»
_EACH = re.compile(
    r"(?<![а-яё])(?:вс[её]|все(?:го)?|каждо\w{1,3}|везде|позиции)\s(?:нужн\w\s)?по\s(?P<count>[\wа-яё]{1,12}\s[а-яё]{1,12})[^\w]{0,3}$"
    r"|(?<![а-яё])по\s(?P<before>[\wа-яё]{1,12}\s[а-яё]{1,12})\.?\s(?:кажд\w{2,4}|всех)(?:\s[а-яё]{4,20})?[^\w]{0,3}$",
    re.IGNORECASE,
)
_WORD_ALONE = re.compile(rf"(?<![\w-])(?P<number>{NUMBER_WORD})(?![\w-])", re.IGNORECASE)
_NOT_ORDERED_BEFORE = re.compile(
    r"(?:в\s{1,9}(?:1\s{1,9})?(?:упаковке|уп\.?|наборе|комплекте|коробке)|\(\s?по|фасовк\w{1,2}|длин\w{1,3}|L\s?="
    r"|высот\w{1,2}|толщин\w{1,2}|объ[её]м\w{0,2}|в[её]дра|канистр\w|банк\w|бочк\w|вес\w{0,2}"
    r"|масс\w{1,2})\s{0,2}[–:-]?\s{0,2}(?:по\s{1,2})?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure with its unit and where it stands; `sure` where a unit, a label or a number word speaks for it."""

    value: float
    unit: str | None
    start: int
    end: int
    sure: bool = True
    bracketed: bool = False  # «40 шт (упак. 10 шт)»: how the goods are packed


def read_number(text: str) -> float | None:
    """A number alone: "2", "2,5", "1 000", "два", "1 (один)", "2.0"; None for anything else or out of bounds."""
    text = text.strip().rstrip(".").replace("\u00a0", " ")
    if match := re.fullmatch(rf"(?P<number>{_FIGURE}){_IN_WORDS}", text):
        return _value(match["number"])
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return None


def read_cell(text: str) -> Quantity | None:
    """The quantity of a table cell: "2", "2 шт.", "1 (один) комплект", "10 шт"."""
    value = read_number(text)
    if value is not None:
        return Quantity(value, None, 0, len(text))
    found = find_quantities(text)
    return found[-1] if found and len(text) < 60 else None


def find_quantities(text: str) -> list[Quantity]:
    """Every explicit quantity in a line or sentence, in order: figures with units, labels, factors."""
    found: list[Quantity] = []
    for pattern in (_LABELLED, _WITH_UNIT, _GLUED, _UNIT_FIRST, _INVERTED, _ALSO, _TIMES):
        for match in pattern.finditer(text):
            if any(match.start() < known.end and known.start < match.end() for known in found):
                continue
            if pattern is not _LABELLED and _NOT_ORDERED_BEFORE.search(
                text[max(0, match.start() - 24) : match.start()]
            ):
                continue
            quantity = _quantity(match)
            if quantity is not None:
                found.append(replace(quantity, bracketed=_in_brackets(text, match.start())))
    return sorted(found, key=lambda quantity: quantity.start)


def _in_brackets(text: str, at: int) -> bool:
    return text.count("(", 0, at) > text.count(")", 0, at)


def each_of(heading: str) -> Quantity | None:
    """What a heading says of every line below it: «Всё по 2 упаковки:», «каждого по 5 шт:»."""
    match = _EACH.search(heading)
    found = find_quantities(match["count"] or match["before"]) if match else []
    return found[0] if found else None


def trailing_number(text: str) -> Quantity | None:
    """A bare figure at the end of a list line, set off by a dash, a tab or wide blanks: "Шпиндель 16К20 - 2"."""
    match = _BARE.search(text[-120:]) or _CODE_FIRST.match(text[-120:]) or _WORD_AT_END.search(text[-120:])
    if match is None or (value := _value(match["number"])) is None:
        return None
    offset = max(0, len(text) - 120)
    start = match.start("number") if match.re is _CODE_FIRST else match.start()
    return Quantity(value, None, start + offset, len(text), sure=match.re is _WORD_AT_END)


def number_word(text: str) -> Quantity | None:
    """A number word without a unit: «клапан ПН-12 один», «две гайки»."""
    match = _WORD_ALONE.search(text)
    return Quantity(_WORDS[match["number"].lower()], None, match.start(), match.end()) if match else None


def best(quantities: list[Quantity]) -> Quantity | None:
    """The one that is ordered: pieces before metres and litres, the last of equals."""
    if not quantities:
        return None
    quantities = [q for q in quantities if not q.bracketed] or quantities
    counted = [q for q in quantities if q.unit in COUNTED or q.unit is None]
    return (counted or quantities)[-1]


def _quantity(match: re.Match[str]) -> Quantity | None:
    groups = match.groupdict()
    text = groups.get("number") or groups.get("first")
    value = _value(text) if text else None
    if value is not None and groups.get("thousand"):
        value *= 1_000
    if (
        value is None
        or value <= 0
        or value > MAX_QUANTITY
        or ("u_0" in groups and unit_of(match) == "г" and 1900 <= value <= 2100)
    ):
        return None
    unit = unit_of(match) if "u_0" in groups else None
    low = groups.get("low")
    if _is_inside_code(match, low, value):
        return None
    start = (
        match.start() if not low or int(low) < value <= 10 * int(low) else match.start("number")
    )  # "209 - 4 шт" is no range
    return Quantity(value, unit, start, match.end())


def _is_inside_code(match: re.Match[str], low: str | None, value: float) -> bool:
    """True for «6-46216Л» and «22М»: figures of a code, with a capital letter that only looks like a unit."""
    text = match[0]
    if re.search(r"\d[А-ЯA-Z]$", text):
        return True
    glued = low is not None and re.match(r"\D{0,12}\d+-\d", text) is not None
    return glued and low is not None and not int(low) < value <= 10 * int(low)


def _value(text: str) -> float | None:
    text = text.strip().lower()
    if "/" in text:
        above, below = text.split("/")
        return int(above) / int(below)
    if text[:1].isdigit():
        number = float(text.replace(" ", "").replace(",", "."))
        return number if number <= MAX_QUANTITY else None
    total = 0.0
    for word in text.split():
        if word not in _WORDS:
            return None
        total += _WORDS[word]
    return total or None


__all__ = [
    "NUMBER_WORD",
    "Quantity",
    "best",
    "find_quantities",
    "number_word",
    "read_cell",
    "read_number",
    "read_unit",
    "trailing_number",
]
