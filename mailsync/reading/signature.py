"""Where the author's words end and the signature begins: delimiters, sign-offs, business cards, footers, notices.

Each rule errs towards keeping: what does not look like a signature stays the author's.
"""

from __future__ import annotations

import re

from mailsync.reading.lines import Line

_DELIMITER = re.compile(r"^\s{0,3}(?:--|—|–|-{2,40}|_{2,40}|–{2,40}|—{2,40}|\*{3,40}|={3,40})\s{0,3}$")
_SIGN_OFF = re.compile(
    r"^\W{0,3}(?:с\s(?:(?:глубоким|огромным|большим|искренним|безграничным|неизменным)\s)?(?:уважением|наилучшими|почтением|благодарностью|"
    r"надеждой на|приветом|теплом|пожеланиями|добрыми пожеланиями|ув(?:аж)?\.)|с\sув\b|заранее\s(?:спасибо|благодар|признател)|искренне\sваш|"
    r"всего\s(?:доброго|хорошего|наилучшего)|хорошего\s(?:дня|вечера|настроения)|доброго\sдня\sи|удачного\sдня|спасибо,|благодарю,|"
    r"с\sнами\sнадежно|до\sсвидания|best\s(?:regards|wishes)|kind\sregards|regards|sincerely|yours\s(?:sincerely|faithfully|truly)|"
    r"many\sthanks,|thanks,|thank\syou,|br,|cheers|mit\sfreundlichen)",
    re.IGNORECASE,
)
# A sign-off that is also a word to the reader is believed only where a name follows.
_POLITE = re.compile(r"^\W{0,3}(?:заранее|спасибо|благодар|хорошего|всего|удачного|до\sсвидания|thank|many|cheers)", re.IGNORECASE)
_PROSE_END = re.compile(r"[?!]\s*$|[а-яё]\.\s*$")
_POSTSCRIPT = re.compile(r"^\W{0,3}(?:p\.?\s?p?\.?\s?s\b|з\.?\s?ы\b|постскриптум|п\.?\s?с\.)", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+?\d[\s\-().]{0,3}){6,14}\d")
_CARD = re.compile(
    r"(?:\bтел\b|\bт\.|телефон|\bмоб|\bсот\b|\bфакс|\bдоб\b|\bвн\.|e-?mail|почта|\bskype|telegram|телеграм|\bтг\b|whatsapp|viber|\bwww\.|"
    r"https?://|@|\bинн\b|\bкпп\b|\bогрн|\b(?:ооо|оао|зао|пао|ао|нао|ип|фгуп|муп|гуп|тоо|оаo|ltd|llc|gmbh)\b|\bадрес|\bг\.\s|\bул\.|\bобл\.)",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:менеджер|директор|инженер|механик|энергетик|начальник|специалист|снабжен|закупк|отдел|бухгалтер|технолог|мастер|руководител|"
    r"заместител|\bзам\b|главный|ведущий|логист|секретар|кладовщик|экономист|юрист|наладчик|токарь|фрезеровщик|слесар|помощник|ассистент|"
    r"председател|президент|служба|группа|цех|омтс|огм|рмц|manager|director|engineer|purchas|sales)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^\W{0,3}(?:[А-ЯЁA-Z][а-яёa-z]{1,20}(?:-[А-ЯЁA-Z][а-яёa-z]{1,20})?|[А-ЯЁA-Z]\.)(?:\s?(?:[А-ЯЁA-Z][а-яёa-z]{1,20}(?:-[А-ЯЁ][а-яё]{1,20})?|[А-ЯЁA-Z]\.)){0,3}"
    r"[,.]?\s*$"
)
_MOBILE = re.compile(
    r"^\W{0,3}(?:отправлено\s(?:с(?:о)?\s(?:моего\s)?|из\s|через\s|от\s(?=iphone|mail))\S|sent\s(?:from|with|via)\s\S|скачать\sbluemail|получит[ье]\soutlook|"
    r"get\soutlook\sfor|outlook\s(?:для|for)\s(?:ios|android)|скачать\soutlook|пожалуйста,?\sизвините\sза\sкраткость|простите\sза\sкраткость|"
    r"envoyé\sde|sent\sby\smobile)",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"конфиденциальн|confidential|не\sявляетесь\s(?:его\s|её\s|надлежащим\s|предполагаемым\s|указанным\s)?(?:адресат|получател)|"
    r"intended\s(?:only\s|solely\s)?(?:recipient|for)|прежде\sчем\s(?:распечат|печат)|перед\s(?:тем,?\sкак\s(?:распечат|напечат)|печатью)|"
    r"consider\sthe\senvironment|берегите\s(?:природу|лес|окружающую)|подумайте\s(?:о|об)\s(?:природе|окружающей|экологии)|"
    r"проверено\s(?:на\sвирус|антивирус)|не\sсодержит\sвирус|virus-?free|avast|checked\sby\s\w+\santivirus|dr\.?web|kaspersky|"
    r"письмо\s(?:получено|пришло)\s(?:от\sвнешнего|извне)|external\s(?:e-?mail|sender)|внешн(?:ий|его)\sотправител|"
    r"предназначено\s(?:исключительно|только)\sдля|не\sявляется\s(?:публичной\s)?оферт",
    re.IGNORECASE,
)
_BLOCK_LINES = 16
_CARD_LINE = 110


def is_footer(text: str) -> bool:
    """A line that a phone or a mail program added by itself."""
    return bool(_MOBILE.match(text[:200])) and len(text) < 120


def is_notice(text: str) -> bool:
    """A legal, ecological or virus scanner's notice."""
    return bool(_NOTICE.search(text[:3_000]))


def split(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """The author's lines and those of the signature, footers and notices, each in order."""
    author, taken = _without_marked(lines)
    author, footers = _without_footers(author)
    author, notices = _without_notices(author)
    author, block = _without_block(author)
    return author, [*block, *taken, *footers, *notices]


def _without_marked(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Lines that the program marked as signature, unless nothing else would be left."""
    author = [line for line in lines if not line.signature]
    if not any(not line.blank and not _DELIMITER.match(line.text) for line in author):
        return lines, []
    return author, [line for line in lines if line.signature]


def _without_footers(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    footers = [line for line in lines if is_footer(line.text)]
    return [line for line in lines if not is_footer(line.text)], footers


def _without_notices(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Notices are whole paragraphs: at the end of the letter, or a single one above it all (put there by a gateway)."""
    paragraphs = _paragraphs(lines)
    texts = [" ".join(line.text for line in lines[start:end]) for start, end in paragraphs]
    dropped: set[int] = set()
    for position in range(len(paragraphs) - 1, 0, -1):
        if is_notice(texts[position]) and not _NAME.match(texts[position]):
            dropped.add(position)
        elif dropped and not _CARD.search(texts[position]):
            break
    if len(paragraphs) > 1 and is_notice(texts[0]) and len(texts[0]) < 600:
        dropped.add(0)
    gone = {at for position in dropped for at in range(*paragraphs[position])}
    return [line for at, line in enumerate(lines) if at not in gone], [lines[at] for at in sorted(gone)]


def _paragraphs(lines: list[Line]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start: int | None = None
    for at, line in enumerate([*lines, Line("")]):
        if line.blank and start is not None:
            found.append((start, at))
            start = None
        elif not line.blank and start is None:
            start = at
    return found


def _without_block(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Take off the block that a delimiter or a sign-off opens, or a business card at the end."""
    for at, line in enumerate(lines):
        if _DELIMITER.match(line.text) and (end := _block_end(lines, at + 1)) is not None:
            return _cut(lines, at, end)
        if _SIGN_OFF.match(line.text) and _signs_off(lines, at) and (end := _block_end(lines, at + 1)) is not None:
            return _cut(lines, at, end)
    at = _card_start(lines)
    return (lines, []) if at is None else _cut(lines, at, len(lines))


def _cut(lines: list[Line], start: int, end: int) -> tuple[list[Line], list[Line]]:
    if start and _DELIMITER.match(lines[start - 1].text):
        start -= 1
    return [*lines[:start], *lines[end:]], lines[start:end]


def _signs_off(lines: list[Line], at: int) -> bool:
    """Whether the sign-off is short enough to be one, and a polite phrase is followed by a name or nothing."""
    text = lines[at].text.strip()
    if len(text) > 120 or lines[at].table is not None:
        return False
    if not _POLITE.match(text):
        return True
    following = next((line.text for line in lines[at + 1 : at + 4] if not line.blank), None)
    if following is None:
        return False
    return text.endswith(",") and bool(_NAME.match(following))


def _block_end(lines: list[Line], start: int) -> int | None:
    """Behind the last line of a signature that starts here; None where what follows is no signature."""
    last = start
    count = 0
    for at in range(start, len(lines)):
        line = lines[at]
        if line.blank:
            continue
        if _POSTSCRIPT.match(line.text):
            break
        if not _fits_signature(line):
            return last if count else None
        count += 1
        last = at + 1
        if count > _BLOCK_LINES:
            return None
    return last


def _fits_signature(line: Line) -> bool:
    text = line.text.strip()
    if line.table is not None:
        return bool(_CARD.search(text) or _PHONE.search(text))
    if _DELIMITER.match(text) or _SIGN_OFF.match(text) or _CARD.search(text) or _PHONE.search(text):
        return len(text) < 300
    return len(text) < _CARD_LINE and not _PROSE_END.search(text)


def _card_start(lines: list[Line]) -> int | None:
    """The first line of a last paragraph that is a person's name over a company, a post or a number."""
    end = len(lines)
    while end and lines[end - 1].blank:
        end -= 1
    start = end
    while start and not lines[start - 1].blank and end - start < 9:
        start -= 1
    block = [line.text.strip() for line in lines[start:end]]
    if start == 0 or not 2 <= len(block) <= 8 or any(line.table is not None for line in lines[start:end]):
        return None
    if any(len(text) > 90 or _PROSE_END.search(text) for text in block):
        return None
    facts = sum(bool(_CARD.search(text) or _PHONE.search(text) or _ROLE.search(text)) for text in block)
    named = bool(_NAME.match(block[0])) and len(block[0].split()) <= 4
    if named and facts:
        return start
    return start if facts == len(block) and any(map(_PHONE.search, block)) and _CARD.search(block[0]) else None
