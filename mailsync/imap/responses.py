"""Reads the few IMAP responses that the adapter asks for (RFC 3501, 7). Pure: responses in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mailsync.imap.framing import FramingError, Literal, Response

_UID_ONLY = re.compile(rb"\* [0-9]+ FETCH \(UID ([0-9]+)\)")
_DELIMITERS = frozenset(b' ()"')

Token = bytes | None
"""An atom, a string or a literal; None for NIL."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a FETCH response said of one letter; `body` is the octets of whichever BODY[…] was asked for."""

    uid: int
    size: int | None = None
    body: bytes | None = field(default=None, repr=False)
    arrived_at: float | None = None


def parse_fetch(response: Response) -> Fetched | None:
    """The letter that a response speaks of; None where it is no FETCH, or one without UID (another client's flags)."""
    if len(response) == 1 and (match := _UID_ONLY.fullmatch(response[0])):
        return Fetched(int(match[1]))
    start = response[0].find(b"(")
    if response[0][2:start].upper().split()[1:] != [b"FETCH"]:
        return None
    attributes = dict(_attributes(_tokens([response[0][start:], *response[1:]])))
    uid = attributes.get(b"UID")
    if uid is None:
        return None
    size = attributes.get(b"RFC822.SIZE")
    bodies = [value or b"" for name, value in attributes.items() if name.startswith(b"BODY[")]
    return Fetched(
        int(uid),
        int(size) if size is not None else None,
        bodies[0] if bodies else None,
        _moment(attributes.get(b"INTERNALDATE")),
    )


def _moment(text: Token) -> float | None:
    """INTERNALDATE (RFC 3501, 2.3.3) in Unix seconds; None where the server tells none that can be read."""
    try:
        return datetime.strptime((text or b"").decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").timestamp()
    except (ValueError, OverflowError):
        return None


def parse_search(response: Response) -> list[int] | None:
    """The numbers of a SEARCH response; None where it is another."""
    words = response[0].split()
    return [int(word) for word in words[2:]] if words[1:2] == [b"SEARCH"] else None


def parse_capabilities(response: Response) -> set[str] | None:
    """The words of a CAPABILITY response; None where it is another."""
    words = response[0].decode("ascii", "replace").upper().split()
    return set(words[2:]) if words[1:2] == ["CAPABILITY"] else None


def response_code(text: bytes) -> tuple[str, str]:
    """Name and argument of the code before a status text, "[UIDNEXT 4] …" (RFC 3501, 7.1), or ("", "")."""
    if not text.startswith(b"[") or b"]" not in text:
        return "", ""
    name, _, argument = text[1 : text.index(b"]")].decode("utf-8", "replace").partition(" ")
    return name.upper(), argument


def _attributes(tokens: Iterator[Token]) -> Iterator[tuple[bytes, Token]]:
    """Name and value pairs of the list; values that are lists themselves (FLAGS) are passed over."""
    if next(tokens, None) != b"(":
        raise FramingError("a FETCH response without its list")
    for name in tokens:
        if name is None or name == b")":
            return
        value = next(tokens, None)
        if value == b"(" and not isinstance(value, Literal):
            _skip_list(tokens)
        else:
            yield name.upper(), value


def _skip_list(tokens: Iterator[Token]) -> None:
    depth = 1
    for token in tokens:
        if not isinstance(token, Literal):
            depth += (token == b"(") - (token == b")")
        if depth == 0:
            return


def _tokens(parts: Response) -> Iterator[Token]:
    for part in parts:
        if isinstance(part, Literal):
            yield part
        else:
            yield from _text_tokens(part)


def _text_tokens(text: bytes) -> Iterator[Token]:
    position = 0
    while position < len(text):
        start = position
        match text[start : start + 1]:
            case b" ":
                position += 1
            case b"(" | b")":
                position += 1
                yield text[start:position]
            case b'"':
                value, position = _quoted(text, start)
                yield Literal(value)
            case _:
                position = _atom_end(text, start)
                atom = text[start:position]
                yield None if atom.upper() == b"NIL" else atom


def _quoted(text: bytes, start: int) -> tuple[bytes, int]:
    """The string that begins at `start`, with its escapes undone, and the offset behind it."""
    value = bytearray()
    position = start + 1
    while position < len(text) and text[position] != ord('"'):
        position += text[position] == ord("\\")
        value += text[position : position + 1]
        position += 1
    return bytes(value), position + 1


def _atom_end(text: bytes, start: int) -> int:
    """Where an atom ends; what stands inside of "[…]" belongs to it, as in BODY[HEADER.FIELDS (MESSAGE-ID)]."""
    position = start
    while position < len(text) and text[position] not in _DELIMITERS:
        if text[position] == ord("["):
            closing = text.find(b"]", position)
            position = closing if closing >= 0 else len(text) - 1
        position += 1
    return position
