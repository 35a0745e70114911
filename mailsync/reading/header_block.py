"""The outermost header of a letter, decoded: raw 8-bit values are read in the charset that suits them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailsync.reading import addresses, charset, encoded_words, headers
from mailsync.reading.model import Address
from mailsync.reading.structure import Node


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """Header fields by lower-case name, decoded, in the order of the letter."""

    root: Node
    hint: str | None  # the charset of raw 8-bit values
    fields: Mapping[str, tuple[str, ...]]

    def first(self, name: str) -> str:
        return self.fields.get(name, ("",))[0]

    def mailboxes(self, name: str) -> tuple[Address, ...]:
        value = self.root.first(name)
        return addresses.addresses(value, self.hint) if value else ()

    def sender(self) -> Address | None:
        """The author; where From names no address, Sender or the envelope does, under the name that From gives."""
        for name in ("from", "sender", "reply-to", "return-path"):
            found = self.mailboxes(name)
            if found and name == "from":
                return found[0]
            if found:
                shown = addresses.display_name(self.root.first("from") or b"", self.hint)
                return Address(found[0].address, shown or found[0].name)
        return None

    def envelope_from(self) -> str | None:
        """Return-Path as our server wrote it: the topmost one (RFC 5321, 4.4)."""
        if "return-path" not in self.fields:
            return None
        return self.first("return-path").strip().strip("<>").strip().lower()

    def date(self) -> datetime | None:
        """Date, or when the last server received the letter."""
        return headers.date(self.first("date")) or headers.date(self.first("received").rpartition(";")[2])


def read(root: Node) -> HeaderBlock:
    """Decode the header fields of a letter."""
    hint = _raw_charset(root)
    fields: dict[str, list[str]] = {}
    for name, value in root.fields:
        fields.setdefault(name, []).append(encoded_words.decode(value, hint))
    return HeaderBlock(root, hint, {name: tuple(values) for name, values in fields.items()})


def _raw_charset(root: Node) -> str | None:
    """Judged over all raw values together; the body's own label counts for it, programs that old use one charset."""
    octets = b" ".join(value for _, value in root.fields if not value.isascii())
    if not octets:
        return None
    labels = (node.parameters.get("charset") for node in _first_branch(root))
    declared = charset.codec_of(next(filter(None, labels), ""))
    return charset.guess(octets, None if declared in {"utf-8", "ascii"} else declared)


def _first_branch(root: Node) -> Iterator[Node]:
    """The root and its first descendants down to a leaf."""
    yield root
    while root.children:
        root = root.children[0]
        yield root
