"""One item's words taken apart: name, part number, quantity, unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailsync.reading.order.equipment.machines import find_mentions
from mailsync.reading.order.equipment.serials import find_serials
from mailsync.reading.order.items.nominative import to_nominative
from mailsync.reading.order.items.part_numbers import find_part_number, head_noun, named_by_standard, standard_span
from mailsync.reading.order.items.quantity import Quantity, best, find_quantities, number_word, trailing_number
from mailsync.reading.order.wording import squeeze

MAX_NAME = 200

_PRICE = re.compile(
    r"(?:(?:по\s{1,9})?цен[аеыу]\s{0,2}[:–-]?\s{0,2}|по\s{1,9}|[-–=]\s{0,2}|,\s{0,2}|\(\s?"
    r"|\s)(?:\d{1,3}(?:[ ]\d{3}){1,3}|\d{1,9})(?:[.,]\d{1,2})?\s{0,2}(?:руб\w{0,3}|р\.|₽|rub|тыс\.?\s?р\w{0,3}"
    r"|т\.?\s?р\.?|eur|€|usd|\$|у\.?\s?е)(?:\s?/\s?\w{1,5}|\s?за\s\w{2,7})?\.?(?:\s{0,2}(?:с|без"
    r"|в\sт\.?\s?ч\.?)\s{0,2}ндс)?\s?\)?",
    re.IGNORECASE,
)
_FACTOR = re.compile(
    r"[\s,]{0,3}[хx*×]\s{0,2}(?P<number>\d[\d ]{0,9})(?:[.,]\d{1,2})?\s{0,2}(?:руб\w{0,3}"
    r"|р\.?)?\s{0,2}=\s{0,2}\d[\d ]{0,12}(?:[.,]\d{1,2})?\s{0,2}(?:руб\w{0,3}|р|₽)?\.?",
    re.IGNORECASE,
)
_COUNTED_BEFORE = re.compile(r"(?<![\w.-])\d{1,4}\s?(?:шт|компл|м|кг|л|уп|пар\w)?\w{0,3}\.?$", re.IGNORECASE)
_ALTERNATIVE = re.compile(
    r"\s{0,2}\((?:или\s{1,9})?аналог[^()]{0,60}\)|,?\s(?:вместо\s{1,9}не\w{1,2}|взамен|согласн\w\s{1,9}на|можно\s{1,9}заменить"
    r"|(?:или|либо)\s{1,9}(?:аналог|[A-ZА-Я]{2,8}(?![а-яё])))[^–;]{0,80}?(?=\s[–-]\s"
    r"|,?\s{1,3}(?:\d{1,4}\s?(?:шт|компл|к-т|уп|пар|м|кг|л)(?![а-яё]{5})|(?:один|одн[ау]|дв[ае]|три|четыре|пять|шесть|десять)(?![а-яё]))"
    r"|$)"
    r"|[,;]\sесли\s{1,9}нет[^–]{0,60}?(?=\s[–-]\s|$)",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"[\s,(–-]{0,4}(?<![\w])(?:для|на|к|ко|от|под|с|по)\s{1,9}(?:(?:наш|ваш|эт"
    r"|данн)\w{1,4}\s{1,9})?(?:(?:[а-яё-]{4,26}(?:ого|ому|ый|ой|ных|ные|ный|ая|ую))\s{1,9}){0,2}(?:станк\w{1,3}|станок"
    r"|ст-к\w{0,2}|пресс\w{0,3}|ножниц\w{0,3}|автомат\w{0,2}|полуавтомат\w{0,2}|сверлилк\w|токарник\w?"
    r"|фрезерник\w?)?(?:\s[а-яё]{4,20})?"
    r"\s{0,2}(?:модели|мод\.?|марки|типа|м\.)?\s{0,2}[«\"]?$",
    re.IGNORECASE,
)
_OFFER_FOR = re.compile(r"(?:\bт?кп|сч[её]т|\bцен[ауы]|стоимость|предложение|\s(?:и|плюс))$", re.IGNORECASE)
_MACHINE = re.compile(r"станок|пресс|ножницы|автомат|сверлилк|токарник|фрезерник", re.IGNORECASE)
_MARKER = re.compile(
    r"^[\s>]{0,12}(?:[-–—*•·●▪◦‣○■□►➢✓✔+►\u2013\u2022\uf0b7]{1,2}\s{0,3}"
    r"|\(?\d{1,3}(?:\.\d{1,2})?[.)]{1,2}(?!\d)\s{0,4}|№\s?\d{1,3}[.):]?\s{1,3}"
    r"|\d{1,3}\s{0,2}[–-]\s{1,3}(?=[А-ЯЁа-яё]{3})|[а-яёa-z][).]\s{1,3}(?=[А-ЯЁа-яё]{3})|(?i:поз(?:иция|\.)?"
    r"|п\.)\s?№?\s?\d{1,3}[.):]?\s{0,3}[:–-]?\s{0,3})"
)
_NOTE = re.compile(
    r"\s{0,2}\((?:[^()]{0,20}(?:срочно|если\s{1,9}есть|желательно|можно|или\s{1,9}аналог|аналог|возможно|новы[йех]|б/у"
    r"|оригинал|либо|\?|при\s{1,9}наличии|если)[^()]{0,60})\)|[\s,–-]{1,4}(?:срочно|если\s{1,9}есть(?:\s{1,9}в\s{1,9}наличии)?"
    r"|если\s{1,9}можно|при\s{1,9}наличии|или\s{1,9}аналог\w{0,2}|можно\s{1,9}аналог\w{0,2}|в\s{1,9}наличии\s?\?"
    r"|желательно\s{1,9}\w{3,15})[\s!?.]{0,3}$",
    re.IGNORECASE,
)
_OF_THEM = re.compile(r"\((?:их|его|е[её]|всего|надо|нужно|нужны)\s{1,3}(?=\d)", re.IGNORECASE)  # «втулки (их 4 шт)»
_DASHED_FIGURE = re.compile(r"[\w)»]\s[–-]\s?\d{1,4}[\s.;]{0,3}$")  # «нутромер НИ 50-100 – 1»
_EDGE = " \t,;:.–-=…_/|«*•\\+?!"
_FILLER_START = re.compile(
    r"^(?:и|of|a|the|а|на|за|а\s{1,9}также|также|ещ[её]|плюс|да|ну|вот|нам|мне|так\s{1,9}же|тоже|потом|затем|затем\s{1,9}ещ[её]"
    r"|ну\s{1,9}и|и\s{1,9}ещ[её]|кроме\s{1,9}того|дополнительно|в\s{1,9}том\s{1,9}числе|одновременно|согласн\w,?|да,|нет,|хорошо,"
    r"|ок,|бер[уё]м?|закажем|вот|так(?:ая|ой|ие|ую)|заодно|новы[йе]|сам|саму|само|именно|шт\.?|штук\w?"
    r"|компл\.?)(?:\s{1,9}|(?=,))[:,–-]?\s{0,2}",
    re.IGNORECASE,
)
_FILLER_END = re.compile(
    r"[\s,:;–(-]{1,4}(?:в\s{1,9}количестве|количеств\w{1,2}|кол-во|кол\.?|к-во|в\s{1,9}кол-ве|нужн[оаы]?|надо"
    r"|требуется|требуются|необходимо|по|ещ[её]|примерно|всего|около|бер[её]м|возьм[её]м|заказываем|а\s{1,9}также"
    r"|плюс|=|общ\w{2,4}|до|х|x|шт|штук\w?|на|для|(?-i:и|к|с|в)|не\s{1,9}менее|минимум)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """An item's words, taken apart. `quantity` is None where no figure or number word stood there."""

    name: str
    head: str
    part_number: str | None
    quantity: float | None
    unit: str | None
    explicit: bool  # the quantity had a unit, a label or a number word
    fragment: str


def strip_marker(line: str) -> str:
    """The line without its bullet or number."""
    match = _MARKER.match(line)
    return line[match.end() :] if match and match.end() < len(line) else line


def has_marker(line: str) -> bool:
    """True for a line with a bullet or a number in front."""
    match = _MARKER.match(line)
    return match is not None and match.end() < len(line)


def read_phrase(text: str, *, listed: bool) -> Phrase | None:
    """The parts of one item's words; `listed` lets a bare figure at the end be a quantity. None without a name."""
    fragment = squeeze(text)
    words = _NOTE.sub("", without_alternatives(without_prices(_OF_THEM.sub("(", text))))
    words = without_purpose(words)
    quantity, words = _take_quantity(words, listed=listed)
    words = squeeze(words)
    if quantity is not None and quantity.sure:
        words = re.sub(r"^\d{1,3}[).]?\s(?=[А-ЯЁа-яё]{3})", "", words)  # "1 Муфта ... 2 шт": a line number
    if (
        quantity is not None
        and quantity.unit == "пара"
        and (match := re.match(r"(?i)пар[аы]\s{1,9}(?=[а-яё]{4})", words))
    ):
        words = to_nominative(words[match.end() :], 5)
    head = head_noun(words.split())
    number = find_part_number(words, head)
    value = None
    if number is not None:
        value = squeeze(number.value)
        words = _cut(words, number.start, number.end)
        if span := standard_span(words):
            words = _cut(words, *span)
    counted = quantity is not None and quantity.start < 3 and not listed
    name = clean_name(
        to_nominative(clean_name(words), quantity.value if counted and quantity else None)
        if not listed or counted
        else words
    )
    if value and listed and not any(c.isalpha() for c in name) and (kind := named_by_standard(value)):
        name = f"{kind} {value}"
    if not name or (value is None and re.search(r"[^\W\d_]{3}|[^\W\d_]{2}(?=\s?\d)", name) is None):
        return None
    return Phrase(
        name=name[:MAX_NAME],
        head=head,
        part_number=value,
        quantity=quantity.value if quantity else None,
        unit=quantity.unit if quantity else None,
        explicit=quantity is not None and quantity.sure,
        fragment=fragment[:400],
    )


def clean_name(words: str) -> str:
    """A name without the litter at its edges, its first letter a capital."""
    name = squeeze(words)
    for _ in range(6):
        before = name
        name = _FILLER_END.sub("", _FILLER_START.sub("", name.strip(_EDGE)))
        name = _balanced(name.strip(_EDGE))
        if name == before:
            break
    name = re.sub(r"\s{1,9}([,.;)])", r"\1", re.sub(r"\(\s{0,9}[,;–-]?\s{0,9}\)", "", name))
    name = squeeze(re.sub(r"(?:,\s{0,9}){2,}", ", ", name)).strip(_EDGE)
    return name[:1].upper() + name[1:]


def without_alternatives(text: str) -> str:
    """The words without «(аналог ...)» and «вместо неё согласны на ...»."""
    return _ALTERNATIVE.sub("", text)


def without_prices(text: str) -> str:
    """The words without prices and sums: «1 шт. х 14 500 = 14 500 руб.» says one piece."""
    text = _FACTOR.sub(
        lambda m: " " if _COUNTED_BEFORE.search(text[: m.start()][-16:]) else f" x {m['number'].strip()} ", text
    )
    return squeeze_keeping_columns(_PRICE.sub(" ", text)) if _has_currency(text) else text


def squeeze_keeping_columns(text: str) -> str:
    """Single blanks squeezed, column gaps of three and more kept."""
    return re.sub(r"[ \t]{3,200}", "   ", text)


def _take_quantity(text: str, *, listed: bool) -> tuple[Quantity | None, str]:
    quantity = best(find_quantities(text))
    if quantity is None and (listed or _DASHED_FIGURE.search(text)):
        quantity = trailing_number(text.rstrip())
    if quantity is None:
        quantity = _leading_count(text) or _edge_word(text) or _bracketed_count(text)
    if quantity is None:
        return None, text
    rest = _cut(text, quantity.start, quantity.end)
    head, tail = text[: quantity.start], text[quantity.end :]
    if quantity.sure and head.strip(_EDGE) and _is_remark(tail):
        rest = head
    return quantity, rest


def _is_remark(tail: str) -> bool:
    """What follows the quantity behind a dash, a full stop or a comma is a remark, not part of the name."""
    stripped = tail.strip(_EDGE + "()")
    return (
        bool(stripped)
        and re.match(
            r"^\s{0,3}\.?\)?\s{0,2}(?:[–-]\s|кажд|[.;]\s|\(|,\s?(?:кажд\w{2,4}|чтобы|так\s{1,9}как|но|если|или|желательно"
            r"|срочно|для|на|со?\s|без\s|нужн|можно|лучше|старый|старые))",
            tail,
        )
        is not None
    )


def _leading_count(text: str) -> Quantity | None:
    """«2 патрона», «10 резцов»: a figure in front of a word of letters."""
    match = re.match(
        r"^[\s–-]{0,4}(?:[а-яё]{4,20}(?:ие|ые|их"
        r"|ых)\s)?(?:\d{1,3}\s?[-–]\s?)?(?P<number>\d{1,4})(?:\s?\([а-яё]{2,20}\))?\s{1,2}(?=[а-яё]{3,})",
        text,
        re.IGNORECASE,
    )
    if match is None or re.match(r"(?i)\s{0,9}\d+\s{1,9}(?:мм|квт|год|руб|дн|мес|час|поз)", text):
        return None
    return Quantity(float(match["number"]), None, match.start("number"), match.end()) if int(match["number"]) else None


def _bracketed_count(text: str) -> Quantity | None:
    """«подшипник 6205 (4)»."""
    match = re.search(r"\((?P<number>\d{1,3})\)[\s.,;]{0,3}$", text)
    return (
        Quantity(float(match["number"]), None, match.start(), match.end()) if match and int(match["number"]) else None
    )


def _edge_word(text: str) -> Quantity | None:
    """A number word at either edge: «две гайки маточные», «клапан ПН-12 один»."""
    words = text.split()
    for part in (words[:2], words[-1:]):
        for word in part:
            if word.lower().startswith("пар") and word is not words[0]:
                continue  # «червячная пара» is a thing
            found = number_word(word.strip(_EDGE))
            if found and found.end == len(word.strip(_EDGE)):
                at = text.find(word)
                return Quantity(found.value, None, at, at + len(word))
    return None


def without_purpose(text: str) -> str:
    """The words without «для станка 16К20 (зав. № 12)»: that is the machine, not the part."""
    for serial in reversed(find_serials(text)):
        text = _cut(text, serial.start, serial.end)
    for mention in reversed(find_mentions(text)):
        before = text[: mention.start]
        purpose = _PURPOSE.search(before[-90:])
        if purpose:
            start = max(0, len(before) - 90) + purpose.start()
            if _OFFER_FOR.search(text[:start]) and _MACHINE.search(purpose[0]):
                continue  # «КП на станок 3Е642» buys the machine
            if text[:start].strip(_EDGE) or re.search(r"[а-яё]{4}", text[mention.end :]):
                after = text[mention.end :].lstrip('»"')
                closing = before[start:].count("(") > before[start:].count(")") and after.lstrip().startswith(")")
                text = text[:start] + " " + (after.lstrip()[1:] if closing else after)
    return text


def _has_currency(text: str) -> bool:
    return re.search(r"(?i)руб|₽|\bр\.|eur|usd|€|\$", text) is not None


def _cut(text: str, start: int, end: int) -> str:
    return text[:start].rstrip() + " \u0001 ".replace("\u0001", "") + text[end:].lstrip()


def _balanced(name: str) -> str:
    if name.count("(") > name.count(")"):
        at = name.rfind("(")
        return name[:at].rstrip(" ,–-") if len(name) - at < 3 else name + ")"
    if name.count(")") > name.count("("):
        return name.replace(")", "", name.count(")") - name.count("(")) if name.endswith(")") is False else name[:-1]
    return name
