"""The connection test of the integration manual: one tagged lead an hour, through journal, worker and AmoCRM."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.deciding.effects import CreateLead
from mailsync.deciding.plan import Plan
from mailsync.journal.records import Entry, ReadingNote

TAG = "тест"


@dataclass(frozen=True, slots=True)
class ConnectionTestHandler:
    """The handler of entries whose source is "test"."""

    async def note(self, entry: Entry, raw: bytes) -> ReadingNote:  # noqa: ARG002 - a port's shape
        return ReadingNote(
            kind="test",
            sender=None,
            subject="проверка связи",
            message_id=None,
            answers=(),
            content_key=entry.key,
            lanes=frozenset(),
        )

    async def plan(self, entry: Entry, raw: bytes) -> Plan:  # noqa: ARG002
        lead = CreateLead(reference=entry.reference, name=f"Проверка связи {entry.reference}", tags=(TAG,))
        return Plan((lead,), reasons=("the connection test",))
