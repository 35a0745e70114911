"""Header octets to text: encoded words of RFC 2047 as they are written in the wild, and raw 8-bit headers.

Mended on the way: words cut inside a character (joined before decoding), padding left out, blanks inside, quotes
around, a charset that lies.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from mailsync.reading import charset
from mailsync.reading.limits import HEADER_VALUE

_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*)?)\?=")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_FOLD = re.compile(rb"\r?\n[ \t]*|\r")


@dataclass(frozen=True, slots=True)
class _Word:
    label: str
    encoding: bytes
    payload: bytes


def unfold(value: bytes) -> bytes:
    """The field's value on one line (RFC 5322, 2.2.3), cut at HEADER_VALUE octets."""
    return _FOLD.sub(b" ", value[:HEADER_VALUE]).strip()


def unbase64(text: bytes) -> bytes:
    """Base64 without complaint: foreign octets skipped, padding mended, a torn last character dropped."""
    clean = text.translate(None, _NOT_BASE64)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    try:
        return base64.b64decode(clean + b"=" * (-len(clean) % 4))
    except binascii.Error:
        return b""


def _octets(word: _Word) -> bytes:
    if word.encoding in b"bB":
        return unbase64(word.payload)
    return _Q_ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), word.payload.replace(b"_", b" "))


def _run(words: list[_Word]) -> str:
    """Adjacent words of one charset: their octets are joined first, so a character may be cut between them."""
    octets = b"".join(map(_octets, words))
    if len(words) > 1 and words[0].encoding in b"bB" and any(len(word.payload) % 4 for word in words[:-1]):
        octets = unbase64(b"".join(word.payload for word in words))
    return charset.decode(octets, words[0].label)[0]


def decode(value: bytes, hint: str | None = None) -> str:
    """The text of a header value, on one line. `hint` is the charset in which raw octets above 127 are likely to be."""
    value = unfold(value)
    pieces: list[str] = []
    run: list[_Word] = []
    end = 0
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        word = _Word(found[1].decode("ascii", "replace"), found[2], found[3])
        if between.strip() or not run:
            pieces += [_run(run)] if run else []
            pieces.append(charset.decode_raw(between, hint))
            run = []
        elif run and run[-1].label.casefold() != word.label.casefold():
            pieces.append(_run(run))
            run = []
        run.append(word)
        end = found.end()
    pieces += [_run(run)] if run else []
    pieces.append(charset.decode_raw(value[end:], hint))
    return " ".join("".join(pieces).replace("\n", " ").split(" ")).strip()
