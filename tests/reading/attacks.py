"""Strings on which a careless regular expression takes forever: repeats made from the expression itself."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

opcodes: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")

UNITS = 60  # repeats tried for one expression, the shortest first: they repeat most often
_CATEGORIES = {
    opcodes.CATEGORY_DIGIT: "1",
    opcodes.CATEGORY_NOT_DIGIT: "a",
    opcodes.CATEGORY_SPACE: " ",
    opcodes.CATEGORY_NOT_SPACE: "a",
    opcodes.CATEGORY_WORD: "a",
    opcodes.CATEGORY_NOT_WORD: "-",
}


def repeats(pattern: re.Pattern[str] | re.Pattern[bytes], size: int) -> Iterator[str]:
    """Inputs of about `size` characters: what nearly matches, again and again, and what each class takes, in a row."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags)
    pieces = sorted({piece for piece in _pieces(tree, 0) if piece})
    units = {unit for piece in pieces for unit in (piece, piece[:-1], piece + "!", piece + " ", piece[0]) if unit}
    for unit in sorted(units, key=len)[:UNITS]:
        yield unit * (size // len(unit)) + "\x01"


def _pieces(tree: Any, depth: int) -> Iterator[str]:
    """A sample of the whole expression, and of each repeated or alternative part of it."""
    yield _sample(tree)
    if depth > 6:
        return
    for operation, value in tree:
        if operation in {opcodes.MAX_REPEAT, opcodes.MIN_REPEAT, opcodes.POSSESSIVE_REPEAT}:
            yield from _pieces(value[2], depth + 1)
        elif operation is opcodes.SUBPATTERN:
            yield from _pieces(value[3], depth + 1)
        elif operation is opcodes.BRANCH:
            for branch in value[1]:
                yield from _pieces(branch, depth + 1)


def _sample(tree: Any) -> str:
    return "".join(_of(operation, value) for operation, value in tree)


def _of(operation: Any, value: Any) -> str:
    match operation:
        case opcodes.LITERAL:
            return str(chr(value))
        case opcodes.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        case opcodes.ANY:
            return "a"
        case opcodes.IN:
            return _of_class(value)
        case opcodes.BRANCH:
            return _sample(value[1][-1])
        case opcodes.SUBPATTERN:
            return _sample(value[3])
        case opcodes.MAX_REPEAT | opcodes.MIN_REPEAT | opcodes.POSSESSIVE_REPEAT:
            return _sample(value[2]) * max(1, min(int(value[0]), 9))
        case _:
            return ""


def _of_class(members: Any) -> str:
    negated = False
    taken: list[str] = []
    for operation, value in members:
        if operation is opcodes.NEGATE:
            negated = True
        elif operation is opcodes.LITERAL:
            taken.append(chr(value))
        elif operation is opcodes.RANGE:
            taken.append(chr(value[0]))
        elif operation is opcodes.CATEGORY:
            taken.append(_CATEGORIES[value])
    if not negated:
        return taken[0] if taken else ""
    return next(char for char in "axй1- \n" if char not in taken)
