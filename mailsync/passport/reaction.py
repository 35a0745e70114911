"""The reaction to leads: a won one registers its machine, a changed one is brought into step with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailsync.deciding.effects import RecordLeadStatus
from mailsync.deciding.facts import LeadNow, StatusChange
from mailsync.deciding.plan import Plan
from mailsync.hooks.notice import LeadNotice
from mailsync.journal.journal import Journal
from mailsync.journal.records import Entry
from mailsync.passport.equipment import serial_key
from mailsync.passport.planning import ask_for_serial, plan_for_lead
from mailsync.passport.registering import WON, FieldIds, said_by
from mailsync.ports import Clock


@dataclass(slots=True)
class PassportReaction:
    """Only a hook or log line about a status asks for a missing serial number: a bulk change of old deals does not."""

    journal: Journal
    clock: Clock
    ids: FieldIds
    actions: frozenset[str] = frozenset({"status", "update"})

    async def concerns(self, change: StatusChange) -> bool:
        """Whether a changed lead may have a machine: it is won, or has registered one."""
        return change.status_id == WON or await self.journal.passport.of_lead(change.lead_id, "") is not None

    async def react(self, entry: Entry, notice: LeadNotice, lead: LeadNow, position: int) -> Plan:
        passport = self.journal.passport
        said = said_by(lead, self.ids)
        if said is None and notice.action == "status" and lead.status_id == WON:
            asked = await passport.asked(lead.id)
            plan = Plan(ignored="asked already") if asked else ask_for_serial(lead, entry.reference, position)
        else:
            known = await passport.of_lead(lead.id, serial_key(said.serial_number) if said else "")
            plan = plan_for_lead(lead, known, self.ids, entry.reference, position, self.clock.now())
        if await self.journal.app_requests.status_of(lead.id) in (None, lead.status_id):
            return plan
        seen = RecordLeadStatus(lead_id=lead.id, status_id=lead.status_id)
        return replace(plan, effects=(*plan.effects, seen), ignored="")
