"""One name or one quantity for several things, written at each: «подшипники 204, 206 по 4 шт»."""

from __future__ import annotations

import re

_EACH_FIRST = re.compile(
    r"(?:^|[:.]\s{0,2})по\s{1,9}(?P<count>\d{1,4})\s?(?P<unit>шт|компл|м|кг"
    r"|л)?[а-яё]{0,4}\.?(?:\s{1,9}кажд\w{2,4})?[\s:,–-]{1,4}(?P<things>(?!кажд)[а-яё].{3,400})$",
    re.IGNORECASE,
)
COUNT_FIRST = re.compile(
    r"^(?:один|одна|одно|одну|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять|\d{1,4})\s{1,9}[а-яё]{3}",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"(?<![\wа-яё])(?P<name>[а-яё]{4,25}(?:\s[а-яё]{4,20}){0,2})\s(?P<values>(?:(?:[фM]?|[A-Z]{2,6}\s)(?!\d{1,5}\s?(?:шт|компл"
    r"|к-т|м|кг|л|мм|уп|пар)(?![а-яё]))\d[\w./х-]{1,14}(?:,\s|\sи\s)){1,12}(?:[фM]?|[A-Z]{2,6}\s)(?!\d{1,5}\s?(?:шт|компл|к-т|м"
    r"|кг|л|мм|уп|пар))\d[\w./х-]{1,14})"
    r"(?:[\s,–-]{1,4}по\s(?P<count>\d{1,4}|одн(?:ой|ому)|дв[ае]|три|четыре|пять|шесть|десять)(?![а-яё])(?:\s?(?P<unit>шт|компл|к-т|м|кг|л|уп"
    r"|пар)[а-яё]{0,4}\.?)?(?:\s{1,9}кажд\w{2,4})?|(?=\s{0,9}(?:$|[,.;])))",
    re.IGNORECASE,
)
_SIZES = re.compile(
    r"(?P<name>(?<![\wа-яё])[а-яё]{4,25}(?:\s[а-яё]{4,20}){0,2}(?:\s[A-ZА-Я]{1,4}-?\d{1,4})?)\s?:?\s{1,3}(?P<mark>d\s?=\s?|ф\s?|м(?=\d))?"
    r"(?P<values>\d{1,3}(?:[.,]\d(?!\d))?(?:(?:,\s|\sи\s|/)(?:d\s?=\s?|ф\s?|м(?=\d))?\d{1,3}(?:[.,]\d(?!\d))?){1,12})(?P<mm>\s?мм)?"
    r"[\s,–-]{1,4}(?:все\s)?по\s(?P<count>\d{1,4}|одн(?:ой|ому)|дв[ае]|три|четыре|пять|десять)(?![а-яё])"
    r"\s?(?P<unit>шт|компл|к-т|м|кг|л|уп|пар)?[а-яё]{0,4}\.?",
    re.IGNORECASE,
)
_OWN_COUNT = re.compile(  # «… по 2 шт., 16 мм - 4 шт»
    r"(?:\.?,\s|;\s|\sи\s)(?P<size>(?:ф\s?|м|d\s?=\s?)?\d{1,3}(?:[.,]\d)?(?:\s?мм)?)\s?[–-]\s?"
    r"(?=\d{1,4}\s?(?:шт|компл|уп))",
    re.IGNORECASE,
)
_TWO_COUNTED = re.compile(
    r"\s(?:и|плюс)\s(?=(?:один|одн[ау]|дв[ае]|три|четыре|пять|шесть|\d{1,3})\s[а-яё]{4})", re.IGNORECASE
)


def each_counted(text: str) -> str:
    """«По 2 шт каждого: подшипники 6204, 6205; сальник 30х52» with the quantity written at each."""
    match = _EACH_FIRST.search(text)
    if match is None:
        return text
    things = [part for part in re.split(r",\s|;\s?|\sи\s", match["things"].rstrip(" .;")) if part.strip()]
    counted = ", ".join(f"{thing} - {match['count']} {match['unit'] or 'шт'}" for thing in things)
    return f"{text[: match.start()]} {counted}"


def each_thing(words: str) -> list[str]:
    """The things of a line that is one name and several numbers: «державки MWLNR 2525 и PDJNR 2525 - по одной»."""
    match = _EACH.match(words.strip(" .,;"))
    whole = match is not None and match.end() == len(match.string)
    if whole:
        return distributed(words).split(", ")
    if (sized := _sized(words)) != words:
        return sized.split("; ")
    return _TWO_COUNTED.split(words) if COUNT_FIRST.match(words) else [words]


def distributed(clause: str) -> str:
    """«подшипники 204, 206 и 8107 по 4 штуки» with the name and the quantity written at each number or size."""

    def each(match: re.Match[str]) -> str:
        codes = [value for value in re.split(r",\s|\sи\s", match["values"]) if value]
        figure = f" - {match['count']} {match['unit'] or 'шт'}" if match["count"] else ""
        return ", ".join(f"{match['name']} {code}{figure}" for code in codes)

    return _sized(_EACH.sub(each, clause))


def _sized(clause: str) -> str:
    """«цанги ER32: 6, 8 и 10 мм по 2 шт» with the name and the quantity written at each size."""

    def each(match: re.Match[str]) -> str:
        sizes = re.findall(r"\d{1,3}(?:[.,]\d)?", match["values"])
        mark, unit = (match["mark"] or "").strip(), match["mm"] or ""
        figure = f"{match['count']} {match['unit'] or 'шт'}"
        return "; ".join(f"{match['name']} {mark}{size}{unit} - {figure}" for size in sizes)

    match = _SIZES.search(clause)
    if match is None:
        return clause
    return _OWN_COUNT.sub(lambda own: f"; {match['name']} {own['size']} - ", _SIZES.sub(each, clause))
