"""Plain bodies to lines: the quotation marks of every mail program, and format=flowed (RFC 3676)."""

from __future__ import annotations

import re

from mailsync.reading.limits import LINES
from mailsync.reading.lines import Line

# "> ", ">> " and the initials that The Bat! puts before each mark ("АК> ", "АК>> ").
_MARKS = re.compile(r"[ \t]{0,3}((?:[A-Za-zА-Яа-яЁё]{0,4}>[ \t]?){1,50})")
_FLOWED_MARKS = re.compile(r">{1,50}")


def lines(text: str, *, flowed: bool = False, delete_space: bool = False) -> list[Line]:
    """The lines of a plain body without their quotation marks."""
    split = text.split("\n", LINES)[:LINES]
    if flowed:
        return _unflowed(split, delete_space=delete_space)
    return [_line(line) for line in split]


def _line(text: str) -> Line:
    marks = _MARKS.match(text) if ">" in text[:40] else None
    if marks is None:
        return Line(text.rstrip())
    return Line(text[marks.end() :].rstrip(), marks[1].count(">"))


def _unflowed(split: list[str], *, delete_space: bool) -> list[Line]:
    """A line that ends in a space flows on into the next of the same depth, but for "-- " (RFC 3676, 4.1 to 4.3)."""
    found: list[Line] = []
    open_paragraph: list[str] = []
    depth = 0
    for raw in [*split, ""]:
        marks = _FLOWED_MARKS.match(raw)
        quoted = len(marks[0]) if marks else 0
        text = raw[quoted:].removeprefix(" ")
        if open_paragraph and (quoted != depth or text in {"", "-- "}):
            found.append(Line("".join(open_paragraph).rstrip(), depth))
            open_paragraph = []
        depth = quoted
        if text.endswith(" ") and text != "-- ":
            open_paragraph.append(text[:-1] if delete_space else text)
            continue
        found.append(Line("".join([*open_paragraph, text]).rstrip(), depth))
        open_paragraph = []
    return found[:-1]
