"""Tables whose cells a mail program wrote one below the other (the plain part of an HTML letter)."""

from __future__ import annotations

from mailsync.reading.order.items.headers import Role, role_of

_MAX_ROWS = 500


def unfolded_columns(text: str) -> str:
    """The text with such a table written in rows, cells set off by tabs; unchanged where there is none.

    The header is known by three to eight lines in a row that are all headings; every so many lines then make a row.
    """
    lines = text.split("\n")
    filled = [index for index, line in enumerate(lines) if line.strip()]
    for position in range(len(filled)):
        width = _header_width(lines, filled, position)
        if width and (rows := _rows(lines, filled, position, width)):
            first, last = filled[position], filled[position + width * len(rows) - 1]
            table = ["\t".join(lines[index].strip() for index in row) for row in rows]
            return "\n".join([*lines[:first], *table, "", *lines[last + 1 :]])
    return text


def _header_width(lines: list[str], filled: list[int], position: int) -> int:
    roles: list[Role] = []
    for index in filled[position : position + 8]:
        role = (
            role_of(lines[index])
            if len(lines[index].strip()) < 40 and not lines[index].rstrip().endswith(":")
            else None
        )
        if role is None:
            break
        roles.append(role)
    named = {Role.NAME, Role.PART} & set(roles)
    return len(roles) if len(roles) >= 3 and named and Role.QUANTITY in roles else 0


def _rows(lines: list[str], filled: list[int], position: int, width: int) -> list[list[int]]:
    """Groups of `width` lines, the header first, as long as each has a figure where the quantity belongs."""
    quantity = next(i for i in range(width) if role_of(lines[filled[position + i]]) is Role.QUANTITY)
    rows = [filled[position : position + width]]
    at = position + width
    while at + width <= len(filled) and len(rows) < _MAX_ROWS:
        row = filled[at : at + width]
        if not lines[row[quantity]].strip()[:1].isdigit() or len(lines[row[quantity]].strip()) > 20:
            break
        rows.append(row)
        at += width
    return rows if len(rows) > 1 else []
