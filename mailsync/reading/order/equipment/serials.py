"""Serial numbers: «зав. №», «заводской номер», «сер. №», «S/N», and the bare «№» behind a model."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VALUE = r"(?=[\w/.-]{0,20}\d)[A-ZА-ЯЁa-zа-яё0-9][\w/.-]{0,19}(?:[ ](?=\d{2,4}[ ]\d{2,4}(?!\d))\d{2,4}[ ]\d{2,4})?"
_NUMBER_SIGN = r"(?:№{1,2}|N[o°º]?\.?|#|номер\w{0,3}|ном\.?|num(?:ber)?\.?)"
_LABEL = re.compile(
    rf"(?:(?<![\w])(?:заводск\w{{2,4}}|завод(?=\s{{1,3}}(?:№|номер))|зав\.?|серийн\w{{2,4}}|сер\.?|серия)\s{{0,2}}(?:/\s?(?:сер\w{{0,8}}"
    rf"|зав\w{{0,8}})\.?\s?)?{_NUMBER_SIGN}?(?:\s{{0,2}}станка)?"
    rf"|(?<![\w])(?:з\s?[/.\\]\s?н\.?|с\s?[./\\]\s?н\.?|S\s?[/.\\]?\s?N|серийник"
    rf"|заводник)(?![а-яёa-z])(?:\s{{0,2}}{_NUMBER_SIGN})?|serial(?:\s{{0,2}}{_NUMBER_SIGN})?"
    rf"|(?:машина|идентификационн\w{{2,4}}|машинн\w{{2,4}})\s{{0,2}}{_NUMBER_SIGN}"
    rf"|(?:№|номер)\s{{0,2}}(?:станка|машины|изделия|оборудования|зав(?:одской|од\.|\.)))"
    rf"[ \t]{{0,2}}(?:[:=–-]\s{{0,3}})?[ \t]{{0,3}}{_NUMBER_SIGN}?[ \t]{{0,2}}(?P<value>{_VALUE})",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"\s{{0,2}}(?:,|;|и|/|&)\s{{0,2}}(?:{_NUMBER_SIGN}\s{{0,2}})?(?P<value>\d[\d/-]{{2,12}}[А-ЯA-Z]?)(?![\w.]"
    rf"|\s{{0,2}}(?:г\b|год|шт|мм|кг|руб|г\.))"
)
_BARE = re.compile(rf"^[\s,(]{{0,3}}(?:№|N(?=\s?\d)|#|номер)\s{{0,2}}(?P<value>{_VALUE})")
_KNOCKED = re.compile(
    rf"(?<![\w])(?:номер\s{{1,3}}(?:выбит|на\s{{1,3}}(?:шильдике|табличке|станине))\s{{0,2}}[:–-]?\s{{0,2}}(?P<value>{_VALUE})"
    rf"|№\s?(?P<before>{_VALUE})\s{{0,2}},?\s(?:заводской|зав\.))",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"^[\s,(]{0,3}номера\s{0,2}:?\s{0,2}(?P<value>\d[\w/-]{1,15})")
_NONE = re.compile(r"^(?:б/?н|нет|отсутств\w{0,4}|неизвест\w{0,4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial number as written and where its label began."""

    value: str
    start: int
    end: int


def find_serials(text: str) -> list[Serial]:
    """Every labelled serial number; "зав. №№ 123, 456" gives two."""
    found: list[Serial] = []
    for match in _LABEL.finditer(text):
        value = _clean(match["value"])
        if (
            _is_column(match[0])
            or not any(c.isdigit() for c in value)
            or _NONE.match(value)
            or (found and match.start() < found[-1].end)
        ):
            continue
        found.append(Serial(value, match.start(), match.end()))
        plural = re.search(r"№№|номера", match[0], re.IGNORECASE) is not None
        end = match.end()
        while (more := _MORE.match(text, end)) and (plural or re.match(r"\s{0,2}(?:и|&)", text[end : end + 3])):
            found.append(Serial(_clean(more["value"]), more.start(), more.end()))
            end = more.end()
    for match in _KNOCKED.finditer(text):
        value = match["value"] or match["before"]
        if not any(serial.start < match.end() and match.start() < serial.end for serial in found):
            found.append(Serial(_clean(value), match.start(), match.end()))
    return sorted(found, key=lambda serial: serial.start)


def several_serials(text: str, end_of_model: int) -> list[Serial]:
    """The numbers behind a model that stands for several machines: «два ТВ-6 (номера 4412 и 4418)»."""
    match = _SEVERAL.match(text[end_of_model : end_of_model + 40])
    if match is None:
        return []
    end = end_of_model + match.end()
    found = [Serial(_clean(match["value"]), end_of_model, end)]
    while more := _MORE.match(text, end):
        found.append(Serial(_clean(more["value"]), more.start(), more.end()))
        end = more.end()
    return found


def _is_column(words: str) -> bool:
    """True for a heading at the end of its line: what the next line begins with stands in another column."""
    label, newline, _ = words.partition("\n")
    return bool(newline) and len(label) < 12


def bare_serial(text: str, end_of_model: int) -> Serial | None:
    """The number sign directly behind a model: «16К20 № 4455»."""
    match = _BARE.match(text[end_of_model : end_of_model + 40])
    if match is None or not any(c.isdigit() for c in match["value"]):
        return None
    return Serial(_clean(match["value"]), end_of_model, end_of_model + match.end())


def _clean(value: str) -> str:
    return value.rstrip(".,;:/-)")
