"""Tables typed as text: rows whose cells are set off by tabs, bars, semicolons or wide gaps."""

from __future__ import annotations

import re

from mailsync.reading.order.items.headers import header_roles


def rows_until(lines: list[str], position: int) -> int:
    """The end of a run of rows whose cells are set off by tabs, bars, semicolons or wide gaps."""
    two_columns = _header_separator(lines[position])
    separator = _separator(lines[position]) or two_columns
    end = position
    while separator and end < len(lines) and lines[end].strip():
        same = _separator(lines[end]) == separator or (two_columns and separator in lines[end])
        if not same and not _is_rule(lines[end]):
            break
        end += 1
    return end


def _header_separator(line: str) -> str:
    """The one separator of a two-column header: «Наименование;Количество»."""
    for separator in (";", "|", ",", "   "):
        parts = tuple(part.strip() for part in line.split(separator) if part.strip())
        if len(parts) == 2 and len(line) < 120 and header_roles(parts) is not None:
            return separator
    return ""


def _separator(line: str) -> str:
    if line.count("\t") >= 1 and len([c for c in line.split("\t") if c.strip()]) >= 2:
        return "\t"
    if line.count("|") >= 2:
        return "|"
    if line.count(";") >= 2 and not re.search(r";\s{1,9}[а-яё]+\s{1,9}[а-яё]+\s{1,9}[а-яё]+\s{1,9}[а-яё]+", line):
        return ";"
    if len(re.findall(r"\S[ ]{3,80}(?=\S)", line.strip()[:300])) >= 2:
        return "   "
    return ""


def _is_rule(line: str) -> bool:
    return bool(line.strip()) and not line.strip(" -=+|_─│┼\t")


def rows_of(lines: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The cells of every row; a narrow gap parts cells too where the row has too few of them for its header."""
    rows = [cells(line) for line in lines]
    width = len(rows[0]) if rows else 0
    for index, row in enumerate(rows):
        if 1 < len(row) < width and len(narrow := tuple(re.split(r"[ ]{2,80}", lines[index].strip()))) == width:
            rows[index] = narrow
    return tuple(rows)


def cells(line: str) -> tuple[str, ...]:
    """The cells of one row of a text table."""
    separator = _separator(line) or next((s for s in "\t|;" if s in line), "")
    if separator == "|":
        parts = line.strip().strip("|").split("|")
    elif separator == "   ":
        parts = re.split(r"[ ]{3,80}", line.strip())
    else:
        parts = line.split(separator) if separator else [line]
    return tuple(part.strip() for part in parts)
