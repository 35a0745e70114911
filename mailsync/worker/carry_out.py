"""Carries out the effects of one entry in their order: intent journaled before the call, outcome after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import structlog

from mailsync.deciding.effects import (
    MarkDead,
    RecordLeadStatus,
    RegisterEquipment,
    SendConfirmation,
    SettleConfirmation,
    StoreSentCopy,
    UpdateLead,
)
from mailsync.deciding.plan import refused_letter
from mailsync.deciding.reference import marker
from mailsync.errors import MailsyncError, PermanentFailure, RecipientRefused, TemporaryFailure, UnknownOutcome
from mailsync.journal.journal import Journal
from mailsync.journal.passport_effects import Change, applied, refused
from mailsync.journal.records import EffectRow, EffectState, Entry, Stage
from mailsync.passport.planning import refused_change
from mailsync.ports import Clock
from mailsync.worker.hands import CrmEffect, CrmHands, Done, LetterHands
from mailsync.worker.health import Health

log = structlog.get_logger()

SETTLED = (EffectState.DONE, EffectState.DROPPED, EffectState.UNCERTAIN)
COPY_TRIES = 8
UNCERTAIN_REASON = "подтверждение: неизвестно, ушло ли / the confirmation may or may not have gone out"
UNCERTAIN_CURE = (
    "ask the customer or look into the mail server's log; then `mailsync journal settle` or `… retry` (sends again)"
)


class NeighbourAway(TemporaryFailure):
    """A neighbour is known to be away: not asked now; `retry_after` says when."""


@dataclass(slots=True)
class Executor:
    """Works through an entry's effects; what it raises tells the processor when to come back."""

    journal: Journal
    crm_hands: CrmHands
    letter_hands: LetterHands
    clock: Clock
    health: Health
    settle_seconds: float

    async def carry_out(self, entry: Entry) -> None:
        """Do all that is not done. Raises MailsyncError where an effect has to wait or cannot be done.

        Ends the entry: done, or parked where a letter's fate is uncertain. An entry with nothing left but letters is
        handed back to wait for its turn at the SMTP server, so that a slow one never holds up AmoCRM.
        """
        while pending := [row for row in await self.journal.work.effects(entry.id) if row.state not in SETTLED]:
            writes_crm = any(isinstance(row.effect, get_args(CrmEffect)) for row in pending)
            if entry.stage is not Stage.MAILING and not writes_crm:
                await self.journal.work.only_letters_left(entry.id)
                return
            entry = await self._one(entry, pending[0])
        await self._end(entry)

    async def _end(self, entry: Entry) -> None:
        rows = await self.journal.work.effects(entry.id)
        now = self.clock.now()
        if any(row.state is EffectState.UNCERTAIN for row in rows):
            await self.journal.work.park(entry.id, now, UNCERTAIN_REASON, UNCERTAIN_CURE)
        else:
            await self.journal.work.finish(entry.id, now)

    async def _one(self, entry: Entry, row: EffectRow) -> Entry:
        match row.effect:
            case SendConfirmation():
                await self._send(entry, row, row.effect)
            case StoreSentCopy():
                await self._store_copy(row, row.effect)
            case MarkDead():
                await self.journal.work.mark_dead(row.effect.address, row.effect.reason, self.clock.now())
                await self._ended(row, Done(row.effect.address))
            case SettleConfirmation():
                known = await self.journal.work.settle_letter(
                    row.effect.message_id, row.effect.evidence, self.clock.now()
                )
                await self._ended(row, Done("settled" if known else "nothing was in doubt"))
            case RegisterEquipment() | RecordLeadStatus():
                await self._ended(row, Done(str(row.effect.lead_id)), with_it=applied(row.effect, self.clock.now()))
            case _:
                done = await self._in_crm(entry, row, row.effect)
                return replace(
                    entry, lead_id=done.lead_id or entry.lead_id, contact_id=done.contact_id or entry.contact_id
                )
        return entry

    async def _in_crm(self, entry: Entry, row: EffectRow, effect: CrmEffect) -> Done:
        self._gate("crm")
        in_doubt = row.state is EffectState.SENDING
        try:
            done = await self._look(entry, row, effect) if in_doubt else None
            if done is None:
                await self.journal.work.sending(row, self.clock.now())
                done = await self.crm_hands.carry_out(entry, effect, again=in_doubt or row.attempts > 0)
        except UnknownOutcome:
            raise
        except MailsyncError as failure:
            if not in_doubt:  # else the first try's outcome stays unknown until looking for it has succeeded
                await self.journal.work.not_sent(row, self.clock.now(), str(failure))
            if isinstance(failure, PermanentFailure):
                self.health.works("crm")  # a refusal is an answer
                if isinstance(effect, UpdateLead):
                    return await self._refused(entry, row, effect, failure)
            self._note_failure(failure)
            raise
        self.health.works("crm")
        noted = applied(effect, self.clock.now()) if isinstance(effect, UpdateLead) else None
        await self._ended(row, done, with_it=noted)
        return done

    async def _refused(self, entry: Entry, row: EffectRow, effect: UpdateLead, failure: PermanentFailure) -> Done:
        """A person decides about a field; what else the entry has to do (a letter to the customer) goes on."""
        mark = marker(entry.reference, len(await self.journal.work.effects(entry.id)))
        follow = refused_change(effect, f"{failure}: {failure.cure}", mark)
        now, why = self.clock.now(), str(failure)
        await self.journal.work.replace_effect(row, now, [follow], why, with_it=refused(effect))
        return Done("", effect.lead_id)

    async def _look(self, entry: Entry, row: EffectRow, effect: CrmEffect) -> Done | None:
        """Look for what an unanswered try did; None only when it certainly is not there."""
        since = row.attempted_at or 0.0
        if done := await self.crm_hands.find(entry, effect, since):
            log.info("found after an unknown outcome", entry_id=entry.id, step=effect.action)
            return done
        if self.clock.now() < since + self.settle_seconds:
            raise UnknownOutcome("an unanswered write may still be on its way; looking again soon")
        return None

    async def _send(self, entry: Entry, row: EffectRow, letter: SendConfirmation) -> None:
        if row.state is EffectState.SENDING:
            await self._ended(row, Done(""), EffectState.UNCERTAIN, "stopped while the letter was being handed over")
            return
        if await self.journal.knowledge.is_dead(letter.to):
            await self._ended(row, Done(""), EffectState.DROPPED, "letters to this address came back")
            return
        self._gate("smtp")
        try:
            state, answer = await self.letter_hands.send(row, letter)
        except RecipientRefused as failure:
            position = len(await self.journal.work.effects(entry.id))
            follow = refused_letter(entry.lead_id, entry.reference, letter, str(failure), position)
            await self.journal.work.replace_effect(row, self.clock.now(), follow, detail=str(failure))
            return
        except MailsyncError as failure:
            self._note_failure(failure)
            raise
        self.health.works("smtp")
        if state is EffectState.UNCERTAIN and await self.journal.knowledge.came_back(letter.message_id):
            state, answer = EffectState.DONE, "a copy came into our own mailbox"
        await self._ended(row, Done(answer if state is EffectState.DONE else ""), state, answer)

    async def _store_copy(self, row: EffectRow, copy: StoreSentCopy) -> None:
        """A copy matters to managers, not to the customer: given up after some tries, never a reason to park."""
        letter_row = (await self.journal.work.effects(row.entry_id))[copy.letter]
        if letter_row.state is not EffectState.DONE or letter_row.attempted_at is None:
            await self._ended(row, Done(""), EffectState.DROPPED, "the letter itself did not certainly go out")
            return
        assert isinstance(letter_row.effect, SendConfirmation)
        again = row.attempts > 0
        await self.journal.work.sending(row, self.clock.now())
        try:
            await self.letter_hands.store_copy(letter_row.effect, letter_row.attempted_at, again=again)
        except MailsyncError as failure:
            if row.attempts + 1 < COPY_TRIES and not isinstance(failure, PermanentFailure):
                raise
            await self._ended(row, Done(""), EffectState.DROPPED, str(failure))
            return
        await self._ended(row, Done(letter_row.effect.message_id))

    async def _ended(
        self,
        row: EffectRow,
        done: Done,
        state: EffectState = EffectState.DONE,
        detail: str = "",
        with_it: Change | None = None,
    ) -> None:
        await self.journal.work.effect_ended(
            row,
            self.clock.now(),
            state,
            outside_id=done.outside_id or None,
            lead_id=done.lead_id,
            contact_id=done.contact_id,
            detail=detail,
            with_it=with_it,
        )

    def _gate(self, neighbour: str) -> None:
        if wait := self.health.gate(neighbour):
            outage = self.health.outages[neighbour]
            raise NeighbourAway(outage.reason, cure=outage.cure, neighbour=neighbour, retry_after=wait)

    def _note_failure(self, failure: MailsyncError) -> None:
        if isinstance(failure, TemporaryFailure) and failure.neighbour and not isinstance(failure, NeighbourAway):
            self.health.failed(failure.neighbour, failure)
