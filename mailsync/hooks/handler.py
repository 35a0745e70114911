"""How an event of AmoCRM is noted and planned: the lead is read again, then whoever is interested says what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mailsync.deciding.effects import Effect
from mailsync.deciding.facts import LeadNow
from mailsync.deciding.plan import Plan
from mailsync.hooks.account import AccountKeeper
from mailsync.hooks.notice import LeadNotice
from mailsync.journal.records import Entry, ReadingNote
from mailsync.ports import Crm


class Reaction(Protocol):
    """One part of the program that does something when a lead changes."""

    actions: frozenset[str]  # the events that it wants to hear of: "status", "update", "add", "restore"

    async def react(self, entry: Entry, notice: LeadNotice, lead: LeadNow, position: int) -> Plan:
        """What follows; its first effect gets `position` in the entry's plan. May be asked again for the same event,
        and for events in any order: `lead` is the lead as it is now. Raises what the CRM raises."""
        ...


@dataclass(slots=True)
class HookHandler:
    """The handler of entries whose source is "webhook"; reactions take their turns in this order."""

    crm: Crm
    account: AccountKeeper
    reactions: Sequence[Reaction]

    async def note(self, entry: Entry, raw: bytes) -> ReadingNote:
        notice = LeadNotice.model_validate_json(raw)
        return ReadingNote(
            kind=f"lead_{notice.action}",
            sender=None,
            subject=f"сделка {notice.lead_id}",
            message_id=None,
            answers=(),
            content_key=entry.key,
            lanes=frozenset({f"lead:{notice.lead_id}"}),
            lead_id=notice.lead_id,
        )

    async def plan(self, entry: Entry, raw: bytes) -> Plan:
        notice = LeadNotice.model_validate_json(raw)
        wanting = [one for one in self.reactions if notice.action in one.actions]
        if not wanting:
            return Plan(ignored=f"nothing follows from {notice.action}")
        if notice.account_id is not None and notice.account_id != await self.account.learn():
            return Plan(ignored="the event is of another account")
        lead = await self.crm.lead(notice.lead_id)
        if lead is None:
            return Plan(ignored="the lead is deleted, merged away or not ours")
        return await self._together(entry, notice, lead, wanting)

    async def _together(self, entry: Entry, notice: LeadNotice, lead: LeadNow, wanting: Sequence[Reaction]) -> Plan:
        effects: list[Effect] = []
        reasons: list[str] = []
        thread_id = None
        for reaction in wanting:
            plan = await reaction.react(entry, notice, lead, len(effects))
            effects += plan.effects
            reasons += (*plan.reasons, *((plan.ignored,) if plan.ignored else ()))
            thread_id = thread_id or plan.thread_id
        ignored = "" if effects else "; ".join(reasons) or "nothing follows"
        return Plan(tuple(effects), ignored, tuple(reasons), thread_id)
