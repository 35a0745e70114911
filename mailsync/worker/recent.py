"""Readings of the last letters, remembered: a letter is noted, planned and its files uploaded from one reading."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from mailsync.ports import LetterReader
from mailsync.reading.model import Reading, ReadingContext

MOST_OCTETS = 64 << 20


class RecentReadings:
    """A LetterReader in front of another; what it keeps stands for letters of `most_octets` at the most."""

    def __init__(self, reader: LetterReader, most_octets: int = MOST_OCTETS) -> None:
        self._reader = reader
        self._most_octets = most_octets
        self._octets = 0
        self._kept: OrderedDict[bytes, tuple[int, Reading]] = OrderedDict()

    async def read(self, raw: bytes, context: ReadingContext) -> Reading:
        """The reading of a letter; `context` is the same in every call."""
        key = hashlib.sha256(raw).digest()
        if known := self._kept.get(key):
            self._kept.move_to_end(key)
            return known[1]
        reading = await self._reader.read(raw, context)
        self._keep(key, len(raw), reading)
        return reading

    def _keep(self, key: bytes, size: int, reading: Reading) -> None:
        if key in self._kept or size > self._most_octets:
            return
        self._kept[key] = (size, reading)
        self._octets += size
        while self._octets > self._most_octets:
            _, (size, _) = self._kept.popitem(last=False)
            self._octets -= size
