"""Telephone numbers in Russian, Kazakh and Belarusian habits, as E.164 with `;ext=` (RFC 3966).

The only module that knows phonenumbers.

Digits are grouped here and only validated by the library: its own matcher swallows what follows a number and knows
neither numbers that share an area code ("(4872) 33-12-45, 33-12-46") nor the label "факс".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import phonenumbers

_GROUP = re.compile(r"(?<![\w.,№#/\\@=-])\+?\(?\d|(?<=\b[тТмМ]\.)[+\d(]|(?<=[(/,;:\s])\+?\d")
_DIGITS = re.compile(r"\d{1,20}")
_GAP = re.compile(r"[ \t().–-]{1,4}|(?=\d)")
_EXTENSION = re.compile(
    r"[\s,;(]{0,4}(?:\([а-яё]{3,20}\)[\s,]{0,3})?(?:доб(?:авочный|\.)?|вн(?:утренний|утр|\.)?|ext(?:ension)?"
    r"|д\.|#|\*)[\s.:№]{0,4}(\d{1,6}(?:-\d{1,4}){0,2})(?!\d)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?<![а-яё])(?:тел|моб|сот|раб|гор|т[.:]|м[.:]|т\s?$|вотсап|ватсап|вайбер|зв[оа]н|номер\s{1,9}телефона)|phone"
    r"|tel|mob|cell|whats|viber|\+",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"(?:звонил|созванивал|общал|говорил|писал|набирал)\w{0,3}[^.!?\n]{0,40}$|(?<![а-яё])ваш(?:ему|его|ем"
    r"|им)?\s{1,9}(?:номер|телефон)\w{0,2}[^.!?\n]{0,15}$",
    re.IGNORECASE,
)
_FAX = re.compile(r"(?:факс|fax)\w{0,3}[^а-яёa-z\d]{0,6}$|(?<![\w/])ф\.?[\s:]{1,3}$", re.IGNORECASE)
_TELEFAX = re.compile(r"(?:т(?:ел)?(?:ефон)?\.?|tel\.?|phone)[\s]?[/\\,и-]?[\s]?(?:факс|fax|ф\b)", re.IGNORECASE)
_FAX_AFTER = re.compile(r"[\s,]{0,3}[(–-]?[\s]?(?:факс|fax)\b\s{0,2}(?:\)|$|[,;])", re.IGNORECASE)
_NOT_A_PHONE = re.compile(
    r"(?:инн|кпп|огрн\w{0,2}|окпо|оквэд|бик|р/с|к/с|р/сч|сч[её]т\w{0,2}|сч|гост|ту|арт\w{0,6}|зав\w{0,6}"
    r"|сер\w{0,6}|заказ\w{0,2}|"
    r"заявк\w|код|договор\w{0,2}|номер|инв\w{0,7}|s/n|№|#|no)[\s.:№#]{0,5}$",
    re.IGNORECASE,
)
_SHARED = re.compile(r"[ ]{0,2}(?:[,;/]|и)[ ]{0,2}")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in E.164 with its extension, and where it stood in the text."""

    number: str
    start: int
    end: int

    @property
    def bare(self) -> str:
        """The number without the extension."""
        return self.number.partition(";")[0]


@dataclass(frozen=True, slots=True)
class _Run:
    """Groups of digits that belong together: ("8", "4872", "33", "12", "45")."""

    groups: tuple[str, ...]
    ends: tuple[int, ...]  # where each group ends in the line
    start: int
    plus: bool
    bracketed: int | None  # index of the group in brackets


def find_phones(text: str) -> list[Phone]:
    """Every telephone number that is no fax, in the order of the text; a repeated one once."""
    found: dict[str, Phone] = {}
    offset = 0
    for line in text.split("\n"):
        if sum(c.isdigit() for c in line) >= 6:
            for phone in _in_line(line):
                known = found.get(phone.bare)
                if known is None or ";" not in known.number:
                    moved = Phone(phone.number, phone.start + offset, phone.end + offset)
                    found[phone.bare] = moved if known is None or ";" in moved.number else known
        offset += len(line) + 1
    return sorted(found.values(), key=lambda phone: phone.start)


def without_phones(text: str) -> str:
    """The text with blanks where telephone numbers stood, so that their figures are no codes."""
    for phone in find_phones(text):
        text = text[: phone.start] + " " * (phone.end - phone.start) + text[phone.end :]
    return text


def choose_phones(texts: list[str], own: AbstractSet[str]) -> tuple[str, ...]:
    """The customer's numbers over all texts, each once, the one with an extension preferred."""
    chosen: dict[str, str] = {}
    own_bare = {number.partition(";")[0] for number in own}
    for text in texts:
        for phone in find_phones(text):
            if phone.bare not in own_bare and (phone.bare not in chosen or ";" in phone.number):
                chosen[phone.bare] = phone.number
    return tuple(chosen.values())


def _in_line(line: str) -> Iterator[Phone]:
    position, label_from = 0, 0
    area: str | None = None
    area_ends, area_fax = -1, False
    while (opening := _GROUP.search(line, position)) is not None:
        run = _run_at(line, opening.start())
        before = line[label_from : opening.start()]
        made = _read(run, before)
        if made is None and area and _SHARED.fullmatch(line[area_ends : run.start]):
            made = _with_area(area, run)
        if made is None:
            position = run.ends[0]
            continue
        number, end = made
        fax = _is_fax(before, line[end:]) or (area_fax and _SHARED.fullmatch(line[area_ends : run.start]) is not None)
        extension = _EXTENSION.match(line, end)
        end = extension.end() if extension else end
        if not fax:
            yield Phone(f"{number};ext={extension[1].replace('-', '')}" if extension else number, run.start, end)
        area, area_ends, area_fax = _area_of(run) or area, end, fax
        position = label_from = end


def _run_at(line: str, start: int) -> _Run:
    groups: list[str] = []
    ends: list[int] = []
    bracketed = None
    plus = line[start] == "+"
    position = start + plus
    while len(groups) < 8:
        gap = _GAP.match(line, position)
        begin = gap.end() if gap else position
        digits = _DIGITS.match(line, begin)
        if digits is None or (groups and begin == position):
            break
        if "(" in line[position:begin] or (not groups and line[position - 1 : position] == "("):
            bracketed = len(groups)
        groups.append(digits[0])
        ends.append(digits.end())
        position = digits.end()
    if not groups:
        groups, ends = ["0"], [start + 1]
    return _Run(tuple(groups), tuple(ends), start, plus, bracketed)


def _read(run: _Run, before: str) -> tuple[str, int] | None:
    """The longest valid number at the head of the run and where it ends."""
    for count in range(len(run.groups), 0, -1):
        digits = "".join(run.groups[:count])
        if not 10 <= len(digits) <= 15 or not _plausible(run, count, digits, before):
            continue
        if number := _validated(digits, plus=run.plus):
            return number, run.ends[count - 1]
        if run.bracketed is not None and len(digits) in {10, 11} and re.fullmatch(r"[3489]\d{9}", digits[-10:]):
            return f"+7{digits[-10:]}", run.ends[count - 1]  # district codes that the library does not know
    return None


def _plausible(run: _Run, count: int, digits: str, before: str) -> bool:
    if run.plus:
        return _OURS.search(before[-60:]) is None
    formatted = count >= 3 or run.bracketed is not None
    labelled = _LABEL.search(before[-40:]) is not None
    if (not formatted and _NOT_A_PHONE.search(before[-24:])) or _OURS.search(before[-60:]):
        return False
    if len(digits) == 11:
        return digits[0] in "78"
    if len(digits) == 12:
        return digits.startswith(("375", "998", "996", "994"))
    if len(digits) == 10:
        alone = not before.strip() and count >= 3 and len(run.groups[0]) >= 3
        mobile = digits[0] == "9" and (formatted or (not before.strip() and len(run.groups) == 1))
        return labelled or run.bracketed == 0 or mobile or (formatted and alone)
    return False


def _validated(digits: str, *, plus: bool) -> str | None:
    candidates: list[tuple[str, str | None]] = [("+" + digits, None)] if plus else []
    if plus and digits.startswith("8") and len(digits) == 11:
        candidates.append(("+7" + digits[1:], None))  # "+8 (495) ..." is a habit, not a country
    if not plus:
        national = digits[1:] if len(digits) == 11 else digits
        candidates += [("+7" + national, None)] if len(national) == 10 else [("+" + digits, None)]
        candidates.append((digits, "BY"))
    for text, region in candidates:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def _area_of(run: _Run) -> str | None:
    """The digits before the subscriber number: "7" and the code in brackets or in a group of its own."""
    if run.bracketed is not None:
        return run.groups[run.bracketed]
    if len(run.groups) > 2 and run.groups[0] in {"7", "8"}:
        return run.groups[1]
    return None


def _with_area(area: str, run: _Run) -> tuple[str, int] | None:
    for count in range(min(len(run.groups), 4), 0, -1):
        digits = "".join(run.groups[:count])
        if len(area) + len(digits) == 10 and (number := _validated("7" + area + digits, plus=False)):
            return number, run.ends[count - 1]
    return None


def _is_fax(before: str, after: str) -> bool:
    label = before[-30:]
    if _TELEFAX.search(label):
        return False
    return _FAX.search(label) is not None or _FAX_AFTER.match(after) is not None
