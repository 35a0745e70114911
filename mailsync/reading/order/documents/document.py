"""What a document holds, and why one could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.reading.model import Table


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document in reading order, its tables kept apart from it."""

    name: str
    text: str = ""
    tables: tuple[Table, ...] = ()


class UnreadableDocument(Exception):  # noqa: N818 - named for the state of the file
    """The document is broken, encrypted or larger than we open; the message says which."""
