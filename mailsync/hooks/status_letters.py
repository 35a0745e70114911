"""Letters when a manager moves a lead: once for each lead and status, in the thread of the customer's letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailsync.deciding.confirming import refusal, with_copy
from mailsync.deciding.effects import Effect, LeadStatus, SendConfirmation, Understood
from mailsync.deciding.facts import Facts, Identity, LeadNow, Rules, StatusChange
from mailsync.deciding.plan import Plan, answer_subject
from mailsync.errors import PermanentFailure
from mailsync.hooks.notice import LeadNotice
from mailsync.journal.hooks import LeadRequest
from mailsync.journal.journal import Journal
from mailsync.journal.records import Entry
from mailsync.ports import Clock, Crm
from mailsync.reading.model import Own
from mailsync.worker.surroundings import Surroundings

NONE = "none"
STILL_NEWS = 900.0  # seconds for which a status that the lead has left again is worth a letter
LOOK_BACK = 7 * 86_400.0  # how far back AmoCRM's log is asked
REFERENCES_KEPT = 20


def due_changes(
    lead: LeadNow, log: Sequence[StatusChange], written: Mapping[int, float], templates: Mapping[int, str], now: float
) -> list[StatusChange]:
    """The changes that a letter is due for, the oldest first. Pure.

    Only AmoCRM's log counts, whatever an event claimed. Of statuses that the lead has left again, only those of the
    last minutes are told, and nothing that a letter about a later change has overtaken.
    """
    newest = max(written.values(), default=0.0)
    latest = {one.status_id: one for one in log}
    return [
        one
        for one in sorted(latest.values(), key=lambda one: one.at)
        if one.status_id not in written
        and one.at >= newest
        and (one.status_id == lead.status_id or one.at >= now - STILL_NEWS)
        and templates.get(one.status_id, NONE) != NONE
    ]


def recipient(lead: LeadNow, request: LeadRequest | None) -> str | None:
    """The address of the lead's main contact; the one that the thread knows where there are several."""
    emails = lead.contact.emails if lead.contact else ()
    known = [email for email in emails if request and email in request.participants]
    return next(iter((*known, *emails)), None)


def letter_on(
    change: StatusChange,
    template: str,
    lead: LeadNow,
    to: str,
    request: LeadRequest | None,
    before: Sequence[SendConfirmation],
    identity: Identity,
) -> SendConfirmation:
    """The letter about one change; `before` are our earlier letters of the thread, the oldest first."""
    name = lead.contact.name if lead.contact else None
    thread = [request.message_id] if request and request.message_id else []
    thread += [one.message_id for one in before]
    older = next((one.references for one in before if one.references), ())
    references = tuple(dict.fromkeys((*older, *thread)))
    if before:
        subject = before[0].subject
    else:
        subject = answer_subject(request.subject if request and thread else "", identity.reference)
    return SendConfirmation(
        template=template,
        to=to,
        to_name=name,
        subject=subject,
        reference=identity.reference,
        message_id=identity.message_id(f"status_{change.status_id}"),
        in_reply_to=thread[-1] if thread else None,
        references=references[-REFERENCES_KEPT:],
        understood=Understood(name=name),
        status=LeadStatus(lead_id=lead.id, status_id=change.status_id, changed_at=change.at),
    )


@dataclass(slots=True)
class StatusLetters:
    """The reaction to a changed status. `templates` by status id; changes before `since` were nobody's promise.

    Only leads of the pipeline get letters (0: of any): 142 and 143 are the same in every one (fact sheet, 4.5).
    """

    journal: Journal
    crm: Crm
    clock: Clock
    surroundings: Surroundings
    templates: Mapping[int, str]
    rules: Rules
    own: Own
    since: float
    pipeline_id: int = 0
    actions: frozenset[str] = frozenset({"status"})

    async def react(self, entry: Entry, notice: LeadNotice, lead: LeadNow, position: int) -> Plan:
        if self.pipeline_id and lead.pipeline_id != self.pipeline_id:
            return Plan(ignored="the lead is of another pipeline")
        now = self.clock.now()
        written = await self.journal.hooks.lettered(lead.id)
        request = await self.journal.hooks.request_of(lead.id)
        log = await self._log(notice, lead, request, now)
        due = due_changes(lead, log, written, self.templates, now)
        if not due:
            return Plan(ignored="no letter is due")
        to = recipient(lead, request)
        facts = await self.surroundings.with_letters(Facts(), to or "")
        if why := refusal(to, facts, self.rules, self.own):
            return Plan(ignored=f"no letter on the status: {why}")
        assert to
        return self._letters(entry, lead, to, request, due, facts, position)

    async def _log(
        self, notice: LeadNotice, lead: LeadNow, request: LeadRequest | None, now: float
    ) -> list[StatusChange]:
        """What changed since the letters were first switched on: AmoCRM's log, and the lead as it was read just now.

        The log may be behind the event, or hidden from our token: then the event is believed where the lead does
        stand in that status and was changed just now.
        """
        try:
            log = await self.crm.status_changes(max(now - LOOK_BACK, self.since), lead.id)
        except PermanentFailure:
            log = []
        log = [one for one in log if one.pipeline_id in (None, lead.pipeline_id)]
        shown = any(one.status_id == lead.status_id for one in log)
        fresh = notice.status_id == lead.status_id and lead.updated_at >= now - STILL_NEWS
        if fresh and not shown and (notice.seen_by != "comparison" or self._may_be_new(lead, request, now)):
            log = [*log, StatusChange(lead.id, lead.status_id, lead.pipeline_id, lead.updated_at)]
        return log

    def _may_be_new(self, lead: LeadNow, request: LeadRequest | None, now: float) -> bool:
        """Whether a lead of which we know only that it was changed may have come into its status just now: it was made
        for a request since letters are sent, and was not closed earlier."""
        closed_earlier = 0 < lead.closed_at < now - STILL_NEWS
        return request is not None and request.received_at >= self.since and not closed_earlier

    def _letters(
        self,
        entry: Entry,
        lead: LeadNow,
        to: str,
        request: LeadRequest | None,
        due: Sequence[StatusChange],
        facts: Facts,
        position: int,
    ) -> Plan:
        room = min(self.rules.per_address_per_day - facts.letters_today, self.rules.per_hour - facts.letters_this_hour)
        known = request if request and to in request.participants else None
        identity = self.surroundings.identity_of(known.reference if known else entry.reference)
        before = list(known.letters) if known else []
        effects: list[Effect] = []
        for change in due[-room:]:
            letter = letter_on(change, self.templates[change.status_id], lead, to, known, before, identity)
            effects += with_copy(letter, position + len(effects), self.rules)
            before.append(letter)
        reasons = tuple(f"lead {lead.id} came into status {one.status_id}: a letter" for one in due[-room:])
        return Plan(tuple(effects), reasons=reasons, thread_id=known.entry_id if known else None)
