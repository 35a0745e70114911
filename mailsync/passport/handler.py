"""How a change made in the passport reaches AmoCRM: a handler of entries whose source is "passport"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict

from mailsync.deciding.effects import UpdateLead
from mailsync.deciding.plan import Plan
from mailsync.deciding.reference import marker
from mailsync.journal.journal import Journal
from mailsync.journal.records import Entry, ReadingNote
from mailsync.passport.equipment import SyncedName, serial_key
from mailsync.passport.planning import change_note, plan_for_lead
from mailsync.passport.registering import FieldIds
from mailsync.ports import Clock, Crm

SOURCE = "passport"


class FieldChanged(BaseModel):
    """One of the two synced values, changed in the passport."""

    model_config = ConfigDict(frozen=True)

    name: SyncedName
    value: str | None
    previous: str | None


class PassportChange(BaseModel):
    """The body of an entry: what was changed, and on which lead it is told."""

    model_config = ConfigDict(frozen=True)

    serial_number: str
    lead_id: int
    changes: tuple[FieldChanged, ...]


@dataclass(slots=True)
class PassportHandler:
    """What counts is how lead and passport stand now: a change that was overtaken meanwhile is not written."""

    journal: Journal
    crm: Crm
    clock: Clock
    ids: FieldIds

    async def note(self, entry: Entry, raw: bytes) -> ReadingNote:
        change = PassportChange.model_validate_json(raw)
        return ReadingNote(
            kind="passport",
            sender=None,
            subject=f"станок {change.serial_number}",
            message_id=None,
            answers=(),
            content_key=entry.key,
            lanes=frozenset({f"lead:{change.lead_id}"}),
            lead_id=change.lead_id,
        )

    async def plan(self, entry: Entry, raw: bytes) -> Plan:
        change = PassportChange.model_validate_json(raw)
        lead = await self.crm.lead(change.lead_id)
        if lead is None:
            return Plan(ignored="the deal that the machine was registered by is gone")
        known = await self.journal.passport.of_lead(lead.id, serial_key(change.serial_number))
        plan = plan_for_lead(lead, known, self.ids, entry.reference, 0, self.clock.now())
        if any(isinstance(effect, UpdateLead) for effect in plan.effects):
            return plan
        return self._told_by_note(change, entry, plan)

    def _told_by_note(self, change: PassportChange, entry: Entry, plan: Plan) -> Plan:
        """What AmoCRM has no field for is told by a note alone."""
        fieldless = [(one.name, one.value, one.previous) for one in change.changes if not self.ids.of(one.name)]
        if not fieldless:
            return plan if plan.effects or plan.ignored else Plan(ignored="the deal names the machine no more")
        note = change_note(change.lead_id, fieldless, marker(entry.reference, len(plan.effects)))
        return replace(plan, effects=(*plan.effects, note), ignored="")
