"""Catalogue, drawing, bearing and ГОСТ numbers inside the words of an item.

A code beats a standard: in «Подшипник 2-46120Л ГОСТ 831-75» the bearing is ordered by 2-46120Л. Sizes, powers, steel
and carbide grades, threads and the marks of oils are part of the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailsync.reading.order.equipment.models import known_model
from mailsync.reading.order.items.goods import misspelt
from mailsync.reading.order.lemmas import lemmas
from mailsync.reading.order.wording import to_cyrillic

_LABELLED = re.compile(
    r"(?:(?<![\wа-яё])(?:арт(?:икул\w{0,2})?|кат(?:алож\w{0,4}|алог\w{0,2})?|черт[её]?ж?\w{0,2}"
    r"|обозн(?:ачени\w{1,2})?|код(?:\s(?:товара|детали|заказа|изделия))?|парт(?:ия|\.)?\s?номер|п/н|P\s?/\s?N"
    r"|PN|part\s?(?:no|number|num)|"
    r"ref|реф\w{0,7}|номер\s{1,9}(?:детали|по\s{1,9}каталогу|чертежа)|ID|SKU|OEM|order\s?(?:code|no)|заказной"
    r"|дет(?:аль|\.)?)(?![а-яёa-z])\.?)"
    r"\s{0,2}(?:(?:№|N[o°º]?\.?|номер|код"
    r"|#)\s{0,2})?[:.=–-]?\s{0,2}(?P<value>(?=[^\s]{0,30}\d)[\wА-Яа-яё][\w./\-()]{1,39}(?:\s(?=\d{3,}[-.\d])[\w./-]{2,20})?)",
    re.IGNORECASE,
)
_STANDARD = re.compile(
    r"(?<![\wА-Яа-я])(?P<value>(?:ГОСТ|GOST|ОСТ|ТУ|DIN|ISO|СТП|СТО|МН|РСТ|EN|ANSI|JIS)\s?(?:Р\s|Р(?=\d)|ИСО\s"
    r"|ISO\s|EN\s|R\s)?\s?[\dА-ЯA-Z]{1,4}[\d.А-ЯA-Z]{0,16}(?:[.\-–/]\d{1,12}){0,5})",
)
_INSERT = re.compile(
    r"(?<![\w-])(?P<value>[A-ZСВМТАРКНЕОХ]{4}[ -]?\d{4,6}[A-ZА-Я]{0,4}(?:[ -][A-Z]{2,4}\d?)?)(?![\w-])"
)
_HOLDER = re.compile(r"(?<![\w-])(?P<value>[A-Z]{4,5}[ -]?[RLN]?[ ]?\d{4}[A-Z]\d{2}(?:-[A-Z\d]{1,4})?)(?![\w])")
_SIEMENS = re.compile(
    r"(?<![\w-])(?P<value>6[A-Z]{2}\d[ ]?\d{3}-\d[A-Z0-9]{4}(?:-[A-Z0-9]{4})?"
    r"|A\d{2}B-\d{4}-[A-Z]\d{3}(?:#\w{1,6})?)(?![\w-])"
)
_TOKEN = re.compile(
    r"(?<![\w.,/()-])\w[\w./\-,]{0,38}(?:\([А-ЯA-Z]\)[\w./-]{0,30})?(?:(?<=\d{4})\s[ПНАВ](?![\w.])"
    r"|(?<=\d{3})\sСБ(?!\w))?"
)
_IN_BRACKETS = re.compile(r"\((?P<value>\w[\w./-]{3,38})\)")
_SIZE = re.compile(
    r"""(?xi)
    (?:[фd⌀øl]|м(?=\d))?\d+(?:[.,]\d+)?(?:[хx*/](?:м)?\d+(?:[.,]\d+)?)+(?:[а-я]{1,3}|lh|rh)?  # 25х16, М16х60
    | [фd⌀ørlzmhbsнв]\s?=?\d+(?:[.,]\d+)?(?:[а-я]{1,2}|[hkmn]\d)?                            # ф22, z=45, L200, d50h7
    | [мm]\d{1,3}(?:[-.,]\d{1,2}[ghgн]?)?                                                  # М16, М12-6g
    | (?:tr|трап|g|rc|к|npt)\d{1,3}(?:[/х]\d{1,3})?                                        # Tr40, G1/2
    | \d+(?:[.,]\d+)?(?:мм|см|м|квт|вт|в|а|гц|об|кг|г|л|т|н|нм
       |шт|компл|к|кгс|мпа|бар|bar|v|w|kw|mm|град|°)?(?:\.|/мин)?  # 11кВт, 380В
    | \d{1,3}(?:[.,]\d+)?-\d{1,3}(?:[.,]\d+)?(?:мм|м|кг|в|а|т|л)?                   # 10-16
    | \d+-?(?:х|ой|ый|ая|ти|и|й|го|м|мя|ех|ух|хстор|кул|гран|лап)\w{0,6}                    # 3-х, 5-ти
    | ip\d{2} | ral\d{4} | (?:км|мк|морзе|конус|bt|sk|hsk|iso|cat|vdi|рмц|рмс)-?[1-9]\d{0,3}[a-z]?      # КМ5, BT40
    | \d+(?:[.,]\d)?[хx*]\d+-\d+                                                          # 8.5х8-850
    | \d[.,]\d-\d+[хx*]\d+(?:[хx*]\d+)?                                                   # 1.2-80х105
    | №?\d{1,2}(?:а|б|в)? | (?:19|20)\d\d
    """
)
_GRADE = re.compile(
    r"(?i)(?:[тt]\d{1,2}[кk]\d{1,2}|тт\d{1,2}к\d{1,2}|[вb][кk]\d{1,2}-?(?:м|ом|в)?|[рp](?:6[мm]5(?:[кk]5|ф3)?"
    r"|18|9(?:[кk]\d{1,2})?|6[мm]3|12)|\d{0,3}(?:х|хг|хв|хн|хм|н|г|м|ю|а|т|с|ф|в"
    r"|б){1,2}\d{0,2}(?:[хнгмюатсфвбдр]\d{0,2}){0,5}"
    r"|ст\.?\d{1,2}(?:сп|пс|кп)?|[уy]\d{1,2}[аa]?|бр[а-я]{1,4}\d[\d-]{0,6}|сч\d{2}|вч\d{2}|д16т?|амг\d"
    r"|[hk]ss(?:-?[ec]o?\d?)?|hrc\d{2}|[аa]\d{3}(?:hv)?|лс59-?1|14[аa]\d{0,3}|2[45][аa]\d{0,3}"
    r"|6[34][сc]\d{0,3})"
)
_WEAK_HEADS = frozenset(
    "масло смазка литол солидол жидкость эмульсия сож паста краска лак грунт кабель провод лента труба круг "
    "лист пруток проволока шланг рукав электрод шестигранник полоса уголок швеллер винт болт гайка шайба "
    "саморез шпилька гвоздь "
    "электродвигатель преобразователь станок пресс лампа светильник предохранитель ключ".split()
)
_SPACED_CODE = re.compile(
    r"(?<![\w-])(?!(?:РМЦ|КМ|МК|ГОСТ|ОСТ|ТУ|DIN|ISO|EN|ER|BT|SK|HSK|ЧПУ|УЦИ|СОЖ|КПП|ТО|RAL|IP|HRC|HB|NEMA|ВАЗ"
    r"|ГАЗ|УАЗ|КАМАЗ|ШВП|МП|ПП|SINO|ИНН)\s)"
    r"(?P<value>[А-ЯA-Z]{1,4}[а-я]?\s(?=\S{0,12}\d)\d{2,4}[-./]\d{1,3}[А-ЯA-Z]{0,2}\d?)(?![\w.]|\s?мм|[хx*])"
)
_BEARING_HEADS = frozenset("подшипник подшипников".split())
_MACHINE_HEADS = frozenset("станок пресс ножницы полуавтомат гильотина молот листогиб пила машина вальцы".split())


@dataclass(frozen=True, slots=True)
class PartNumber:
    """A number as written and where it stands; `spans` also covers its label."""

    value: str
    start: int
    end: int


def find_part_number(text: str, head: str = "") -> PartNumber | None:
    """The number by which the item is ordered; `head` is the lemma of the item's first noun."""
    if labelled := _labelled(text):
        return labelled
    if head in _MACHINE_HEADS:
        return None
    standard = _STANDARD.search(text)
    masked = (
        text
        if standard is None
        else text[: standard.start()] + " " * (standard.end() - standard.start()) + text[standard.end() :]
    )
    for pattern in (_SIEMENS, _HOLDER, _INSERT, _SPACED_CODE):
        if match := pattern.search(masked):
            return PartNumber(match["value"], match.start(), match.end())
    if code := _code(masked, head, weak_ok=standard is None):
        return code
    if bracketed := _bracketed(masked, head):
        return bracketed
    if standard is not None:
        return PartNumber(standard["value"].strip(" -–"), standard.start(), standard.end())
    return None


def named_by_standard(value: str) -> str:
    """What a number alone names by its system: an insert (ISO 1832), a tool holder (ISO 5608); "" for none."""
    if _INSERT.fullmatch(value):
        return "Пластина"
    return "Державка" if _HOLDER.fullmatch(value) else ""


def standard_span(text: str) -> tuple[int, int] | None:
    """Where a standard stands that is not itself the part number."""
    match = _STANDARD.search(text)
    return (match.start(), match.end()) if match else None


def _labelled(text: str) -> PartNumber | None:
    match = _LABELLED.search(text)
    if match is None:
        return None
    value = match["value"].rstrip(".,;:/-")
    if value.count("(") < value.count(")"):
        value = value.rstrip(")")
    return PartNumber(value, match.start(), match.start("value") + len(value)) if len(value) > 1 else None


def _code(text: str, head: str, *, weak_ok: bool) -> PartNumber | None:
    """The strongest code-like token: drawing numbers before catalogue codes before bare digits."""
    graded: list[tuple[int, PartNumber]] = []
    for match in _TOKEN.finditer(text):
        token = match[0].rstrip(".,;:/-")
        strength = _strength(token, head, text[: match.start()])
        if strength > (1 if not weak_ok else 0):
            graded.append((strength, PartNumber(token, match.start(), match.start() + len(token))))
    if not graded:
        return None
    return max(graded, key=lambda entry: entry[0])[1]


def _strength(token: str, head: str, before: str) -> int:
    """0: no part number; 1: a mark that may as well belong to the name; 2: a code; 3: a drawing number."""
    digits = sum(c.isdigit() for c in token)
    if re.fullmatch(r"\d{2,3}-ФЗ", token):
        return 0  # a law
    catalogued = token.isdigit() and len(token) >= 6
    if digits < 2 or (_SIZE.fullmatch(token) and not catalogued and not _is_bearing(token, head)):
        return 0
    if _GRADE.fullmatch(token) or known_model(token):
        return 0
    if (
        re.search(
            r"(?i)(?:ф|диам\w*|d|l|длин\w*|размер\w*|рмц|z|m|модул\w*|класс\w*|точност\w*|тип\w*|от|до|на)\s?[=.]?\s?$",
            before,
        )
        and token.isdigit()
    ):
        return 0
    if re.fullmatch(r"\d{1,2}\.\d{1,2}\.(?:\d{2}|\d{4})", token):
        return 0  # a date
    if re.fullmatch(r"(?:\w{1,8}\.)+[\dА-Яа-яA-Za-z]{2,8}(?:-\d{1,3}\w?)?(?:/\d{1,3})?", token) and digits >= 4:
        return 3
    if head in _WEAK_HEADS and not re.fullmatch(r"\d{3,}[-.]\d{3,}.*", token):
        return 0
    if token.isdigit():
        return 2 if len(token) >= 5 or (_is_bearing(token, head) and len(token) >= 3) else 0
    if re.fullmatch(r"\d{3,5}-\d{3,5}.{0,6}|\d{1,3}-\d{5,8}\w{0,3}\d?", token):
        return 3
    letters = sum(c.isalpha() for c in token)
    if re.search(r"[a-zа-яё]{4}", token) and digits < 3:
        return 0
    if letters and digits >= 2 and not re.fullmatch(r"(?i)[а-яё]+\d?", token):
        return (
            2
            if digits >= 3 or "-" in token or re.fullmatch(r"[А-ЯA-Z]{1,5}\d{2,}[А-ЯA-Z\d]*", to_cyrillic(token))
            else 1
        )
    return 1 if "-" in token and digits >= 4 else 0


def _bracketed(text: str, head: str) -> PartNumber | None:
    """A drawing or catalogue number that stands alone in brackets behind the name: «кулачки (7100-0011.03)»."""
    for match in _IN_BRACKETS.finditer(text):
        if _strength(match["value"], head, text[: match.start()]) >= 2:
            return PartNumber(match["value"], match.start(), match.end())
    return None


def _is_bearing(token: str, head: str) -> bool:
    return head in _BEARING_HEADS and re.fullmatch(r"\d{3,8}|\d{0,3}-?\d{3,7}\w{0,4}", token) is not None


def head_noun(words: list[str]) -> str:
    """The lemma of the first noun of an item's words ("" for none)."""
    for word in words[:6]:
        found = lemmas(word) | {misspelt(word.lower())}
        for known in (*_BEARING_HEADS, *_MACHINE_HEADS, *_WEAK_HEADS):
            if known in found:
                return known
        if word[:1].isalpha() and len(word) > 2:
            break
    return ""
