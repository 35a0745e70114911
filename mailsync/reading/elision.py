"""Large base64 bodies taken out of a letter before a library parses it, and put back into the parts afterwards.

The library's parser makes an object of every line: a letter of 28 MB took 260 MB and 1.3 s with it, without this.
A token depends on all of the letter, so nobody can write one into it beforehand.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

# Behind an empty line, at least 500 lines of nothing but base64.
_LARGE = re.compile(rb"\n\r?\n((?:[A-Za-z0-9+/]{20,998}+\r?\n){500,}+)")


@dataclass(frozen=True, slots=True)
class Shortened:
    """A letter with tokens in the place of its large bodies."""

    raw: bytes
    bodies: tuple[tuple[bytes, bytes], ...]  # token, what it stands for

    def restore(self, payload: bytes) -> bytes:
        """The payload as it was sent."""
        for token, body in self.bodies:
            if token in payload:
                payload = payload.replace(token, body)
        return payload


def shorten(raw: bytes) -> Shortened:
    """Replace every large body by a token of one line."""
    places = [found.span(1) for found in _LARGE.finditer(raw)]
    if not places:
        return Shortened(raw, ())
    digest = hashlib.sha256(raw).hexdigest()[:32]
    pieces: list[bytes] = []
    bodies: list[tuple[bytes, bytes]] = []
    end = 0
    for number, (first, behind) in enumerate(places):
        # The body's last line break stays outside: before a boundary it belongs to the boundary (RFC 2046, 5.1.1).
        last = behind - (2 if raw[behind - 2 : behind] == b"\r\n" else 1)
        token = f"elided.{number}.{digest}".encode()
        pieces += [raw[end:first], token]
        bodies.append((token, raw[first:last]))
        end = last
    return Shortened(b"".join([*pieces, raw[end:]]), tuple(bodies))
