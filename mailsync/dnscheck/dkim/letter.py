"""A letter as its signers saw it: header fields and body, every octet as it came (RFC 6376, 3.4 and 3.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

Canonicalization = Literal["simple", "relaxed"]

_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_WHITE = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Field:
    """A header field with its folding but without the CRLF at its end; `name` in lower case, empty if it has none."""

    raw: bytes = field(repr=False)

    @property
    def name(self) -> str:
        name, colon, _ = self.raw.partition(b":")
        return name.strip(b" \t").decode("latin-1").lower() if colon else ""

    @property
    def value(self) -> bytes:
        """All that follows the colon."""
        return self.raw.partition(b":")[2]


@dataclass(frozen=True, slots=True)
class Letter:
    fields: tuple[Field, ...]
    body: bytes = field(repr=False)


def read_letter(raw: bytes) -> Letter:
    """Split a letter at its first empty line; one that begins with it has no header, one without it has no body."""
    if raw.startswith(b"\r\n"):
        return Letter((), raw[2:])
    header, _, body = raw.partition(b"\r\n\r\n")
    return Letter(tuple(Field(raw) for raw in _FIELD_END.split(header) if raw), body)


def canonical_field(raw: bytes, how: Canonicalization) -> bytes:
    """A header field, without CRLF at its end, in the form that is hashed (RFC 6376, 3.4.1 and 3.4.2)."""
    if how == "simple":
        return raw
    name, _, value = raw.partition(b":")
    unfolded = value.replace(b"\r\n", b"")
    return name.strip(b" \t").lower() + b":" + _WHITE.sub(b" ", unfolded).strip(b" ")


def canonical_body(body: bytes, how: Canonicalization) -> bytes:
    """A body in the form that is hashed (RFC 6376, 3.4.3 and 3.4.4); an empty one is CRLF when simple."""
    if how == "relaxed":
        if b"\t" in body or b"  " in body:  # base64, most of any large letter, has neither
            body = _WHITE.sub(b" ", body)
        body = body.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    end = len(body)
    while body[end - 2 : end] == b"\r\n":
        end -= 2
    if how == "relaxed" and end == 0:
        return b""
    return body[:end] + b"\r\n"
