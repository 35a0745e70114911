"""Macros in SPF records and explanations (RFC 7208, 7): parsed once, expanded from a table of letter values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

_MACRO = re.compile(r"%\{([A-Za-z])([0-9]*)([rR]?)([-.+,/_=]*)\}")
_LITERAL = re.compile(r"[^%]+")
_ESCAPES = {"%%": "%", "%_": " ", "%-": "%20"}  # no literal part can look like one of these
_IN_RECORDS = frozenset("slodiphv")
_IN_EXPLANATIONS = _IN_RECORDS | frozenset("crt")


class MacroSyntaxError(ValueError):
    """The text is no macro-string; `position` is the offset of what cannot be read."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Macro:
    """`%{d2r-}`: a letter's value split at delimiters, perhaps reversed, the rightmost `keep` parts joined by dots.

    `escape` (an upper-case letter) asks for percent-encoding of all but the unreserved characters of RFC 3986.
    """

    letter: str
    keep: int | None
    reverse: bool
    delimiters: str
    escape: bool

    def expand(self, value: str) -> str:
        parts = re.split(f"[{re.escape(self.delimiters or '.')}]", value)
        if self.reverse:
            parts.reverse()
        if self.keep is not None:
            parts = parts[-self.keep :]
        text = ".".join(parts)
        return quote(text, safe="") if self.escape else text


MacroString = tuple[str | Macro, ...]


def parse_macro_string(text: str, *, explanation: bool = False) -> MacroString:
    """Literal texts and macros in order. Raises MacroSyntaxError.

    `explanation` texts may hold blanks and the letters c, r and t as well (RFC 7208, 6.2 and 7.2).
    """
    letters = _IN_EXPLANATIONS if explanation else _IN_RECORDS
    lowest = " " if explanation else "!"
    parts: list[str | Macro] = []
    position = 0
    while position < len(text):
        if literal := _LITERAL.match(text, position):
            if not all(lowest <= character <= "~" for character in literal[0]):
                raise MacroSyntaxError("only printable ASCII characters are allowed", position)
            parts.append(literal[0])
            position = literal.end()
        elif escape := _ESCAPES.get(text[position : position + 2]):
            parts.append(escape)
            position += 2
        else:
            macro, position = _macro(text, position, letters)
            parts.append(macro)
    return tuple(parts)


def _macro(text: str, position: int, letters: frozenset[str]) -> tuple[Macro, int]:
    found = _MACRO.match(text, position)
    if not found:
        raise MacroSyntaxError("after % only %, _, - or a macro in braces may stand", position)
    letter, digits, reverse, delimiters = found.groups()
    if letter.lower() not in letters:
        raise MacroSyntaxError(f"there is no macro %{{{letter}}} here", position)
    keep = int(digits[-4:]) if digits.lstrip("0") else None
    if digits and keep is None:
        raise MacroSyntaxError("a macro must keep at least one part", position)
    return Macro(letter.lower(), keep, bool(reverse), delimiters, letter.isupper()), found.end()


def ends_in_macro(parts: MacroString) -> bool:
    """Whether the last part is a macro-expand of the grammar, the escapes included."""
    return bool(parts) and (isinstance(parts[-1], Macro) or parts[-1] in _ESCAPES.values())


def expand(parts: MacroString, values: Mapping[str, str]) -> str:
    """The text with every macro replaced by its letter's value."""
    return "".join(part if isinstance(part, str) else part.expand(values[part.letter]) for part in parts)


def letters_of(parts: MacroString) -> frozenset[str]:
    """The letters whose values an expansion needs."""
    return frozenset(part.letter for part in parts if isinstance(part, Macro))


def fit_name(name: str) -> str:
    """A domain name of at most 253 characters: labels are dropped on the left (RFC 7208, 7.3)."""
    name = name.removesuffix(".")
    return name if len(name) <= 253 else name[-254:].partition(".")[2]
