"""Items out of filled-in forms: «Поз. 1: Фартук / Обозначение: ... / Количество: 1 шт»."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailsync.reading.model import Item
from mailsync.reading.order.items.phrase import clean_name, read_phrase
from mailsync.reading.order.items.quantity import read_cell
from mailsync.reading.order.items.units import read_unit
from mailsync.reading.order.wording import squeeze

_FIELD = re.compile(r"^[\s•>-]{0,6}(?P<label>[№A-ZА-ЯЁa-zа-яё][\w\s.,/№()-]{0,58}?)\s{0,3}[:=]\s{0,10}(?P<value>.*)$")
_DASHED = re.compile(r"^[\s•>]{0,6}(?P<label>[A-ZА-ЯЁa-zа-яё][\w\s.№]{1,40}?)\s{1,3}[–-]\s{1,3}(?P<value>.*)$")
_NAME = re.compile(
    r"^(?:поз(?:иция|\.)?\s?№?\s?\d{1,3}|(?:наименование|название)(?:\s{1,9}(?:товара|детали|запчасти|изделия"
    r"|продукции|запасной\s{1,9}части))?(?:\s?№?\s?\d{1,3})?|(?:товар|деталь|запчасть|запасная\s{1,9}часть|изделие"
    r"|что\s{1,9}(?:нужно|требуется))(?:\s?№?\s?\d{1,3})?)$",
    re.IGNORECASE,
)
_PART = re.compile(
    r"^(?:обозначение|артикул|арт\.?|черт[её]ж\w{0,2}|каталожный\s{1,9}(?:№|номер)|кат\.?\s?(?:№|номер)"
    r"|код(?:\s{1,9}товара)?|номер\s{1,9}(?:детали|чертежа|по\s{1,9}каталогу)|гост|№\s?чертежа"
    r"|sku)(?:\s?/.{0,30})?(?:\s?№?\s?\d{1,3})?$",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"^(?:кол(?:ичество|-?\s?во|\.)|к-во|qty|штук|число|сколько)(?:[,(\s]{1,3}\w{1,6}[.)]{0,2})?(?:\s?№?\s?\d{1,3})?$",
    re.IGNORECASE,
)
_UNIT = re.compile(r"^(?:ед(?:иница|\.)?\s?(?:изм\w{0,8}\.?)?)$", re.IGNORECASE)
_NONE = re.compile(r"^[\s\-–—_.]*$|^нет$", re.IGNORECASE)


@dataclass(slots=True)
class _Draft:
    name: str
    part: str | None = None
    quantity: str = ""
    unit: str = ""
    fragment: str = ""


def read_form(text: str, source: str) -> tuple[list[Item], set[int]]:
    """The items of a form and the numbers of the lines that they took."""
    drafts: list[_Draft] = []
    pending: list[int] = []
    ahead: str | None = None
    taken: set[int] = set()
    for number, line in enumerate(text.split("\n")):
        match = (_FIELD.match(line) or _DASHED.match(line)) if len(line) < 400 else None
        if match is None:
            continue
        label, value = squeeze(match["label"]), match["value"].strip()
        if _NAME.match(label) and value and not _NONE.match(value):
            drafts.append(_Draft(value, part=ahead, fragment=squeeze(line)))
            pending.append(number)
            ahead = None
        elif _PART.match(label):
            part = None if _NONE.match(value) else value
            if drafts and drafts[-1].part is None and not drafts[-1].quantity:
                drafts[-1].part = part
            else:
                ahead = part  # «Артикул, Товар, Сколько»: the number comes first
            pending.append(number)
        elif drafts and _QUANTITY.match(label):
            drafts[-1].quantity = value
            pending.append(number)
        elif drafts and _UNIT.match(label):
            drafts[-1].unit = value
            pending.append(number)
    filled = [draft for draft in drafts if draft.quantity or draft.part or len(drafts) > 1]
    if filled:
        taken.update(pending)
    return [item for draft in filled if (item := _item(draft, source)) is not None], taken


def _item(draft: _Draft, source: str) -> Item | None:
    phrase = read_phrase(draft.name, listed=False)
    if phrase is None:
        return None
    quantity = read_cell(draft.quantity) if draft.quantity else None
    value = quantity.value if quantity else phrase.quantity or 1.0
    unit = read_unit(draft.unit) or (quantity.unit if quantity else phrase.unit)
    part = draft.part or phrase.part_number
    name = (
        clean_name(draft.name)
        if draft.part and draft.part.lower() not in draft.name.lower() and phrase.quantity is None
        else phrase.name
    )
    return Item(name, part, value, unit or "шт", 0.95, draft.fragment, source)
