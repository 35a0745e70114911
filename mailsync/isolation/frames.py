"""What passes between pool and children: length-prefixed pickles that may name nothing but the reader's values."""

from __future__ import annotations

import io
import pickle
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mailsync.reading.model import Reading, ReadingContext

HEADER = struct.Struct(">Q")
MAXIMUM = 1 << 30  # octets of one frame: far above any letter, far below what would exhaust the parent


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


def pack(value: Job | Answer | str) -> bytes:
    body = pickle.dumps(value, protocol=5)
    return HEADER.pack(len(body)) + body


def unpack(body: bytes | bytearray) -> object:
    """Raises UnpicklingError, or whatever a damaged pickle makes of itself."""
    return _Unpickler(io.BytesIO(body)).load()
