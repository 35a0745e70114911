"""A letter's text cut into what is read alike: list lines, rows of a text table, and prose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from mailsync.reading.order.items.goods import noun_head
from mailsync.reading.order.items.intent import asks, refuses
from mailsync.reading.order.items.phrase import has_marker, strip_marker, without_prices
from mailsync.reading.order.items.quantity import NUMBER_WORD, find_quantities, trailing_number
from mailsync.reading.order.items.text_rows import rows_until
from mailsync.reading.order.lemmas import likely_part

_WRAP_AT = 52  # a line shorter than this was ended by its author, not by the mail program
_POSITION_LINE = re.compile(
    r"^\s{0,4}(?:поз(?:иция|\.)?\s?№?\s?\d{1,3}|\d{1,3}[.)])\s{0,3}[.:]?\s{0,3}$", re.IGNORECASE
)
_NUMBER_AT_END = re.compile(rf"\s{NUMBER_WORD}[\s.,;]{{0,3}}$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?:;]\s{0,9}$")
_NEW_SUBJECT = re.compile(r"(?:тел|моб|инн|адрес|e-?mail|почта|www|http|\+7|8[\s(-])", re.IGNORECASE)
_TAIL = re.compile(
    r"^[\s.,;:)!?–-]{0,6}(?:\([^()]{0,80}\)|[–-]\s.{0,80}|по\s.{0,40}|для\s.{0,60}|на\s.{0,60}|срочно.{0,20}"
    r"|в\s{1,9}сборе.{0,40}|\d[\d\s.,]{0,14}\s?(?:руб|р\.|₽).{0,30}|[,;]\s?[а-яё ]{1,40})?[\s.,;:)!]{0,6}$",
    re.IGNORECASE,
)


_COUNT_AT_END = re.compile(r"\s(?:один|одна|одну|два|две|три|четыре|пять|шесть|десять|десяток|пар[ау])[\s.]{0,3}$")


class Shape(Enum):
    """How a block is read."""

    LIST = "list"
    ROWS = "rows"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together; `heading` is the line that announced a list ("Прошу счёт на:")."""

    shape: Shape
    lines: tuple[str, ...]
    heading: str = ""
    marked: bool = False


def split_blocks(text: str) -> list[Block]:
    """The blocks of a text in order."""
    lines = text.split("\n")
    blocks: list[Block] = []
    prose: list[str] = []
    heading = ""
    position = 0
    while position < len(lines):
        line = lines[position]
        if not line.strip():
            prose.append("")
            position += 1
            continue
        if (end := rows_until(lines, position)) - position >= 2:
            _flush(prose, blocks)
            blocks.append(Block(Shape.ROWS, tuple(lines[position:end]), heading))
            position = end
            continue
        item = _list_item(lines, position, heading, in_list=_after_list(blocks, prose))
        if item is not None:
            words, end, marked = item
            if prose and any(prose):
                heading = _last_line(prose)
            _flush(prose, blocks)
            _append_item(blocks, words, heading, marked=marked)
            position = end
            continue
        prose.append(line)
        if line.strip().endswith(":") or asks(line):
            heading = line.strip()
        position += 1
    _flush(prose, blocks)
    return blocks


def paragraphs(block: Block) -> list[str]:
    """Prose lines joined where a mail program wrapped them."""
    joined: list[str] = []
    current = ""
    previous = ""
    for line in [*block.lines, ""]:
        stripped = line.strip()
        if not stripped:
            if current:
                joined.append(current)
            current = ""
        elif current and not _wrapped(previous, stripped):
            joined.append(current)
            current = stripped
        else:
            current = f"{current} {stripped}" if current else stripped
        previous = line
    return joined


def _wrapped(previous: str, line: str) -> bool:
    if _SENTENCE_END.search(previous) and _NEW_SUBJECT.match(line):
        return False
    if len(previous.rstrip()) >= _WRAP_AT:
        return True
    found = find_quantities(previous)
    complete = _COUNT_AT_END.search(previous) is not None or (
        bool(found) and not previous[found[-1].end :].strip(" .,;)")
    )
    return line[:1].islower() and not complete and not _SENTENCE_END.search(previous)


def _last_line(prose: list[str]) -> str:
    return next((line.strip() for line in reversed(prose) if line.strip()), "")


def _flush(prose: list[str], blocks: list[Block]) -> None:
    if any(line.strip() for line in prose):
        blocks.append(Block(Shape.PROSE, tuple(prose)))
    prose.clear()


def _after_list(blocks: list[Block], prose: list[str]) -> bool:
    return bool(blocks) and blocks[-1].shape is Shape.LIST and not any(line.strip() for line in prose)


def _append_item(blocks: list[Block], words: str, heading: str, *, marked: bool) -> None:
    if blocks and blocks[-1].shape is Shape.LIST and (blocks[-1].heading == heading or not heading):
        last = blocks[-1]
        blocks[-1] = Block(Shape.LIST, (*last.lines, words), last.heading, last.marked or marked)
    else:
        blocks.append(Block(Shape.LIST, (words,), heading, marked))


def _list_item(lines: list[str], position: int, heading: str, *, in_list: bool) -> tuple[str, int, bool] | None:
    """The words of a list item that begins here, wrapped lines joined, and the line after it."""
    line = lines[position]
    marked = has_marker(line)
    if not marked and not _ends_with_quantity(line):
        if (entry := _entry(lines, position)) is not None:
            return entry
        announced = _announced(lines, position, heading, in_list=in_list)
        if not announced:
            return None
    elif not marked and position and _open_sentence(lines[position - 1], line):
        return None
    words, end = line.rstrip(), position + 1
    if marked:
        while end < len(lines) and _continues(lines, end, words):
            words += " " + lines[end].strip()
            end += 1
    return strip_marker(words).strip(), end, marked


def _entry(lines: list[str], position: int) -> tuple[str, int, bool] | None:
    """An item over several lines: its name, below it a number and a quantity, indented or not."""
    if _POSITION_LINE.match(lines[position]) and position + 1 < len(lines):
        position += 1
    name = lines[position]
    if name[:1].isspace() or not 3 < len(name) < 90 or name.rstrip().endswith((":", ".", "!", "?")) or _is_clause(name):
        return None
    end = position + 1
    while (
        end < len(lines)
        and end - position < 5
        and (lines[end][:2].isspace() or _is_detail(lines[end]))
        and lines[end].strip()
    ):
        end += 1
    below = [line.strip() for line in lines[position + 1 : end]]
    if not below or not any(_only_quantity(line) for line in below):
        return None
    kept = [line for line in below if not re.match(r"(?i)\(?черт[её]жа?\s{1,9}нет|\(?без\s{1,9}черт", line)]
    return ", ".join([name.strip(), *kept]), end, False


def _is_detail(line: str) -> bool:
    """A line with nothing but a number or a quantity."""
    return _only_quantity(line.strip()) or re.fullmatch(r"\s{0,8}(?=\S*\d)[\w./()-]{3,40}\s{0,4}", line) is not None


def _continues(lines: list[str], at: int, words: str) -> bool:
    line = lines[at]
    if not line.strip() or len(words) > 600:
        return False
    if has_marker(line):
        return line[:1].isspace() and _only_quantity(strip_marker(line)) and not find_quantities(words)
    indented = line[:2] in {"  ", "\t", " \t"} or line.startswith("\t")
    complete = bool(find_quantities(words)) or trailing_number(words) is not None
    if complete:
        return indented and line.strip()[:1].islower() and len(words.split("\n", maxsplit=1)[0]) > 45
    return indented or line.strip()[:1].islower() or _starts_with_quantity(line)


def _only_quantity(words: str) -> bool:
    found = find_quantities(words)
    return len(found) == 1 and not (words[: found[0].start] + words[found[0].end :]).strip(" .,;–-")


def _starts_with_quantity(line: str) -> bool:
    found = find_quantities(line)
    return bool(found) and not line[: found[0].start].strip(" -–,;:")


def _ends_with_quantity(line: str) -> bool:
    """True for an unmarked line that is one item: words and one quantity at its end or beginning."""
    line = without_prices(line).strip()
    if len(line) > 200 or not any(c.isalpha() for c in line) or _is_clause(line):
        return False
    found = find_quantities(line)
    if not found:
        if _counted_goods(line):
            return True
        bare = trailing_number(line.rstrip())
        return bare is not None and bare.value < 10_000 and _item_like(line[: bare.start])
    last = found[-1]
    if _several(line):
        return False
    if last.start < 3:
        if re.match(r"(?i)по\s\d", line.strip()):
            return False  # «По 2 шт каждого: ...» counts several things
        return len(line) - last.end > 3 and not re.search(r"[.!?]\s{1,9}[А-ЯЁ]", line[last.end + 1 :])
    return _TAIL.match(line[last.end :]) is not None and not re.search(
        r"(?<![а-яё]{1}[.])[.!?]\s{1,9}[А-ЯЁ][а-яё]{2,}", line[: last.start]
    )


def _counted_goods(line: str) -> bool:
    """True for «суппорт поперечный в сборе один»: known goods, a number word at the end."""
    head = noun_head(line.split()) if _NUMBER_AT_END.search(line) else None
    return head is not None and head[1]


def _is_clause(line: str) -> bool:
    """True for a line that is (part of) a sentence: it asks, refuses, or has a verb among its first words."""
    if asks(line) or refuses(line):
        return True
    return any(likely_part(word) in {"VERB", "INFN"} for word in re.findall(r"[а-яё]{3,30}", line.lower())[:6])


def _several(line: str) -> bool:
    """True for a line with more than one item: quantities with a comma or «и» between them."""
    found = find_quantities(line)
    return len(found) > 1 and re.search(r"[,;]|\sи\s", line[found[0].end : found[-1].start]) is not None


def _item_like(words: str) -> bool:
    return (
        len(words.split()) <= 12
        and not re.search(r"[.!?]\s{1,9}[А-ЯЁ]", words)
        and re.search(r"(?i)тел|инн|кпп|факс|р/с|бик|дом|кв\.|офис|стр\.|ул\.", words) is None
    )


def _announced(lines: list[str], position: int, heading: str, *, in_list: bool) -> bool:
    """True for a short line under «Прошу счёт на:» that has no quantity of its own."""
    line = lines[position].strip()
    if (
        not heading.endswith(":")
        or not asks(heading)
        or _several(line)
        or len(line) > 90
        or line.endswith((":", "!", "?"))
        or re.search(r"[.!?]\s{1,9}[А-ЯЁ]", line)
    ):
        return False
    before = next((lines[index].strip() for index in range(position - 1, -1, -1) if lines[index].strip()), "")
    return before == heading or in_list


def _open_sentence(previous: str, line: str) -> bool:
    """True where the line before was wrapped in the middle of a sentence."""
    stripped = previous.rstrip()
    return (
        len(stripped) >= _WRAP_AT
        and not _SENTENCE_END.search(stripped)
        and not _ends_with_quantity(previous)
        and not line[:1].isupper()
    )
