"""PDF with a text layer: lines and table rows rebuilt from where the words stand. The module of pypdfium2."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pypdfium2

from mailsync.reading.model import Table
from mailsync.reading.order.documents.document import Document, UnreadableDocument
from mailsync.reading.order.items.headers import header_roles

MAX_PAGES = 20
MAX_LETTERS = 20_000
_GAP = 5.0  # points between two words that stand in different columns


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
    """Words with the same height, top to bottom, each line from left to right; neighbours without a gap joined."""
    lines: list[list[_Word]] = []
    for word in sorted(words, key=lambda w: (-w.middle, w.left)):
        if lines and abs(lines[-1][0].middle - word.middle) <= max(3.0, 0.45 * (word.top - word.bottom)):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [_joined(sorted(line, key=lambda w: w.left)) for line in lines]


def _joined(line: list[_Word]) -> list[_Word]:
    """Words of one cell joined: the gap between them is no wider than a letter is high."""
    height = max(word.top - word.bottom for word in line)
    joined: list[_Word] = []
    for word in line:
        last = joined[-1] if joined else None
        if last is not None and word.left - last.right < max(_GAP, height):
            joined[-1] = _Word(last.left, word.right, min(last.bottom, word.bottom), max(last.top, word.top), f"{last.text} {word.text}")
        else:
            joined.append(word)
    return joined


def _tables(lines: list[list[_Word]], name: str) -> tuple[str, tuple[Table, ...]]:
    """Lines under a header line set into its columns; what does not fit any longer is text again."""
    text: list[str] = []
    tables: list[Table] = []
    position = 0
    while position < len(lines):
        header, used = _header_at(lines, position)
        if header is None:
            text.append("   ".join(word.text for word in lines[position]))
            position += 1
            continue
        rows, end = _body(lines, position + used, header)
        tables.append(Table((tuple(word.text for word in header), *rows), name))
        position = end
    return "\n".join(text), tuple(tables)


def _header_at(lines: list[list[_Word]], position: int) -> tuple[list[_Word] | None, int]:
    """A header line; two or three printed lines where its cells are wrapped."""
    best: tuple[list[_Word] | None, int] = (None, 1)
    known = 0
    for used in (1, 2, 3):
        if any(len(line) < 2 for line in lines[position : position + used]):
            break
        merged = _merged_header(lines[position : position + used])
        roles = header_roles(tuple(word.text for word in merged))
        if len(merged) >= 2 and roles is not None and sum(role is not None for role in roles) > known:
            known = sum(role is not None for role in roles)
            best = (merged, used)
    return best


def _merged_header(lines: list[list[_Word]]) -> list[_Word]:
    merged: list[_Word] = []
    for word in (word for line in lines for word in line):
        over = next((i for i, known in enumerate(merged) if word.left < known.right and known.left < word.right), None)
        if over is None:
            merged.append(word)
        else:
            known = merged[over]
            merged[over] = _Word(min(known.left, word.left), max(known.right, word.right), word.bottom, known.top, f"{known.text} {word.text}")
    return sorted(merged, key=lambda word: word.left)


def _body(lines: list[list[_Word]], position: int, header: list[_Word]) -> tuple[list[tuple[str, ...]], int]:
    rows: list[list[str]] = []
    while position < len(lines):
        line = lines[position]
        cells = [""] * len(header)
        for word in line:
            column = _column(word, header)
            cells[column] = f"{cells[column]} {word.text}".strip()
        filled = [index for index, cell in enumerate(cells) if cell]
        if len(line) == 1 and rows:
            wide = line[0].right - line[0].left > 1.6 * max(word.right - word.left for word in header)
            if wide or re.match(r"(?i)итого|всего|заказ|исп|дир|тел|с\s+уваж|подпись|гл", line[0].text):
                break
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
        elif filled:
            rows.append(cells)
        position += 1
    return [tuple(row) for row in rows], position


def _column(word: _Word, header: list[_Word]) -> int:
    """The column whose heading the word stands under, or the nearest one to the left of its beginning."""
    overlaps = [min(word.right, head.right) - max(word.left, head.left) for head in header]
    best = max(range(len(header)), key=lambda index: overlaps[index])
    if overlaps[best] > 0:
        return best
    return min(range(len(header)), key=lambda index: min(abs(word.left - header[index].left), abs(word.right - header[index].right), abs((word.left + word.right) / 2 - (header[index].left + header[index].right) / 2)))
