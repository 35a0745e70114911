"""What programs and lawyers add to a letter: footers of phones and mail programs, confidentiality notices, scanners."""

from __future__ import annotations

import re

from mailsync.reading.lines import Line

_MOBILE = re.compile(
    r"^\W{0,3}(?:отправлено\s(?:с(?:о)?\s(?:моего\s)?|из\s|через\s|от\s(?=iphone|mail))\S|sent\s(?:from|with|"
    r"via)\s\S|скачать\sbluemail|получит[ье]\soutlook|"
    r"get\soutlook\sfor|outlook\s(?:для|for)\s(?:ios|android)|скачать\soutlook|"
    r"пожалуйста,?\sизвините\sза\sкраткость|простите\sза\sкраткость|"
    r"envoyé\sde|sent\sby\smobile)",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"конфиденциальн|confidential|не\sявляетесь\s(?:его\s|её\s|надлежащим\s|предполагаемым\s|"
    r"указанным\s)?(?:адресат|получател)|"
    r"intended\s(?:only\s|solely\s)?(?:recipient|for)|прежде\sчем\s(?:распечат|печат)|"
    r"перед\s(?:тем,?\sкак\s(?:распечат|напечат)|печатью)|"
    r"consider\sthe\senvironment|берегите\s(?:природу|лес|окружающую)|подумайте\s(?:о|об)\s(?:природе|окружающей|"
    r"экологии)|"
    r"проверено\s(?:на\sвирус|антивирус)|не\sсодержит\sвирус|virus-?free|avast|checked\sby\s\w+\santivirus|"
    r"dr\.?web|kaspersky|"
    r"письмо\s(?:получено|пришло)\s(?:от\sвнешнего|извне)|external\s(?:e-?mail|sender)|внешн(?:ий|его)\sотправител|"
    r"предназначено\s(?:исключительно|только)\sдля|не\sявляется\s(?:публичной\s)?оферт",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"@|\d{2}-\d{2}|\bтел|\bинн\b", re.IGNORECASE)
_HEAD = 160  # characters of a paragraph within which a notice declares itself
_BANNER = 600


def is_footer(text: str) -> bool:
    """A line that a phone or a mail program added by itself."""
    return bool(_MOBILE.match(text[:200])) and len(text) < 120


def is_notice(text: str) -> bool:
    """A legal, ecological or virus scanner's notice: a paragraph that begins as one."""
    return bool(_NOTICE.search(text[:_HEAD]))


def without_footers(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    footers = [line for line in lines if is_footer(line.text)]
    return [line for line in lines if not is_footer(line.text)], footers


def without_notices(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Notices are whole paragraphs: at the end of the letter, or a single one above it all (put there by a gateway)."""
    paragraphs = _paragraphs(lines)
    texts = [" ".join(line.text for line in lines[start:end]) for start, end in paragraphs]
    dropped: set[int] = set()
    for position in range(len(paragraphs) - 1, 0, -1):
        if is_notice(texts[position]):
            dropped.add(position)
        elif dropped and not _CONTACT.search(texts[position]):
            break
    if len(paragraphs) > 1 and is_notice(texts[0]) and len(texts[0]) < _BANNER:
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
