"""Ceilings on what a letter may ask of the reader, checked before any library sees its bytes."""

from __future__ import annotations

import re

NESTING = 100  # containers within containers, attached letters included
PARTS = 10_000
HEADER_BLOCK = 100_000  # octets of the outermost header
HEADER_VALUE = 20_000  # octets of one field that are decoded
ADDRESSES = 1_000  # mailboxes read of one field
PARAMETERS = 200  # of one Content-Type or Content-Disposition
BODY_TEXT = 1_000_000  # characters of one body that are read
LINES = 10_000  # lines of one body that are told apart
TABLE_CELLS = 20_000
FILES = 1_000  # attachments of one letter that are listed

_INTERESTING = re.compile(
    rb"^--([^\r\n]{1,200})|boundary\s{0,9}=\s{0,9}(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))|"
    rb"^content-type:\s{0,9}message/rfc822",
    re.IGNORECASE | re.MULTILINE,
)


def header_end(raw: bytes) -> int:
    """The offset behind the outermost header block and its empty line, looked for as far as HEADER_BLOCK allows."""
    marks = (b"\r\n\r\n", b"\n\n", b"\r\r")
    found = [at + len(mark) for mark in marks if (at := raw.find(mark, 0, HEADER_BLOCK + len(mark))) >= 0]
    return min(found, default=len(raw))


def refusal(raw: bytes) -> str | None:
    """Why this letter must not be taken apart, or None: too deep, too many parts, too large a header.

    One linear pass keeps the boundaries that are open at each line; a delimiter of an outer container closes all
    within it (RFC 2046, 5.1.2).
    """
    if header_end(raw) > HEADER_BLOCK:
        return f"заголовки больше {HEADER_BLOCK} байт"
    open_boundaries: dict[bytes, int] = {}
    stack: list[bytes] = []
    parts = 0
    for found in _INTERESTING.finditer(raw):
        delimiter = found[1]
        if delimiter is None:
            stack.append(found[2] or found[3] or b"")
            open_boundaries[stack[-1]] = len(stack)
            if len(stack) > NESTING:
                return f"вложенность больше {NESTING}"
            continue
        name = delimiter.rstrip()
        depth = open_boundaries.get(name) or open_boundaries.get(name.removesuffix(b"--"))
        if depth is None:
            continue
        parts += 1
        if parts > PARTS:
            return f"частей больше {PARTS}"
        for closed in stack[depth:]:
            open_boundaries.pop(closed, None)
        del stack[depth:]
        open_boundaries[stack[-1]] = depth
    return None
