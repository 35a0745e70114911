"""PDF with a text layer: lines and table rows rebuilt from where the words stand. The module of pypdfium2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2

from mailsync.reading.model import Table
from mailsync.reading.order.documents.document import Document, UnreadableDocument
from mailsync.reading.order.items.headers import header_roles, role_of

MAX_PAGES = 20
MAX_LETTERS = 20_000
_GAP = 2.5  # points: narrower gaps between the words of all rows together part no columns
_CELL_GAP = 9.0
_END = re.compile(
    r"(?:итого|всего|исполнитель|заказ\s{1,9}составил|подпись|директор|главный|с\s{1,9}уважением)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Word:
    left: float
    right: float
    bottom: float
    top: float
    text: str

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2


def read_pdf(name: str, content: bytes) -> Document:
    """Text and tables of the first pages; raises UnreadableDocument for damage, encryption and scans without text."""
    try:
        pdf = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument("файл повреждён или защищён паролем") from error
    lines: list[list[_Word]] = []
    try:
        for index in range(min(len(pdf), MAX_PAGES)):
            lines += _lines(_words(pdf, index))
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument("файл повреждён") from error
    finally:
        pdf.close()
    if not any(word.text for line in lines for word in line):
        raise UnreadableDocument("в файле нет текста, похоже на скан")
    text, tables = _tables(lines, name)
    return Document(name, text, tables)


def _words(pdf: pypdfium2.PdfDocument, index: int) -> list[_Word]:
    """The words of a page with their boxes, cut at the blanks that pdfium makes out between letters."""
    page = pdf[index]
    textpage = page.get_textpage()
    words: list[_Word] = []
    try:
        text = textpage.get_text_range(0, min(textpage.count_chars(), MAX_LETTERS))
        for match in re.finditer(r"[^\s\x00-\x1f\ufffe\uffff]{1,200}", text):
            boxes = [textpage.get_charbox(at) for at in range(match.start(), match.end())]
            boxes = [box for box in boxes if box[2] > box[0]]
            if boxes:
                left, bottom = min(box[0] for box in boxes), min(box[1] for box in boxes)
                words.append(_Word(left, max(box[2] for box in boxes), bottom, max(box[3] for box in boxes), match[0]))
    finally:
        textpage.close()
        page.close()
    return words


def _lines(words: list[_Word]) -> list[list[_Word]]:
    """Words at the same height, top to bottom, each line from left to right."""
    lines: list[list[_Word]] = []
    for word in sorted(words, key=lambda w: (-w.middle, w.left)):
        if lines and abs(lines[-1][0].middle - word.middle) <= max(3.0, 0.45 * (word.top - word.bottom)):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda w: w.left) for line in lines]


def _tables(lines: list[list[_Word]], name: str) -> tuple[str, tuple[Table, ...]]:
    """Lines under a header line set into its columns; what does not fit any longer is text again."""
    text: list[str] = []
    tables: list[Table] = []
    position = 0
    while position < len(lines):
        found = _table_at(lines, position)
        if found is None:
            text.append(_spaced(lines[position]))
            position += 1
            continue
        rows, position = found
        tables.append(Table(rows, name))
    return "\n".join(text), tuple(tables)


def _table_at(lines: list[list[_Word]], position: int) -> tuple[tuple[tuple[str, ...], ...], int] | None:
    """The rows of a table whose header begins at this line, and the line behind it."""
    if sum(role_of(word.text) is not None for word in lines[position]) < 2 or not _is_heading(lines[position]):
        return None
    for height in (1, 2, 3):
        header = lines[position : position + height]
        columns, end = _columns(lines, position, height)
        if len(header) < height or end - position <= height or len(columns) < 2:
            continue
        columns = _with_headings(columns, header)
        roles = header_roles(tuple(_cells([word for line in header for word in line], columns)))
        if roles is not None and (height == 1 or _is_heading(header[-1])):
            body = [_cells(line, columns) for line in lines[position + height : end]]
            return (tuple(_cells([word for line in header for word in line], columns)), *_unwrapped(body)), end
    return None


def _is_heading(line: list[_Word]) -> bool:
    """True for the second printed line of a header: no figures stand in it."""
    return not any(any(c.isdigit() for c in word.text) for word in line)


def _columns(lines: list[list[_Word]], position: int, height: int) -> tuple[list[tuple[float, float]], int]:
    """The columns as intervals that no word leaves, and the first line whose words cross two of them."""
    columns: list[tuple[float, float]] = []
    for word in (word for line in lines[position : position + height + 1] for word in line):
        columns = _merged([*columns, (word.left, word.right)])
    end = min(position + height + 1, len(lines))
    while end < len(lines):
        crossing = any(
            sum(left < word.right - 1 and word.left + 1 < right for left, right in columns) > 1 for word in lines[end]
        )
        if crossing or _END.match(_spaced(lines[end])):
            break
        columns = _merged([*columns, *((word.left, word.right) for word in lines[end])])
        end += 1
    return columns, end


def _merged(intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for left, right in sorted(intervals):
        if merged and left - merged[-1][1] < _GAP:
            merged[-1] = (merged[-1][0], max(merged[-1][1], right))
        else:
            merged.append((left, right))
    return merged


def _with_headings(columns: list[tuple[float, float]], header: list[list[_Word]]) -> list[tuple[float, float]]:
    """Columns without a heading joined to the one on their left, headings of two words into one column."""
    joined: list[tuple[float, float]] = []
    words = [word for line in header for word in line]
    for column in columns:
        text = " ".join(_cells(words, [column]))
        if joined and (not text or (role_of(text) is None and column[0] - joined[-1][1] < _CELL_GAP)):
            joined[-1] = (joined[-1][0], column[1])
        else:
            joined.append(column)
    return joined


def _cells(line: list[_Word], columns: list[tuple[float, float]]) -> tuple[str, ...]:
    return tuple(
        " ".join(word.text for word in line if left - 1 <= (word.left + word.right) / 2 <= right + 1)
        for left, right in columns
    )


def _unwrapped(body: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows with one filled cell of words continue the row above: a cell was printed on two lines."""
    rows: list[tuple[str, ...]] = []
    for cells in body:
        filled = [index for index, cell in enumerate(cells) if cell]
        if rows and len(filled) == 1 and rows[-1][filled[0]] and not cells[filled[0]].isdigit():
            rows[-1] = tuple(f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True))
        elif filled:
            rows.append(cells)
    return rows


def _spaced(line: list[_Word]) -> str:
    """The words of a line, wide gaps kept as three blanks."""
    height = max(word.top - word.bottom for word in line)
    parts = [line[0].text]
    for before, word in pairwise(line):
        parts.append(("   " if word.left - before.right > max(_CELL_GAP, 1.3 * height) else " ") + word.text)
    return "".join(parts)
