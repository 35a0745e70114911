"""Where the author's words end and the signature begins: delimiters, sign-offs, business cards.

Each rule errs towards keeping: what does not look like a signature stays the author's.
"""

from __future__ import annotations

import re

from mailsync.reading import notices
from mailsync.reading.lines import Line

_DELIMITER = re.compile(r"^\s{0,3}(?:--|—|–|-{2,40}|_{2,40}|–{2,40}|—{2,40}|\*{3,40}|={3,40})\s{0,3}$")
_SIGN_OFF = re.compile(
    r"^\W{0,3}(?:с\s(?:(?:глубоким|огромным|большим|искренним|безграничным|неизменным)\s)?(?:уважением|наилучшими|"
    r"почтением|благодарностью|"
    r"надеждой на|приветом|теплом|пожеланиями|добрыми пожеланиями|ув(?:аж)?\.)|с\sув\b|заранее\s(?:спасибо|"
    r"благодар|признател)|искренне\sваш|"
    r"всего\s(?:доброго|хорошего|наилучшего)|хорошего\s(?:дня|вечера|настроения)|доброго\sдня\sи|удачного\sдня|"
    r"спасибо,|благодарю,|"
    r"с\sнами\sнадежно|до\sсвидания|best\s(?:regards|wishes)|kind\sregards|regards|sincerely|yours\s(?:sincerely|"
    r"faithfully|truly)|"
    r"many\sthanks,|thanks,|thank\syou,|br,|cheers|mit\sfreundlichen)",
    re.IGNORECASE,
)
# A sign-off that is also a word to the reader is believed only where a name follows.
_POLITE = re.compile(
    r"^\W{0,3}(?:заранее|спасибо|благодар|хорошего|всего|удачного|до\sсвидания|thank|many|cheers)", re.IGNORECASE
)
_PROSE_END = re.compile(r"[?!]\s*$|[а-яё]\.\s*$")
_POSTSCRIPT = re.compile(r"^\W{0,3}(?:p\.?\s?p?\.?\s?s\b|з\.?\s?ы\b|постскриптум|п\.?\s?с\.?(?=[\s:]))", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+?\d[\s\-().]{0,3}){6,14}\d")
_CARD = re.compile(
    r"(?:\bтел\b|\bт\.|телефон|\bмоб|\bсот\b|\bфакс|\bдоб\b|\bвн\.|e-?mail|почта|\bskype|telegram|телеграм|\bтг\b|"
    r"whatsapp|viber|\bwww\.|"
    r"https?://|@|\bинн\b|\bкпп\b|\bогрн|\b(?:ооо|оао|зао|пао|ао|нао|ип|фгуп|муп|гуп|тоо|чуп|чпуп|чтуп|чп|гб?п?оу|фгб?оу|мб?оу|фку|фгку|нпп|нпо|нпф|оаo|ltd|llc|gmbh)\b|"
    r"\bадрес|\bг\.\s|\bул\.|\bобл\.)",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:менеджер|директор|инженер|механик|энергетик|начальник|специалист|снабжен|закупк|отдел|бухгалтер|технолог|"
    r"мастер|руководител|"
    r"заместител|\bзам\b|главный|ведущий|логист|секретар|кладовщик|экономист|юрист|наладчик|токарь|фрезеровщик|"
    r"слесар|завхоз|бригадир|прораб|помощник|ассистент|"
    r"председател|президент|служба|группа|цех|\bзав\.|складом|омтс|огм|рмц|manager|director|engineer|purchas|sales)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^\W{0,3}(?:[А-ЯЁA-Z][а-яёa-z]{1,20}(?:-[А-ЯЁA-Z][а-яёa-z]{1,20})?|"
    r"[А-ЯЁA-Z]\.)(?:\s?(?:[А-ЯЁA-Z][а-яёa-z]{1,20}(?:-[А-ЯЁ][а-яё]{1,20})?|[А-ЯЁA-Z]\.)){0,3}"
    r"[,.]?\s*$"
)
_GOODS = re.compile(r"\d\s?(?:шт|компл|к-т|кг\b|уп\b|пар[аы]\b|л\b|м\b|руб)", re.IGNORECASE)
_RULE = re.compile(r"^\s{0,3}[-_–—*=]{4,}\s{0,3}$")
_LEADING_NAME = re.compile(
    r"^\W{0,3}(?:[А-ЯЁ][а-яё]{1,20}|[А-ЯЁ]\.)(?:\s?(?:[А-ЯЁ][а-яё]{1,20}|[А-ЯЁ]\.)){0,2}\s?(?:[,;(–—-]|(?=\+?\d))"
)
_COMMON_WORD = re.compile(r"\b[а-яё]{4,}\b")
_NAMES = r"(?:[А-ЯЁ][а-яё]{1,20}(?:-[А-ЯЁ][а-яё]{1,20})?)"
_TWO_NAMES = (
    rf"(?:{_NAMES}(?:\s{_NAMES}){{1,2}}|{_NAMES}\s[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?|[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?\s?{_NAMES})"
)
_NAME_FIRST = re.compile(rf"^\W{{0,3}}{_TWO_NAMES}\s?[,(–—-]\s?")
_NAME_LAST = re.compile(rf"^[^,:;!?]{{2,60}}?\s{_TWO_NAMES}\s{{0,3}}[,.]?\s{{0,3}}$")
_CARD_LINES = 8
_BLOCK_LINES = 16
_OPENINGS = 100  # delimiters and sign-offs that are looked into
_CARD_LINE = 110


def split(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """The author's lines and those of the signature, footers and notices, each in order."""
    author, taken = _without_marked(lines)
    author, footers = notices.without_footers(author)
    author, legal = notices.without_notices(author)
    author, block = _without_block(author)
    return author, [*block, *taken, *footers, *legal]


def _without_marked(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Lines that the program marked as signature, unless nothing else would be left."""
    author = [line for line in lines if not line.signature]
    if not any(not line.blank and not _DELIMITER.match(line.text) for line in author):
        return lines, []
    return author, [line for line in lines if line.signature]


def _without_block(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Take off the block that a delimiter or a sign-off opens, or a business card at the end."""
    openings = 0
    for at, line in enumerate(lines):
        if not (_DELIMITER.match(line.text) or (_SIGN_OFF.match(line.text) and _signs_off(lines, at))):
            continue
        end = _block_end(lines, at + 1)
        if end is not None and _DELIMITER.match(line.text) and _goes_on(lines[end:]):
            end = None  # a rule inside a form or a table of text
        if end is not None:
            return _cut(lines, at, end)
        openings += 1
        if openings > _OPENINGS:
            break
    card = _card_start(lines)
    return (lines, []) if card is None else _cut(lines, card, len(lines))


def _goes_on(rest: list[Line]) -> bool:
    """Whether the author's text goes on behind a block: anything but a postscript."""
    following = next((line.text for line in rest if not line.blank), None)
    return following is not None and not _POSTSCRIPT.match(following)


def _cut(lines: list[Line], start: int, end: int) -> tuple[list[Line], list[Line]]:
    if start and _DELIMITER.match(lines[start - 1].text):
        start -= 1
    return [*lines[:start], *lines[end:]], lines[start:end]


def _signs_off(lines: list[Line], at: int) -> bool:
    """Whether the sign-off is short enough to be one, and a polite phrase is followed by a name or nothing."""
    text = lines[at].text.strip()
    if len(text) > 120 or lines[at].table is not None or (_PROSE_END.search(text) and len(text.split()) > 5):
        return False
    if not _POLITE.match(text):
        return True
    following = next((line.text for line in lines[at + 1 : at + 4] if not line.blank), None)
    if following is None:
        return False
    return text.endswith(",") and bool(_NAME.match(following))


def _block_end(lines: list[Line], start: int) -> int | None:
    """Behind the last line of a signature that starts here; None where what follows is no signature."""
    last, count, facts = start, 0, 0
    for at in range(start, len(lines)):
        line = lines[at]
        if line.blank:
            continue
        if _POSTSCRIPT.match(line.text):
            break
        if not _fits(line):
            return last if facts else None
        count += 1
        facts += _is_fact(line.text) or bool(_NAME.match(line.text))
        last = at + 1
        if count > _BLOCK_LINES:
            return None
    return last if count or not _RULE.match(lines[start - 1].text) else None


def _fits(line: Line) -> bool:
    """Whether a line may stand in a signature: a fact about the sender, or something short that is no sentence."""
    text = line.text.strip()
    if _GOODS.search(text):
        return False
    if _is_fact(text) or _DELIMITER.match(text) or _SIGN_OFF.match(text):
        return len(text) < 300
    return line.table is None and len(text) < _CARD_LINE and not _PROSE_END.search(text) and not text.endswith(":")


def _is_fact(text: str) -> bool:
    return bool(_CARD.search(text) or _PHONE.search(text))


def _card_start(lines: list[Line]) -> int | None:
    """The first line of a business card at the end: a name above facts, or one line of both."""
    found: int | None = None
    facts = below = 0
    for at in range(len(lines) - 1, 0, -1):
        line = lines[at]
        text = line.text.strip()
        if line.blank:
            continue
        if not below and _is_one_line_card(text):
            return at
        if below == _CARD_LINES or line.table is not None or len(text) > _CARD_LINE or not _fits(line):
            break
        starts = lines[at - 1].blank
        named = facts and _NAME.match(text) and (len(text.split()) > 1 or starts)
        if named or (starts and (facts or _is_fact(text)) and _is_signer(text)):
            found = at
        facts += _is_fact(text) or bool(_ROLE.search(text))
        below += 1
    return found if found is not None else _nameless_card(lines)


def _is_signer(text: str) -> bool:
    """A name beside what its bearer is: «Гл. бухгалтер Пономарёва С. Я.», «Тарас Бойко, директор ООО "Полимерформ"»."""
    first = _NAME_FIRST.match(text)
    if first is not None:
        rest = text[first.end() :]
        return bool(_ROLE.match(rest) or _is_fact(rest)) and len(_COMMON_WORD.findall(rest)) <= 6
    return _NAME_LAST.match(text) is not None and _ROLE.search(text) is not None and len(text.split()) <= 9


def _is_one_line_card(text: str) -> bool:
    """A line such as «Гладышев Филипп, ООО "Рубин", 8-4862-55-88-04»: name, number, hardly a common word."""
    if len(text) > 130 or not _PHONE.search(text):
        return False
    named = _LEADING_NAME.match(text)
    rest = _PHONE.sub(" ", text[named.end() :]) if named else text
    return named is not None and len(_COMMON_WORD.findall(rest)) <= 2


def _nameless_card(lines: list[Line]) -> int | None:
    """A last paragraph of nothing but a department or company and its number."""
    start = max((at for at, line in enumerate(lines) if line.blank), default=-1) + 1
    block = [line.text for line in lines[start:]]
    if start == 0 or not 2 <= len(block) <= _CARD_LINES or any(line.table is not None for line in lines[start:]):
        return None
    if any(len(text) > _CARD_LINE or _PROSE_END.search(text) or _GOODS.search(text) for text in block):
        return None
    whole = all(_is_fact(text) or _ROLE.search(text) for text in block)
    return start if whole and any(map(_PHONE.search, block)) and _CARD.search(block[0]) else None
