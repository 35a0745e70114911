"""A clause cut into the words of each item; attributes, quantities and codes stay with what they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailsync.reading.order.items.asking_words import ASKING, without_lead
from mailsync.reading.order.items.distribution import COUNT_FIRST
from mailsync.reading.order.items.goods import NOT_GOODS, noun_head
from mailsync.reading.order.items.quantity import find_quantities
from mailsync.reading.order.lemmas import has_part

_SPLIT = re.compile(
    r",(?!\d)|;|:(?=\s)|(?<=[\s\w.])\s?(?<![а-яё])(?:и\s{1,3})?ещ[её]\s{1,3}(?=[а-яё]{4})|\s(?:и|and|а\s{1,9}также|плюс|\+|а\s{1,9}ещ[её]|да\s{1,9}ещ[её])\s{1,9}(?!т\.|др\.|прочее)"
    r"|\s[–/]\s{1,9}(?=[а-яё]{4,20}\s)"
)
_ATTRIBUTE = re.compile(
    r"^(?:в\s{1,9}сборе|для|с|со|без|под|на|от|из|по|до|при|не|диаметр\w{0,3}|диам|длин\w{1,3}|ширин\w{1,3}"
    r"|высот\w{1,2}|толщин\w{1,2}|размер\w{0,3}|класс\w{0,3}|кл|точност\w{0,2}|модул\w{0,2}|число\s{1,9}зубьев"
    r"|гост|ту|ост|арт\w{0,6}|черт\w{0,4}|чертеж\w{0,2}|кат(?:\.|алож\w{2,5}|\s?№)|номер|обозначени\w|№|код"
    r"|тип\w{0,2}|марк\w|мод(?:\.|ел[ьи])|\d[\d.,]{0,6}\s?(?:квт|вт|в|а|об|гц|мм|см|нм|кгс|бар|атм|зуб\w{0,4})"
    r"|исполнени\w|"
    r"рмц|зав(?:\.|одск\w{2,4})|сер(?:\.|ийн\w{2,4})|s/n|ф\s?\d|d\s?=?\d|z\s?=|m\s?=|l\s?=|i\s?=|нов(?:ый|ая"
    r"|ое|ые)|оригинал\w{0,4}|производств\w|сталь|закалк\w|тв[её]рдост\w|напряжени\w|мощност\w|цвет\w?"
    r"|желательно|можно|если|котор\w{1,3}|либо|или|прав(?:ый|ая|ое|ые)|лев(?:ый|ая|ое|ые)|внутренн\w{2,3}"
    r"|наружн\w{2,3}|"
    r"кол(?:-?\s?в\w|ичеств\w{1,3}|\.)|в\s{1,9}количестве|после\s{1,9}капремонта|полн\w{2}\s{1,9}комплект|(?:бочк|канистр"
    r"|вед[её]рк?|упаковк|фасовк|банк|туб)\w{0,2}\s{1,9}(?:по\s{1,9})?\d|б/у|примерно|г\.в|год\w{0,2}"
    r"|\d{4}\s?г)(?![\wа-яё])",
    re.IGNORECASE,
)
_NEXT_ITEM = re.compile(r"[.\s]{1,3}(?P<words>[а-яё]{4,25}\s)", re.IGNORECASE)
NAMELESS = re.compile(
    r"^[\s–-]{0,3}(?!\d{1,4}\s?(?:шт|компл|к-т|м|кг|л|уп|пар)?(?![\w.-]))(?=\S{0,20}\d)[\w./-]{2,30}(?=\s[–(-]"
    r"|,|\s\d|\s(?:одн|дв|тр[иё]|пят|шест|семь|восемь|девять|десят)[а-яё]{1,4}(?![а-яё])|$)(?![^–(-]{0,60}[а-яё]{5})",
    re.IGNORECASE,
)
_COUNT_ONLY = re.compile(
    r"^(?:один|одна|одно|одну|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять)(?:\s{1,9}штук\w?)?$",
    re.IGNORECASE,
)
_COUNT_IN_BRACKETS = re.compile(r"\(\d{1,3}\)$")
_COUNT_AT_END = re.compile(r"(?:[\s–-]|^)(?:один|одна|одно|одну|два|две|три|четыре|пять|шесть)$", re.IGNORECASE)
_CONDITION = re.compile(
    r"^(?:если|возможн\w{1,2}\s{1,9}ли|можно\s{1,9}ли|при\s{1,9}наличии|желательно|можно|по\s{1,9}возможности|возможно|в\s{1,9}том\s{1,9}числе|и\s{1,9}т\.)(?![\wа-яё])",
    re.IGNORECASE,
)
_CODE_ONLY = re.compile(r"^[\s(]{0,2}[\w./-]{3,40}[\s)]{0,2}$")
_ENDS_ITEMS = re.compile(
    r"^(?:чтобы|(?:на\s{1,9})?склад\w|по\s{1,9}какой|если|когда|где|так\s{1,9}как|потому|поскольку|ввиду|что|как|уже|либо"
    r"|мы|он|она|они|это|эт[уо]т?|оплат\w|доставк\w|отправк\w|отправ\w{2,4}|самовывоз|забер\w{1,3}|адрес|тел"
    r"|инн|кпп|реквизит\w|спасибо|заранее|жд[уе]м?|с\s{1,9}уважением|цен\w|срок\w{0,2}|стоимост\w|сообщ\w{2,4}"
    r"|укаж\w{2,4}|плательщик\w?|грузополучател\w|организаци\w)(?![\wа-яё])",
    re.IGNORECASE,
)


def items_of(clause: str) -> Iterator[str]:
    """The words of each item in a clause, attributes and quantities put back to what they belong to."""
    current = ""
    for piece in _pieces(without_lead(clause)):
        if _CONDITION.match(piece.strip()):
            continue
        attribute = bool(current) and _ATTRIBUTE.match(piece.strip()) is not None
        words = ASKING.sub(" ", piece)
        words = (words if attribute else without_lead(words)).strip(" ,:–-").removesuffix(".")
        if not words:
            continue
        if current and _is_no_goods(current):
            current = ""
        ends = _ENDS_ITEMS.match(words) is not None
        if current and not ends and _belongs_to(words, current):
            current = f"{current} {words}" if _COUNT_ONLY.match(words) else f"{current}, {words}"
            continue
        if current:
            yield current
        current = "" if ends else words
    if current:
        yield current


def _pieces(body: str) -> Iterator[str]:
    """The body split at commas and «и», never inside brackets."""
    breaks = {match.start(): match.end() for match in _SPLIT.finditer(body)} | _after_quantities(body)
    start = index = depth = 0
    while index < len(body):
        depth = max(0, depth + (body[index] in "([«") - (body[index] in ")]»"))
        if depth == 0 and index in breaks:
            yield body[start:index]
            start = index = breaks[index]
            continue
        index += 1
    yield body[start:]


def _after_quantities(body: str) -> dict[int, int]:
    """Places where a new item begins without a comma: «манжета 85х110 3шт патрон 250 1шт»."""
    breaks: dict[int, int] = {}
    begin = 0
    for quantity in find_quantities(body):
        begin = max(begin, *(body.rfind(sign, 0, quantity.start) for sign in (",", ";", ":", " и ")))
        following = _NEXT_ITEM.match(body, quantity.end)
        own = ASKING.sub(" ", body[begin : quantity.start])
        if following and re.search(r"[а-яё]{4}", own, re.IGNORECASE) and not _ATTRIBUTE.match(following["words"]):
            breaks[quantity.end] = following.start("words")
            begin = quantity.end
    return breaks


def _belongs_to(words: str, current: str) -> bool:
    """True for what goes on about the item before: an attribute, a quantity, a code of its own."""
    counted = (
        bool(find_quantities(current))
        or _COUNT_AT_END.search(current) is not None
        or COUNT_FIRST.match(current) is not None
        or _COUNT_IN_BRACKETS.search(current) is not None
    )
    if _ATTRIBUTE.match(words):
        return not (counted and (_starts_item(words) or _is_other_kind(words)))
    if _COUNT_ONLY.match(words):
        return not counted
    if counted and (_COUNT_IN_BRACKETS.search(words) or NAMELESS.match(words)):
        return False
    quantities = find_quantities(words)
    if quantities and not re.search(r"[а-яёА-ЯЁa-zA-Z]{3}|\d{4}|\d-\d", words[: quantities[0].start]):
        behind = re.sub(r"\([^)]*\)", "", words[quantities[0].end :])
        return not re.search(r"[а-яёА-ЯЁ]{3}", re.sub(r"(?i)кажд\w{2,4}|всего|итого", "", behind)) and not counted
    if counted and (
        quantities
        or _COUNT_IN_BRACKETS.search(words)
        or (has_part(words.split(maxsplit=1)[0], "ADJF") and _COUNT_AT_END.search(words))
    ):
        return False
    if _CODE_ONLY.match(words) and any(c.isdigit() for c in words):
        return not counted
    return noun_head(words.split()) is None and not (
        quantities and any(c.isalpha() for c in words[: quantities[0].start])
    )


def _is_no_goods(words: str) -> bool:
    """True for a word like «исправление» to which nothing can belong."""
    head = noun_head(words.split())
    return head is not None and head[0] in NOT_GOODS and not any(c.isdigit() for c in words)


def _starts_item(words: str) -> bool:
    """True for «на сухарь кулисы 7307.02.031 - 2 шт» behind an item that is complete."""
    bare = re.sub(r"^(?:на|за|для)\s{1,9}", "", words)
    head = noun_head(bare.split()) if bare != words else None
    return head is not None and head[1]


def _is_other_kind(words: str) -> bool:
    """True for «внутренние 1К62.02.121 - 28 шт» behind «диски наружные ... - 30 шт»: the same thing of another kind."""
    return has_part(words.split(maxsplit=1)[0], "ADJF") and bool(find_quantities(words)) and words[:4].lower() != "полн"
