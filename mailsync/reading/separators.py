"""What mail programs put above a letter that they quote or forward: attribution lines, header blocks, rules.

Seen in Outlook, Exchange and Outlook on the web, Gmail, Mail.ru, Yandex, Rambler, Apple Mail, iOS, Android, The Bat!,
Thunderbird and Roundcube, in Russian and English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTH = (
    r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|"
    r"dec)[a-zа-я]{0,8}\.?"
)
_DATE = re.compile(
    rf"\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\b\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}|"
    rf"\b\d{{1,2}}(?:-го)?,?\s{_MONTH},?\s\d{{4}}"
    rf"|\b{_MONTH}\s\d{{1,2}},?\s\d{{4}}|\b\d{{1,2}}\s{_MONTH}(?:,|\sв\s)",
    re.IGNORECASE,
)
_TIME = re.compile(r"\b\d{1,2}[:.]\d{2}(?::\d{2})?\b")
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,200}")
_WROTE = re.compile(
    r"(?:\b(?:на)?писал[аи]?\b|писал\(а\)|\bпиш[еу]т\b|\bпишете\b|\bwrote\b|\bwrites\b|\bсообщил[аи]?\b)", re.IGNORECASE
)
_YOU_WROTE = re.compile(r"^\W{0,3}(?:вы писали|ты писал|you wrote)\b", re.IGNORECASE)
_OPENING = re.compile(
    r"^\W{0,3}(?:on\b|в\s|(?:пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]|"
    r"воскресенье)\b"
    r"|(?:mon|tue|wed|thu|fri|sat|sun)|\d{1,2}[\s./-](?!\(?\d{3})|\d{4}-|от\s|пользователь\s|le\s|am\s)",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[\s*]{0,4}[_\-–—=]{5,200}[\s*]{0,4}$")
_CUT = re.compile(r"^\s{0,3}={2,40}\s?8<\s?={2,40}")  # The Bat! frames what it quotes with these
_MARKER = re.compile(
    r"^[\W8]{0,80}(?P<words>(?P<reply>исходное|первоначальное|оригинальное|original)\s(?:сообщение|письмо|message|"
    r"text|message text)"
    r"|(?P<forward>пересылаемое|перенаправленное|пересланное|переадресованное|forwarded)\s(?:сообщение|письмо|"
    r"message|mail)"
    r"|(?:начало\s(?P<forward2>переадресованного|пересылаемого|пересланного)\sсообщения|"
    r"begin\s(?P<forward3>forwarded)\smessage)"
    r"|this is a (?P<forward4>forwarded) message)\b[^\n]{0,120}$",
    re.IGNORECASE,
)
_END_MARKER = re.compile(
    r"^\W{0,80}(?:конец\s(?:пересылаемого|переадресованного|пересланного|исходного)|end of (?:forwarded|original)"
    r"|завершение\sпересылаемого)\s(?:сообщения|письма|message)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^[\s*>|]{0,6}(?P<name>от кого|от|from|отправитель|отправлено|sent|дата|date|кому|to|получатель|тема|subject|"
    r"копия|cc|"
    r"ответить|reply-to|вложени[ея]|важность|importance|attachments)[\s*]{0,3}:[\s*]{0,4}(?P<value>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_CANONICAL = {
    "от кого": "from", "от": "from", "from": "from", "отправитель": "from", "отправлено": "date", "sent": "date",
    "дата": "date", "date": "date", "кому": "to", "to": "to", "получатель": "to", "тема": "subject",
    "subject": "subject",
}  # fmt: skip
_FIELD_LINES = 14


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The headers that a program copied into the text. `end` is the first line behind them."""

    end: int
    fields: dict[str, str]
    forward: bool  # its own words say that the letter was forwarded

    @property
    def sender(self) -> str:
        found = _ADDRESS.search(self.fields.get("from", ""))
        return found[0].strip("[]().,;:").removeprefix("mailto:").lower() if found else ""


def header_block(texts: list[str], at: int) -> HeaderBlock | None:
    """The header block that starts at this line, its rule or marker line included."""
    marker = _MARKER.match(texts[at][:300])
    start = at + 1 if marker or _RULE.match(texts[at][:300]) else at
    if start > at:
        start = _next_text(texts, start)
    fields, end = _fields(texts, start)
    forward = bool(marker and any(marker[group] for group in ("forward", "forward2", "forward3", "forward4")))
    if marker:
        if len(fields) >= 2 and "from" in fields:
            return HeaderBlock(end, fields, forward)
        attributed = attribution(texts, start) if start < len(texts) else None
        if attributed is not None:
            return HeaderBlock(attributed, {"from": " ".join(texts[start:attributed])}, forward)
        return HeaderBlock(at + 1, {}, forward) if _is_ruled(texts[at]) else None
    known = {name for name in ("from", "date", "to", "subject") if name in fields}
    if "from" in known and (("date" in known and len(known) >= 3) or (known >= {"to", "subject"})):
        return HeaderBlock(end, fields, forward)
    return None


def _is_ruled(text: str) -> bool:
    return text.strip().startswith(("--", "==", "__", "––", "——")) or text.strip().endswith(":")


def _next_text(texts: list[str], at: int) -> int:
    while at < len(texts) and at < len(texts) and not texts[at].strip():
        at += 1
    return at


def _fields(texts: list[str], start: int) -> tuple[dict[str, str], int]:
    """Copied header fields from this line on, values that were wrapped joined, and the line behind them."""
    fields: dict[str, str] = {}
    at, last = start, None
    for at in range(start, min(start + _FIELD_LINES, len(texts))):
        found = _FIELD.match(texts[at][:2_000])
        if found:
            last = _CANONICAL.get(found["name"].casefold(), found["name"].casefold())
            fields.setdefault(last, found["value"].strip())
        elif not fields:
            return fields, start
        elif (
            last in {"to", "from", "cc", "копия", "subject"}
            and texts[at].strip()
            and _continues(fields[last], texts[at])
        ):
            fields[last] += " " + texts[at].strip()
        else:
            return fields, at
    return fields, min(at + 1, len(texts))


def _continues(value: str, text: str) -> bool:
    """Whether a line goes on with the addresses of the field above it."""
    return value.endswith((",", ";", "<")) or (text.startswith((" ", "\t")) and "@" in text) or not value


def attribution(texts: list[str], at: int) -> int | None:
    """The line behind an attribution ("вт, 3 мар. 2026 г. в 15:02, Анна <a@b>:") that starts here, or None."""
    joined = ""
    for end in range(at, min(at + 4, len(texts))):
        text = texts[end].strip()
        if not text:
            return None
        joined = f"{joined} {text}".strip()
        if len(joined) > 400:
            return None
        if end > at and not _OPENING.match(joined):
            return None
        if joined.rstrip("* ").endswith(":") and is_attribution(joined):
            return end + 1
    return None


def is_attribution(text: str) -> bool:
    """Whether a text says who wrote what follows, and when."""
    date, address, wrote = _DATE.search(text), _ADDRESS.search(text), _WROTE.search(text)
    if _YOU_WROTE.match(text):
        return True
    if wrote and (date or address):
        return True
    return bool(date and address and _TIME.search(text) and _OPENING.match(text))


def weak_attribution(text: str) -> bool:
    """A line that says who wrote, but not when: believed only above quoted lines ("Анна Кузнецова пишет:")."""
    return text.rstrip().endswith(":") and len(text) < 200 and bool(_WROTE.search(text))


def is_cut(text: str) -> bool:
    return bool(_CUT.match(text[:100]))


def is_end_marker(text: str) -> bool:
    return bool(_END_MARKER.match(text[:300]))
