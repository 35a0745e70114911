"""csv and tsv, and plain text: charset and delimiter guessed from the content."""

from __future__ import annotations

import csv
import io
import re

from mailsync.reading.model import Table
from mailsync.reading.order.documents.document import Document

MAX_BYTES = 4 * 1024 * 1024
MAX_ROWS = 2_000
MAX_COLUMNS = 60

_COMMON = re.compile("[оеаинтсрвлкм]")
_BOX_OR_RARE = re.compile("[\u2500-\u25ff\u0400-\u040f\u0450-\u045f¤§©]")


def decoded(content: bytes) -> str:
    """The text: a byte order mark, else UTF-8, else the likeliest of the Russian eight-bit charsets."""
    content = content[:MAX_BYTES]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if content.startswith(b"\xef\xbb\xbf"):
        return content.decode("utf-8-sig", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        candidates = [content.decode(charset, "replace") for charset in ("cp1251", "koi8-r", "cp866")]
        return max(candidates, key=_russian_score)


def read_delimited(name: str, content: bytes) -> Document:
    """The rows of a csv or tsv as one table."""
    text = decoded(content).replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = text.partition("\n")
    if re.fullmatch(r"sep=.", first.strip()):
        text = rest  # Excel's own hint
    delimiter = _delimiter(text)
    rows: list[tuple[str, ...]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(tuple(cell.strip() for cell in row[:MAX_COLUMNS]))
            if len(rows) >= MAX_ROWS:
                break
    except csv.Error:
        rows = [
            tuple(cell.strip(' "') for cell in line.split(delimiter)[:MAX_COLUMNS])
            for line in text.split("\n")[:MAX_ROWS]
        ]
    return Document(name, tables=(Table(tuple(row for row in rows if any(row)), name),))


def read_plain_text(name: str, content: bytes) -> Document:
    """A text file."""
    return Document(name, text=decoded(content)[:200_000].replace("\r\n", "\n").replace("\r", "\n"))


def _delimiter(text: str) -> str:
    """The separator that cuts most of the first lines into the same number of cells."""
    lines = [line for line in text.split("\n")[:30] if line.strip()]
    best, best_score = ";", 0.0
    for candidate in ";\t|,":
        counts = [line.count(candidate) for line in lines]
        usual = max(set(counts), key=counts.count) if counts else 0
        score = counts.count(usual) / len(lines) * min(usual, 8) if usual else 0.0
        if score > best_score + 0.01:
            best, best_score = candidate, score
    return best


def _russian_score(text: str) -> float:
    sample = text[:4_000]
    letters = sum("а" <= c <= "я" for c in sample)
    return (
        len(_COMMON.findall(sample))
        + 0.5 * letters
        - 3 * len(_BOX_OR_RARE.findall(sample))
        - 5 * sample.count("\ufffd")
    )
