"""How a letter is noted and planned: read away from the event loop, then decided with the facts around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailsync.deciding.facts import Rules
from mailsync.deciding.plan import Plan, decide
from mailsync.journal.records import Entry, ReadingNote
from mailsync.ports import Authenticator, LetterReader
from mailsync.reading.model import AuthenticationResult, Reading, ReadingContext
from mailsync.worker.surroundings import Surroundings, reading_note


@dataclass(slots=True)
class LetterHandler:
    """The handler of entries whose source is "letter"."""

    reader: LetterReader
    context: ReadingContext
    surroundings: Surroundings
    rules: Rules
    authenticator: Authenticator | None = None

    async def note(self, entry: Entry, raw: bytes) -> ReadingNote:  # noqa: ARG002 - a port's shape
        reading = await self.reader.read(raw, self.context)
        return reading_note(reading, raw, self.context.own)

    async def plan(self, entry: Entry, raw: bytes) -> Plan:
        reading = await self._authenticated(await self.reader.read(raw, self.context), raw)
        facts = await self.surroundings.facts(entry, reading, raw)
        return decide(reading, facts, self.surroundings.identity(entry), self.rules, self.context.own)

    async def _authenticated(self, reading: Reading, raw: bytes) -> Reading:
        """A person's letter that no believed server has judged is judged by its own signatures."""
        judged = reading.authentication.result is not AuthenticationResult.NONE
        if self.authenticator is None or judged or not reading.kind.by_person:
            return reading
        return replace(reading, authentication=await self.authenticator.authenticate(raw))
