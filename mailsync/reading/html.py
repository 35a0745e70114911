"""HTML bodies to lines: blocks, tables, quotations and signatures told apart, nothing that is hidden.

A table of data becomes one line a row, cells set off by a tab; a table that only lays out the page is read as blocks.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from mailsync.reading.html_tokens import Tag, tokens
from mailsync.reading.limits import LINES, TABLE_CELLS
from mailsync.reading.lines import Line, trimmed
from mailsync.reading.model import Table

_SPACE = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|mso-hide\s{0,3}:\s{0,3}all", re.IGNORECASE
)
_NO_BORDER = re.compile(r"border\s{0,3}:\s{0,3}(?:none|0)|border-left-width\s{0,3}:\s{0,3}0", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"gmail_signature\b|moz-signature|yahoo_signature|ms-outlook-mobile-signature|applemailsignature|js-signature|"
    r"mailsignature"
    r"|(?:^|[ _])signature(?:$| )",
    re.IGNORECASE,
)
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_SILENT = frozenset({
    "head", "script", "style", "title", "template", "noscript", "object", "svg", "textarea", "option", "xml",
    "o:shapedefaults",
})  # fmt: skip
_BLOCK = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "html", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_SPACED = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre",
})  # fmt: skip
_CLOSED_BY = {  # a start tag ends the open element of these names (HTML, 13.1.2.4: optional tags)
    "p": ("p",), "li": ("li",), "td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr"),
    "tbody": ("td", "th", "tr"), "dd": ("dt", "dd"), "dt": ("dt", "dd"),
}  # fmt: skip
_NO_MARGIN = re.compile(r"margin(?:-top|-bottom)?\s{0,3}:\s{0,3}0", re.IGNORECASE)
_BARRIER = frozenset({"table", "blockquote"})
_SPAN = 50
_DEPTH = 2_000
_PROSE = 400  # characters: a cell longer than this holds text, not data


@dataclass(frozen=True, slots=True)
class Rendered:
    """The visible lines, the tables of data among them by number, and the content ids of the pictures shown."""

    lines: list[Line]
    tables: dict[int, Table]
    content_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Open:
    name: str
    hidden: bool
    quote: bool
    signature: bool
    spaced: bool  # set off by an empty line, as browsers show it


@dataclass(slots=True)
class _Grid:
    """A table being read. Whether it holds data is known only at its end, so its cells stay lines until then."""

    rows: list[list[tuple[int, int, int, int]]] = field(default_factory=list)  # first line, end, colspan, rowspan
    first_line: int = 0
    cell: tuple[int, int, int] | None = None  # first line, colspan, rowspan
    nested: bool = False


def render(text: str) -> Rendered:
    """The visible part of an HTML body."""
    renderer = _Renderer()
    for token in tokens(text):
        if isinstance(token, Tag):
            renderer.tag(token)
        else:
            renderer.text(token)
        if len(renderer.lines) > LINES:
            break
    renderer.break_line()
    while renderer.grids:
        renderer.end_table()
    return Rendered(trimmed(renderer.lines), renderer.tables, frozenset(renderer.content_ids))


class _Renderer:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.tables: dict[int, Table] = {}
        self.content_ids: set[str] = set()
        self.grids: list[_Grid] = []
        self._stack: list[_Open] = []
        self._open: dict[str, int] = {}
        self._pieces: list[str] = []
        self._hidden = self._quoted = self._signature = self._preformatted = 0
        self._cells = 0
        self._space_wanted = False

    def text(self, source: str) -> None:
        if self._hidden:
            return
        text = html.unescape(source)
        if self._preformatted:
            first, *others = text.split("\n")
            self._pieces.append(first)
            for other in others:
                self.break_line(forced=True)
                self._pieces.append(other)
        else:
            self._pieces.append(_SPACE.sub(" ", text))

    def tag(self, tag: Tag) -> None:
        if tag.closing:
            self._end(tag.name)
        elif tag.name in _VOID:
            self._void(tag)
        else:
            self._start(tag)

    def _void(self, tag: Tag) -> None:
        if self._hidden:
            return
        if tag.name == "br":
            self.break_line(forced=True)
        elif tag.name == "hr":
            self.break_line()
        elif tag.name == "img":
            source = tag.attributes().get("src", "")
            if source[:4].casefold() == "cid:":
                self.content_ids.add(source[4:].strip().strip("<>").casefold())

    def _start(self, tag: Tag) -> None:
        for name in _CLOSED_BY.get(tag.name, ()):
            self._close_within_barrier(name)
        if len(self._stack) >= _DEPTH:
            self._boundary(tag.name, spaced=False)
            return
        attributes = tag.attributes() if tag.source else {}
        style = attributes.get("style", "")
        tight = attributes.get("class", "").startswith(("Mso", "x_Mso")) or bool(style and _NO_MARGIN.search(style))
        self._boundary(tag.name, spaced=not tight)
        hidden = tag.name in _SILENT or "hidden" in attributes or bool(style and _HIDDEN.search(style))
        named = f"{attributes.get('class', '')} {attributes.get('id', '')}"
        is_quote = tag.name == "blockquote" and (
            not _NO_BORDER.search(style) or "cite" in attributes.get("type", "") or "gmail_quote" in named
        )
        is_signature = (
            "data-signature-widget" in attributes or any(_SIGNATURE.search(one) for one in named.split())
        ) and "prefix" not in named
        self._push(_Open(tag.name, hidden, is_quote, is_signature, spaced=not tight))
        if tag.name == "table":
            self._start_table()
        elif tag.name in {"td", "th"} and self.grids:
            self._start_cell(attributes)
        elif tag.name == "tr" and self.grids:
            self.grids[-1].rows.append([])
        elif tag.name == "li" and not self._hidden:
            self._pieces.append("- " if not self._open.get("ol") else "")

    def _push(self, element: _Open) -> None:
        self._stack.append(element)
        self._open[element.name] = self._open.get(element.name, 0) + 1
        self._hidden += element.hidden
        self._quoted += element.quote
        self._signature += element.signature
        self._preformatted += element.name == "pre"

    def _pop(self) -> _Open:
        element = self._stack[-1]
        self._boundary(element.name, spaced=element.spaced)
        if element.name in {"td", "th"}:
            self._end_cell()
        self._stack.pop()
        self._open[element.name] -= 1
        self._hidden -= element.hidden
        self._quoted -= element.quote
        self._signature -= element.signature
        self._preformatted -= element.name == "pre"
        if element.name == "table" and self.grids:
            self.end_table()
        return element

    def _end(self, name: str) -> None:
        if name == "p" and not self._open.get("p"):
            self._boundary("p", spaced=True)
        if not self._open.get(name):
            return
        if name not in _BARRIER and not self._within_barrier(name):
            return
        while self._pop().name != name:
            pass

    def _within_barrier(self, name: str) -> bool:
        for element in reversed(self._stack[-100:]):
            if element.name == name:
                return True
            if element.name in _BARRIER:
                return False
        return False

    def _close_within_barrier(self, name: str) -> None:
        if self._open.get(name) and self._within_barrier(name):
            while self._pop().name != name:
                pass

    def _boundary(self, name: str, *, spaced: bool) -> None:
        """A block starts or ends here."""
        if name not in _BLOCK:
            return
        self.break_line()
        if name in _SPACED and spaced and not self._hidden:
            self._space_wanted = True

    def break_line(self, *, forced: bool = False) -> None:
        """Finish the current line; `forced` keeps it where it is empty, and so does a no-break space."""
        text = "".join(self._pieces)
        self._pieces = []
        forced = forced or "\xa0" in text
        text = text.replace("\xa0", " ")
        if not self._preformatted:
            text = re.sub(" {2,}", " ", text).strip()
        if not text.strip() and not forced:
            return
        if self._space_wanted and self.lines and not self.lines[-1].blank:
            self.lines.append(Line("", self._quoted, self._signature > 0))
        self._space_wanted = False
        self.lines.append(Line(text, self._quoted, self._signature > 0))

    def _start_table(self) -> None:
        self.grids.append(_Grid(first_line=len(self.lines)))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        grid = self.grids[-1]
        if not grid.rows:
            grid.rows.append([])
        self._space_wanted = False
        grid.cell = (len(self.lines), _number(attributes.get("colspan")), _number(attributes.get("rowspan")))

    def _end_cell(self) -> None:
        if not self.grids or self.grids[-1].cell is None:
            return
        grid = self.grids[-1]
        first, columns, rows = grid.cell  # type: ignore[misc]
        self._cells += columns
        if self._cells <= TABLE_CELLS:
            grid.rows[-1].append((first, len(self.lines), columns, rows))
        grid.cell = None
        self._space_wanted = False

    def end_table(self) -> None:
        """Turn the lines of a finished table of data into its rows."""
        grid = self.grids.pop()
        if self.grids and (grid.nested or sum(map(len, grid.rows)) > 1):
            self.grids[-1].nested = True  # a table of one cell is but a frame around it
        if grid.nested or not self._holds_data(grid):
            return
        rows = [
            [(self._cell_text(first, end), columns, height) for first, end, columns, height in row] for row in grid.rows
        ]
        number = len(self.tables)
        quoted, signature = self._quoted, self._signature > 0
        lines = ["\t".join(text for text, _, _ in row).rstrip("\t") for row in rows]
        del self.lines[grid.first_line :]
        self.lines += [Line(text, quoted, signature, number) for text in lines if text.strip()]
        self.tables[number] = Table(_spread(rows), "html")

    def _cell_text(self, first: int, end: int) -> str:
        return " ".join(line.text.strip() for line in self.lines[first:end] if not line.blank)

    def _holds_data(self, grid: _Grid) -> bool:
        """At least two columns somewhere, no cell of prose, and not one row of cells with several lines each."""
        rows = [row for row in grid.rows if row]
        if not rows or max(map(len, rows)) < 2:
            return False
        sizes = [sum(not line.blank for line in self.lines[first:end]) for row in rows for first, end, _, _ in row]
        texts = [sum(len(line.text) for line in self.lines[first:end]) for row in rows for first, end, _, _ in row]
        if max(texts) > _PROSE:
            return False
        return len(rows) > 2 or max(sizes) < 3


def _number(text: str | None) -> int:
    return (
        min(int(text), _SPAN)
        if text and text.isdecimal() and text.isascii() and 0 < len(text) < 5 and int(text) > 0
        else 1
    )


def _spread(rows: list[list[tuple[str, int, int]]]) -> tuple[tuple[str, ...], ...]:
    """Rows of equal meaning by column: merged cells repeated in every place that they cover."""
    hanging: dict[int, tuple[str, int]] = {}
    spread: list[tuple[str, ...]] = []
    for row in rows:
        cells: list[str] = []
        waiting = list(row)
        following: dict[int, tuple[str, int]] = {}
        while waiting or len(cells) in hanging:
            if len(cells) in hanging:
                text, left = hanging[len(cells)]
                if left > 1:
                    following[len(cells)] = (text, left - 1)
                cells.append(text)
                continue
            text, columns, height = waiting.pop(0)
            for _ in range(columns):
                if height > 1:
                    following[len(cells)] = (text, height - 1)
                cells.append(text)
        hanging = following
        if any(cells):
            spread.append(tuple(cells))
    return tuple(spread)
