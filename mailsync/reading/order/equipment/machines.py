"""Models and serial numbers brought together to machines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailsync.reading.model import Machine
from mailsync.reading.order.equipment.models import (
    folded,
    foreign_models,
    has_model_shape,
    known_model,
    soviet_tokens,
    spaced_models,
)
from mailsync.reading.order.equipment.serials import Serial, bare_serial, find_serials, several_serials
from mailsync.reading.order.wording import comparable, squeeze

_MACHINE_NOUN = (
    r"стан(?:ок|ка|ку|ком|ке|ки|ков|кам|ках|очек|очка)|ст-к\w{0,2}|пресс[а-я]{0,2}|ножниц[а-я]{0,2}"
    r"|гильотин[а-я]{1,2}|листогиб[а-я]{0,2}|обрабатывающ\w{2,3}\s{1,9}центр\w{0,2}|оц|токарник\w{0,2}"
    r"|фрезерник\w{0,2}|"
    r"сверлилк\w|полуавтомат\w{0,2}|автомат\w{0,2}(?=\s{1,3}(?:токарн|прутк|отрезн|холодновысад|резьбо|фрезерн))|оборудовани\w|модел[ьиею]\w{0,2}|мод\.?|агрегат\w{0,2}"
    r"|молот\w{0,2}|вальц\w{0,3}|трубогиб\w{0,2}|пил[аыуе]|установк\w|лазер\w{0,2}|центр\w{0,2}\s{1,9}с\s{1,9}чпу"
)
_MACHINE_ADJECTIVE = (
    r"(?:\w{2,16}-?)?(?:токарн|винторезн|фрезерн|сверлильн|шлифовальн|расточн|заточн|долб[её]жн|строгальн"
    r"|протяжн|карусельн|револьверн|отрезн|ленточнопильн|хонинговальн|резьбонарезн|координатно)\w{2,3}"
)
_FILLERS = (
    r"(?:\s{1,3}(?:с\s{1,9}чпу|чпу|модели|мод\.?|марки|типа|тип|м\.|[а-яё-]{4,26}(?:ый|ого|ому|ой|ных|ным|ные|ная"
    r"|ую|ом|ем|ие|ий)|[A-Z][A-Za-z]{1,12})){0,3}"
)
_CONTEXT_BEFORE = re.compile(rf"(?<![\w-])(?:{_MACHINE_NOUN}){_FILLERS}[\s:«\"(№–-]{{0,4}}$", re.IGNORECASE)
_ADJECTIVE_BEFORE = re.compile(
    rf"(?<![\w-])(?:{_MACHINE_ADJECTIVE})(?:\s{{1,3}}(?:модели|мод\.?))?[\s:«\"(–-]{{1,4}}$", re.IGNORECASE
)
_NO_MODEL = re.compile(
    r"(?i)\d{1,9}(?:шт|мм|м|кг|л|г|г\.в|квт|ось|х)|\d{3,5}-\d{3,5}\w{0,3}|[\dмф.,]{1,6}[хx][\dхx.,]{1,12}\w?"
    r"|\d{1,2}-\w{1,2}|\d{1,2}[а-я]?|\w{0,20}(?:\d\.){2,6}\w{0,20}|(?:19|20)\d\d\w{0,2}|\d{1,2}\.\d{1,2}\.\d{2,4}"
)
_CONTROL = re.compile(  # a machine's numerical control, not a machine
    r"(?:fanuc|mitsubishi|siemens|sinumerik|heidenhain|fagor)\s(?:\d{1,2}i|[0o][i-]|series|8[0-4]0|828|808|a\d{2}b|m[678]\d|e7\d"
    r"|mr-|i?tnc|cnc)",
    re.IGNORECASE,
)
_PURPOSE_BEFORE = re.compile(
    r"(?<![\w-])(?:для|на|к|ко|от|под|по|у|с)\s{1,9}(?:наш\w{1,3}\s{1,9}|ваш\w{1,3}\s{1,9})?[«\"]?$", re.IGNORECASE
)
_MODEL_AFTER = re.compile(
    r"^[»\"]?[\s,(]{0,3}(?:зав(?:\.|од)|сер(?:\.|ий)|з/н|s/n|машина|рмц|(?:19|20)\d{2}\s?г|с\s{1,9}чпу|инв|№\s?\d{2})",
    re.IGNORECASE,
)
_NOT_ABOUT = re.compile(
    r"(?:счет\w{0,2}|сч[её]т\w{0,2}|договор\w{0,2}|заявк\w|заказ\w{0,2}|письм\w|исх\.?|вх\.?|гост|ту|ост|din"
    r"|iso|тел\.?|цех\w{0,2}|кабинет|накладн\w{2}|упд|кп|арт\w{0,6}|инв\w{0,9}|поз\.?)\s{0,2}(?:№|N"
    r"|номер)?\s{0,2}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A model named in a text; `sure` where the words around it, or its being known, say that it is a machine."""

    model: str
    start: int
    end: int
    sure: bool


def find_mentions(text: str) -> list[Mention]:
    """Every machine named in the text, in order."""
    foreign = foreign_models(text) + spaced_models(text)
    found = [Mention(model, start, end, sure=True) for model, start, end in foreign if not _CONTROL.match(model)]
    taken = [(start, end) for _, start, end in foreign]
    for match in soviet_tokens(text):
        if any(start <= match.start() < end for start, end in taken) or not any(c.isdigit() for c in match[0]):
            continue
        mention = _soviet_mention(text, match)
        if mention is not None and not _is_corrected(text, mention):
            found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _is_corrected(text: str, mention: Mention) -> bool:
    """True for the first of «не 6Т13, а 6Т12»."""
    return text[: mention.start].lower().endswith("не ") and re.match(r",\s?а\s", text[mention.end :]) is not None


def _soviet_mention(text: str, match: re.Match[str]) -> Mention | None:
    token = match[0].rstrip(".-")
    end = match.start() + len(token)
    before = text[max(0, match.start() - 90) : match.start()]
    if _NOT_ABOUT.search(before[-24:]):
        return None
    context = _CONTEXT_BEFORE.search(before) is not None
    after = _MODEL_AFTER.match(text[end : end + 24]) is not None
    adjective = _ADJECTIVE_BEFORE.search(before) is not None
    model = _model(token, context=context or (adjective and known_model(token) is not None), after=after)
    if model is not None:
        return Mention(model, match.start(), end, sure=True)
    if token.isdigit() or not has_model_shape(token):
        return None
    sure = after or adjective or _PURPOSE_BEFORE.search(before) is not None
    return Mention(folded(token), match.start(), end, sure=sure)


def _model(token: str, *, context: bool, after: bool) -> str | None:
    """The model where the token is a known one, or stands behind the word for a machine."""
    if token.isdigit():
        return token if context and 3 <= len(token) <= 5 and (after or known_model(token)) else None
    if known_model(token):
        return folded(token)
    return _cased(token) if context and len(token) >= 3 and not _NO_MODEL.fullmatch(token) else None


def _cased(token: str) -> str:
    """A foreign designation stays Latin: it holds a Latin letter that has no Cyrillic twin."""
    return token if any(c in "DFGIJLNQRSUVWZdfgijlnqrsuvwz" for c in token) else folded(token)


def read_machines(text: str) -> list[Machine]:
    """Machines of one text: each serial number goes to the nearest model before it, else behind it."""
    mentions = [mention for mention in find_mentions(text) if mention.sure]
    serials = find_serials(text)
    known_starts = {serial.start for serial in serials}
    for mention in mentions:
        bare = bare_serial(text, mention.end)
        if bare is not None and not any(abs(start - bare.start) < 6 for start in known_starts):
            serials.append(bare)
        serials += several_serials(text, mention.end)
    serials.sort(key=lambda serial: serial.start)
    mentions = [m for m in mentions if not any(s.start < m.start < s.end for s in serials)]
    return _tied(text, mentions, serials)


def _tied(text: str, mentions: list[Mention], serials: list[Serial]) -> list[Machine]:
    owners: dict[int, list[str]] = {}
    orphans: list[str] = []
    for serial in serials:
        owner = _owner(text, mentions, serial, owners)
        if owner is None:
            orphans.append(serial.value)
        elif serial.value not in owners.setdefault(owner, []):
            owners[owner].append(serial.value)
    machines: list[Machine] = []
    for index, mention in enumerate(mentions):
        machines += [Machine(mention.model, value) for value in owners.get(index, [])] or [Machine(mention.model, None)]
    return merged([*machines, *(Machine(None, value) for value in orphans)])


def _owner(text: str, mentions: list[Mention], serial: Serial, owners: dict[int, list[str]]) -> int | None:
    before = [index for index, mention in enumerate(mentions) if mention.end <= serial.start]
    if before:
        nearest = before[-1]
        gap = text[mentions[nearest].end : serial.start]
        if len(gap) < 200 and "\n\n" not in gap:
            return nearest
    after = [index for index, mention in enumerate(mentions) if mention.start >= serial.end and index not in owners]
    if after and mentions[after[0]].start - serial.end < 80:
        return after[0]
    return before[-1] if before else None


def merged(machines: list[Machine]) -> list[Machine]:
    """Each machine once: a model without a number gives way to the same model with one."""
    kept: list[Machine] = []
    with_serial = {comparable(m.model) for m in machines if m.model and m.serial_number}
    seen: set[tuple[str, str]] = set()
    for machine in machines:
        key = (comparable(machine.model or ""), comparable(machine.serial_number or ""))
        if key in seen or (machine.serial_number is None and key[0] in with_serial):
            continue
        seen.add(key)
        kept.append(machine)
    kept = [machine for machine in kept if not _shortened(machine, kept)]
    orphans = [m for m in kept if m.model is None]
    serial_less = [m for m in kept if m.model and m.serial_number is None]
    known_serials = {comparable(m.serial_number) for m in kept if m.model and m.serial_number}
    for orphan in orphans:
        kept.remove(orphan)
        if comparable(orphan.serial_number or "") in known_serials:
            continue
        if serial_less:
            target = serial_less.pop(0)
            kept[kept.index(target)] = Machine(target.model, orphan.serial_number)
        else:
            kept.append(orphan)
    return [Machine(squeeze(m.model) if m.model else None, m.serial_number) for m in kept]


def _shortened(machine: Machine, all_machines: list[Machine]) -> bool:
    """True for «ИЖ250» in the subject where the text says «ИЖ250ИТВМ.01»."""
    key = comparable(machine.model or "")
    if machine.serial_number or len(key) < 4:
        return False
    return any(
        len(other := comparable(m.model or "")) > len(key) and other.startswith(key) and other[len(key)].isalpha()
        for m in all_machines
    )
