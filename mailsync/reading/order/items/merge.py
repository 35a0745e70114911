"""The same rows in text and file are counted once."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from mailsync.reading.model import Item
from mailsync.reading.order.items.goods import GENERIC, GENERIC_ALONE
from mailsync.reading.order.lemmas import has_part, lemma, lemmas
from mailsync.reading.order.wording import comparable

_ALIKE = 0.8
_EXACT = 0.8
_MACHINES = frozenset(
    "станок пресс ножницы полуавтомат гильотина молот листогиб листогибка обрабатывающий обрабатывать пила трубогиб "
    "токарный фрезерный".split()
)


_KIND = re.compile(  # «консольно-фрезерный 6Т13»: the machine's kind stands for the machine
    r"(?:токарн|винторезн|фрезерн|сверлильн|шлифовальн|расточн|заточн|долб[её]жн|строгальн|карусельн|револьверн|отрезн)\w{2,3}$"
)


def merged_items(sources: list[list[Item]]) -> list[Item]:
    """Items of several sources in order; within one source every line stands, across sources each item once."""
    kept: list[Item] = []
    for items in sources:
        known = list(kept)
        for item in items:
            twin = next((other for other in known if same_item(item, other)), None)
            if twin is None:
                kept.append(item)
            else:
                known.remove(twin)
                kept[kept.index(twin)] = _fuller(twin, item)
    return kept


def without_vague(items: list[Item]) -> list[Item]:
    """The items without those that are only named («патрон берём») and stand elsewhere with number or quantity."""
    heads = [lemma(item.name.split()[0]) if item.name.split() else "" for item in items]
    listed = sum(item.confidence >= _EXACT for item in items) > 1
    exact = {head for head, item in zip(heads, items, strict=True) if item.part_number or item.confidence >= _EXACT}
    parts = any(not is_machine(item) for item in items)
    return [
        item
        for head, item in zip(heads, items, strict=True)
        if item.confidence >= _EXACT
        or (
            (item.part_number or head not in exact)
            and not (parts and is_machine(item))
            and not (listed and head in GENERIC | GENERIC_ALONE and not item.part_number)
        )
    ]


def is_machine(item: Item) -> bool:
    """True where the item is a machine itself, not a part of one."""
    return names_machine(item.name)


def names_machine(name: str) -> bool:
    """True where a name is a machine's, not that of a part."""
    kind = False
    for word in name.replace(":", " ").split()[:4]:
        if lemmas(word) & _MACHINES or (kind and any(c.isdigit() for c in word)):
            return True
        kind = kind or _KIND.search(word.lower()) is not None
        if not has_part(word, "ADJF", "PRTF"):
            return False
    return False


def same_item(left: Item, right: Item) -> bool:
    """True where two readings mean one ordered thing."""
    left_part, right_part = comparable(left.part_number or ""), comparable(right.part_number or "")
    left_name, right_name = comparable(left.name), comparable(right.name)
    if left_part and right_part:
        return left_part == right_part
    if (left_part and left_part in right_name) or (right_part and right_part in left_name):
        return True
    if left_name == right_name:
        return True
    return (
        left.quantity == right.quantity
        and SequenceMatcher(None, left_name, right_name, autojunk=False).ratio() >= _ALIKE
    )


def _fuller(first: Item, second: Item) -> Item:
    """The reading with the part number, else with the surer quantity; the place of the first is kept by the caller."""
    if second.part_number and not first.part_number:
        return second
    return second if second.confidence > first.confidence and second.part_number == first.part_number else first
