"""What passes between pool and children: a pickle that may name nothing but the reader's values, and large octets.

The letter and its files travel beside the pickle: copying them within one call of the interpreter would hold up the
parent's event loop for their whole length.
"""

from __future__ import annotations

import io
import pickle
import struct
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from mailsync.reading.model import Reading, ReadingContext

HEADER = struct.Struct(">Q")
MAXIMUM = 1 << 30  # octets of a frame: far above any letter, far below what would exhaust the parent
PIECES = 10_000


class Depth(StrEnum):
    """How far a letter is read: each step down leaves out what may have broken the step before."""

    FULL = "full"
    WITHOUT_DOCUMENTS = "without documents"
    HEADERS = "headers"


@dataclass(frozen=True, slots=True)
class Job:
    """A letter to be read; `why` tells a person what went wrong before."""

    raw: bytes
    context: ReadingContext
    depth: Depth
    seconds: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reading, or the name of what prevented it."""

    reading: Reading | None
    failure: str = ""


_MODULES = frozenset({"mailsync.reading.model", "mailsync.isolation.frames"})
_OTHERS = frozenset({("datetime", name) for name in ("datetime", "timedelta", "timezone")})


class _Unpickler(pickle.Unpickler):
    """A child that was taken over by a hostile document can still name only values, no functions."""

    def find_class(self, module: str, name: str) -> Any:
        if "." not in name and (module in _MODULES or (module, name) in _OTHERS):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} does not belong into a frame")


def pack(value: Job | Answer | str) -> list[bytes]:
    """The frame in pieces, to be written one after another: lengths, the pickle, then each of the large octets."""
    small, large = _without_large(value)
    body = pickle.dumps(small, protocol=5)
    sizes = [len(body), *map(len, large)]
    return [HEADER.pack(len(sizes)), b"".join(map(HEADER.pack, sizes)), body, *large]


def unpack(body: bytes, large: list[bytes]) -> object:
    """The value of a frame. Raises UnpicklingError, or whatever a damaged pickle makes of itself."""
    value = _Unpickler(io.BytesIO(body)).load()
    if isinstance(value, Job):
        (raw,) = large
        return replace(value, raw=raw)
    if isinstance(value, Answer) and value.reading is not None:
        return replace(value, reading=_with_contents(value.reading, large))
    return value


def _without_large(value: Job | Answer | str) -> tuple[Job | Answer | str, list[bytes]]:
    if isinstance(value, Job):
        return replace(value, raw=b""), [value.raw]
    if isinstance(value, Answer) and value.reading is not None:
        contents = [file.content for file in value.reading.message.attachments]
        return replace(value, reading=_with_contents(value.reading, [b""] * len(contents))), contents
    return value, []


def _with_contents(reading: Reading, contents: list[bytes]) -> Reading:
    files = reading.message.attachments
    filled = tuple(replace(file, content=octets) for file, octets in zip(files, contents, strict=True))
    return replace(reading, message=replace(reading.message, attachments=filled))
