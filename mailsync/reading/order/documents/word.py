"""docx: paragraphs and tables of word/document.xml (ECMA-376, WordprocessingML), deleted words left out."""

from __future__ import annotations

from mailsync.reading.model import Table
from mailsync.reading.order.documents.archive import open_archive, read_member
from mailsync.reading.order.documents.document import Document
from mailsync.reading.order.documents.xml import Element, attribute, local_name, parse

MAX_TABLES = 50
MAX_ROWS = 2_000
MAX_TEXT = 200_000
_SKIPPED = frozenset({"del", "moveFrom", "Fallback", "instrText", "pict"})


def read_word(name: str, content: bytes) -> Document:
    """The text and tables of a docx, headers and footers of its pages included; raises UnreadableDocument."""
    with open_archive(content) as archive:
        members = [entry.filename for entry in archive.infolist()]
        headers = [n for n in members if n.startswith(("word/header", "word/footer")) and n.endswith(".xml")][:6]
        parts = [read_member(archive, member) for member in [*sorted(headers, reverse=True), "word/document.xml"]]
    lines: list[str] = []
    tables: list[Table] = []
    for part in parts:
        root = parse(part)
        body = next((child for child in root if local_name(child) == "body"), root)
        _walk(body, lines, tables, name, depth=0)
    return Document(name, "\n".join(lines)[:MAX_TEXT], tuple(tables))


def _walk(parent: Element, lines: list[str], tables: list[Table], name: str, depth: int) -> None:
    for child in parent:
        tag = local_name(child)
        if tag == "p":
            lines.append(_text(child))
        elif tag == "tbl" and len(tables) < MAX_TABLES:
            tables.append(Table(_rows(child), name))
        elif tag in {"sdt", "sdtContent", "customXml", "ins", "smartTag"} and depth < 20:
            _walk(child, lines, tables, name, depth + 1)


def _rows(table: Element) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = []
    for row in table.iter():
        if local_name(row) != "tr" or len(rows) >= MAX_ROWS:
            continue
        cells: list[str] = []
        for cell in row:
            if local_name(cell) != "tc":
                continue
            cells.append(" ".join(filter(None, (_text(p) for p in cell.iter() if local_name(p) == "p"))))
            cells += [""] * (_span(cell) - 1)
        rows.append(tuple(cells))
    return tuple(rows)


def _span(cell: Element) -> int:
    for element in cell.iter():
        if local_name(element) == "gridSpan":
            value = attribute(element, "val") or "1"
            return min(int(value), 60) if value.isdigit() else 1
    return 1


def _text(paragraph: Element) -> str:
    """The visible text of a paragraph; walked without recursion, since nesting is the author's choice."""
    parts: list[str] = []
    stack = [paragraph]
    while stack:
        element = stack.pop()
        tag = local_name(element)
        if tag in _SKIPPED:
            continue
        if tag == "t":
            parts.append(element.text or "")
        elif tag == "tab":
            parts.append("\t")
        elif tag in {"br", "cr"}:
            parts.append("\n")
        elif tag == "noBreakHyphen":
            parts.append("-")
        stack.extend(reversed(list(element)))
    return "".join(parts).strip()
