"""Items out of the running text of a letter."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from mailsync.reading.model import Item, Machine, Table
from mailsync.reading.order.contact.company import company_spans
from mailsync.reading.order.contact.people import people_in
from mailsync.reading.order.items.asking_words import lone_quantity, without_asking
from mailsync.reading.order.items.blocks import Block, Shape, paragraphs, split_blocks
from mailsync.reading.order.items.distribution import each_thing
from mailsync.reading.order.items.forms import read_form
from mailsync.reading.order.items.goods import NOT_GOODS, has_verb, heading_noun, is_generic, noun_head
from mailsync.reading.order.items.intent import asks, mentions, refuses, states_terms, without_replaced
from mailsync.reading.order.items.merge import without_vague
from mailsync.reading.order.items.phrase import Phrase, has_marker, read_phrase, strip_marker
from mailsync.reading.order.items.quantity import each_of, find_quantities
from mailsync.reading.order.items.sentence_ends import split_sentences
from mailsync.reading.order.items.sentences import Candidate, read_sentence
from mailsync.reading.order.items.tables import read_table
from mailsync.reading.order.items.text_rows import rows_of
from mailsync.reading.order.items.unfolding import unfolded_columns
from mailsync.reading.order.wording import comparable

_NO_GOODS_LINE = re.compile(
    r"(?<![\wа-яё])(?:инн|кпп|огрн\w{0,2}|бик|р/с|к/с|тел\.?|телефон|факс|e-?mail|адрес|доставк\w|самовывоз"
    r"|оплат\w|отсрочк\w|предоплат\w|гарантия|срок\w{0,2}\s{1,9}(?:поставки|действия|изготовления)|итого|всего"
    r"|цен[аы]\s{1,9}(?:с|без)|сот\.|моб\.|раб\.|р\.\s?т\.|т\.\s?р\.|услови\w|через\s{1,9}тк|отправк\w|www|http)(?![\wа-яё])|@",
    re.IGNORECASE,
)
_REFUSING_HEADING = re.compile(
    r"(?i)не\s{1,9}(?:нужн|заказыва|включа(?:ть|йте|ем)|требу)|ранее\s{1,9}(?:покупал|заказыв|брал)|уже\s{1,9}(?:получ|купл|заказ)"
    r"|предлагал|было\s{1,9}поставлено|в\s{1,9}наличии\s{1,9}имеется"
)


_NAMED = re.compile(r"[а-яёa-z]{4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextFinding:
    """Items of a text, machines of its tables, and whether something in it asks or refuses."""

    items: tuple[Item, ...] = ()
    machines: tuple[Machine, ...] = ()
    form: bool = False
    explicit: int = 0


def read_text(text: str, source: str = "text", *, asked: bool = False) -> TextFinding:
    """Everything that a text orders, in order; each item with the words it was read from."""
    text = unfolded_columns(text)
    form_items, taken = read_form(text, source)
    if taken:
        text = "\n".join("" if number in taken else line for number, line in enumerate(text.split("\n")))
    items: list[Item] = list(form_items)
    machines: list[Machine] = []
    explicit = len(form_items)
    wanted = asked
    asked = asked or asks(text)
    previous = ""
    for block in split_blocks(text):
        if block.shape is Shape.ROWS:
            table = read_table(Table(rows_of(block.lines), source), asked=asked)
            items += table.items
            machines += table.machines
            explicit += len(table.items)
            if not table.items and not table.machines:
                items += _list_items(Block(Shape.LIST, block.lines, block.heading or previous), source)
        elif block.shape is Shape.LIST:
            found = _list_items(block, source)
            noun = comparable(heading_noun(block.heading))
            served = noun and any(comparable(item.name).startswith(noun) for item in found)
            if served and items and comparable(items[-1].name) == noun:
                items.pop()  # the heading announced these lines, it orders nothing more
            items += found
            explicit += sum(item.confidence >= 0.8 for item in found)
        else:
            found, previous = _prose_items(block, source, wanted=wanted)
            items += found
            explicit += sum(item.confidence >= 0.7 for item in found)
    items = without_vague(items)
    return TextFinding(tuple(items), tuple(machines), form=bool(form_items), explicit=explicit)


def _list_items(block: Block, source: str) -> list[Item]:
    if _REFUSING_HEADING.search(block.heading):
        return []
    items: list[Item] = []
    counted = block.heading.endswith(":") and any(find_quantities(line) for line in block.lines)
    wanted = asks(block.heading) or block.marked or counted
    noun = heading_noun(block.heading)
    each = each_of(block.heading)
    for line in block.lines:
        if refuses(line):
            continue
        words = strip_marker(line) if has_marker(line) else line
        for thing in each_thing(without_asking(without_replaced(words))):
            phrase = read_phrase(f"{noun} {thing}" if noun and not _NAMED.search(thing) else thing, listed=True)
            if phrase is None or not _is_line_item(phrase, thing, wanted=wanted, marked=block.marked):
                continue
            if each is not None and phrase.quantity is None:
                phrase = dataclasses.replace(phrase, quantity=each.value, unit=each.unit, explicit=True)
            items.append(_item(phrase, source, 0.9 if phrase.explicit else 0.75))
    return items


def _is_line_item(phrase: Phrase, line: str, *, wanted: bool, marked: bool) -> bool:
    if _NO_GOODS_LINE.search(line) and not (phrase.explicit and phrase.part_number):
        return False
    if people_in(line)[:1] and people_in(line)[0].strength >= 2 and phrase.part_number is None:
        return False
    if not phrase.explicit and (line.rstrip().endswith("?") or has_verb(line)):
        return False
    if len(phrase.name.split()) > 22 or (company_spans(line) and not phrase.part_number):
        return False
    head = noun_head(phrase.name.split())
    if head is not None and ((head[0] in NOT_GOODS and not head[1]) or is_generic(head[0], phrase.name)):
        return phrase.part_number is not None and phrase.explicit
    known = head is not None and head[1] and phrase.part_number is not None
    if phrase.quantity is not None and (phrase.explicit or wanted or known):
        return head is not None or phrase.part_number is not None or phrase.explicit
    if mentions(line) or states_terms(line):
        return False
    if head is None:
        return phrase.part_number is not None and wanted
    return wanted and (head[1] or phrase.part_number is not None or (marked and len(phrase.name.split()) <= 8))


def _prose_items(block: Block, source: str, *, wanted: bool) -> tuple[list[Item], str]:
    items: list[Item] = []
    last = ""
    for paragraph in paragraphs(block):
        before: list[Candidate] = []
        for sentence in split_sentences(paragraph):
            figure = lone_quantity(sentence)
            if figure is not None and len(before) == 1 and not before[0].phrase.explicit:
                items[-1] = dataclasses.replace(
                    items[-1], quantity=figure.value, unit=figure.unit or items[-1].unit, confidence=0.9
                )
                continue
            candidates = read_sentence(
                sentence, asked_before=bool(before), heading=sentence.rstrip().endswith(":"), wanted=wanted
            )
            items += [_item(c.phrase, source, c.confidence) for c in candidates]
            before = candidates
            last = sentence
    return items, last


def _item(phrase: Phrase, source: str, confidence: float) -> Item:
    return Item(
        name=phrase.name,
        part_number=phrase.part_number,
        quantity=phrase.quantity if phrase.quantity is not None else 1.0,
        unit=phrase.unit or "шт",
        confidence=confidence,
        fragment=phrase.fragment,
        source=source,
    )
