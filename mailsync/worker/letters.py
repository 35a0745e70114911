"""How a letter is noted and planned: read away from the event loop, then decided with the facts around it."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.deciding.facts import Rules
from mailsync.deciding.plan import Plan, decide
from mailsync.journal.records import Entry, ReadingNote
from mailsync.ports import LetterReader
from mailsync.reading.model import ReadingContext
from mailsync.worker.surroundings import Surroundings, reading_note


@dataclass(slots=True)
class LetterHandler:
    """The handler of entries whose source is "letter"."""

    reader: LetterReader
    context: ReadingContext
    surroundings: Surroundings
    rules: Rules

    async def note(self, entry: Entry, raw: bytes) -> ReadingNote:  # noqa: ARG002 - a port's shape
        reading = await self.reader.read(raw, self.context)
        return reading_note(reading, raw, self.context.own)

    async def plan(self, entry: Entry, raw: bytes) -> Plan:
        reading = await self.reader.read(raw, self.context)
        facts = await self.surroundings.facts(entry, reading, raw)
        return decide(reading, facts, self.surroundings.identity(entry), self.rules, self.context.own)
