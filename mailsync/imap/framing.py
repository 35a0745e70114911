"""Cuts the server's bytes into responses (RFC 3501, 7 and 4.3): lines, with the literals inside them kept whole.

It stands in for aioimaplib 2.0.3's own reader, which recurses for each line (RecursionError at 1,000 of them), takes
every "* " out of untagged lines, and believes any announced size.
"""

from __future__ import annotations

from collections.abc import Iterator

Response = list[bytes]
"""A response without its line ends: text, a Literal, text, a Literal, … text."""

_STATUS_WORDS = frozenset({b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"})


class Literal(bytes):
    """Octets sent as a literal, exact."""

    __slots__ = ()


class FramingError(Exception):
    """The server sent something that cannot be an IMAP response, or one over the size limit."""


class Framer:
    """Feed it what the socket gives; a response may take up to `limit` octets in all."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._searched = 0  # no line end before this offset
        self._parts: Response = []
        self._taken = 0  # octets in `_parts`
        self._literal_size: int | None = None

    @property
    def empty(self) -> bool:
        """True between responses: nothing was read ahead."""
        return not self._buffer and not self._parts

    def feed(self, data: bytes) -> Iterator[Response]:
        """Yield the responses that are complete now. Raises FramingError, after which the link is of no use."""
        self._buffer += data
        while self._advance():
            if self._literal_size is None and self._parts and not isinstance(self._parts[-1], Literal):
                yield self._parts
                self._parts, self._taken = [], 0

    def _advance(self) -> bool:
        """Move one literal or one line from the buffer into `_parts`; False when more bytes are needed."""
        if self._literal_size is not None:
            return self._take_literal(self._literal_size)
        return self._take_line()

    def _take_literal(self, size: int) -> bool:
        if len(self._buffer) < size:
            return False
        self._parts.append(Literal(self._buffer[:size]))
        self._drop(size)
        self._literal_size = None
        return True

    def _take_line(self) -> bool:
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            self._check_size(len(self._buffer))
            return False
        self._check_size(end)
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        self._drop(end + 1)
        self._literal_size = None if self._is_status(line) else _announced_size(line)
        if self._literal_size is not None:
            self._check_size(self._literal_size)
            line = line[: line.rfind(b"{")]
        self._parts.append(line)
        return True

    def _is_status(self, line: bytes) -> bool:
        """Free text for people may end in "{5}" without announcing anything (RFC 3501, 9, resp-text)."""
        words = line.split(b" ", 2)
        return not self._parts and (line.startswith(b"+") or (len(words) > 1 and words[1].upper() in _STATUS_WORDS))

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._searched = 0
        self._taken += count

    def _check_size(self, more: int) -> None:
        if self._taken + more > self._limit:
            raise FramingError(f"a response of more than {self._limit} octets")


def _announced_size(line: bytes) -> int | None:
    """The n of a trailing "{n}" (or "~{n}", RFC 3516), else None."""
    if not line.endswith(b"}"):
        return None
    digits = line[line.rfind(b"{") + 1 : -1]
    return int(digits) if digits.isdigit() and len(digits) <= 20 else None
