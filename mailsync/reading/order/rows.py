"""Rows that stand in the running text as well as in a table of the message."""

from __future__ import annotations

from mailsync.reading.model import Table
from mailsync.reading.order.wording import comparable, tidy


def without_table_rows(text: str, tables: tuple[Table, ...]) -> str:
    """The text without the lines that repeat a row of a table, or a cell of one among at least three such lines."""
    rows: set[str] = set()
    cells: set[str] = set()
    for table in tables:
        for row in table.rows:
            filled = [comparable(tidy(cell)) for cell in row if cell.strip()]
            rows.update(("".join(filled), "".join(dict.fromkeys(filled))))
            cells.update(filled)
    if not rows:
        return text
    lines = text.split("\n")
    keys = [comparable(line) for line in lines]
    cellwise = [not key or key in cells for key in keys]
    kept: list[str] = []
    for index, line in enumerate(lines):
        if keys[index] and keys[index] in rows:
            continue
        if keys[index] and cellwise[index] and _run(cellwise, keys, index) >= 4:
            continue
        kept.append(line)
    return "\n".join(kept)


def _run(cellwise: list[bool], keys: list[str], index: int) -> int:
    """How many lines around this one, blank lines not counted, repeat cells."""
    count = 0
    for step in (1, -1):
        at = index if step == 1 else index - 1
        while 0 <= at < len(keys) and cellwise[at] and count < 8:
            count += bool(keys[at])
            at += step
    return count
