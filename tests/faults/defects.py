"""Planted defects: each breaks one promise in one place of a worker. A plan that passes one of them proves nothing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from mailsync.deciding.effects import CreateLead, SendConfirmation, StoreSentCopy
from mailsync.deciding.facts import Facts
from mailsync.deciding.plan import Plan
from mailsync.errors import TemporaryFailure, UnknownOutcome
from mailsync.journal.database import Connection
from mailsync.journal.intake import Intake, Stored
from mailsync.journal.knowledge import Knowledge
from mailsync.journal.records import Cursor, EffectRow, EffectState, Entry, ReadingNote
from mailsync.journal.work import Work, _add_effect
from mailsync.ports import Envelope, FetchedLetter, MailboxSession
from mailsync.reading.model import Kind, Reading
from mailsync.worker.assembly import Worker
from mailsync.worker.carry_out import Executor
from mailsync.worker.hands import CrmEffect, CrmHands, Done, LetterHands, moment
from mailsync.worker.intake import Fetcher
from mailsync.worker.letters import LetterHandler
from mailsync.worker.surroundings import Surroundings

T = TypeVar("T")


def _recast(kind: type[T], plain: Any) -> T:
    """`plain` as a subclass of its own class, with everything it has."""
    return kind(**{field.name: getattr(plain, field.name) for field in fields(plain) if field.init})


def _letters(worker: Worker) -> LetterHandler:
    handler = worker.processor.handlers["letter"]
    assert isinstance(handler, LetterHandler)
    return handler


class CursorFirst(Intake):
    async def store_letters(
        self, mailbox: str, uidvalidity: int, letters: Sequence[FetchedLetter], seen_to: int, now: float
    ) -> Stored:
        await super().store_letters(mailbox, uidvalidity, [], seen_to, now)
        return await super().store_letters(mailbox, uidvalidity, letters, seen_to, now)


def cursor_before_letters(worker: Worker) -> None:
    worker.journal.intake = CursorFirst(worker.journal.database)


class Blind(CrmHands):
    async def find(self, entry: Entry, effect: CrmEffect, since: float) -> Done | None:
        return None


def repeat_without_looking(worker: Worker) -> None:
    worker.processor.executor.crm_hands = _recast(Blind, worker.processor.executor.crm_hands)


class Forgetful(CrmHands):
    async def carry_out(self, entry: Entry, effect: CrmEffect, *, again: bool) -> Done:
        if isinstance(effect, CreateLead):
            effect = effect.model_copy(update={"reference": f"RS-{secrets.token_hex(4)[:7].upper()}"})
        return await super().carry_out(entry, effect, again=again)


def marker_of_every_try(worker: Worker) -> None:
    worker.processor.executor.crm_hands = _recast(Forgetful, worker.processor.executor.crm_hands)


class PlannedAsItLikes(LetterHandler):
    """`change` is what its subclasses do to a plan."""

    async def plan(self, entry: Entry, raw: bytes) -> Plan:
        return self.change(await LetterHandler.plan(self, entry, raw))

    def change(self, plan: Plan) -> Plan:
        raise NotImplementedError


class ConfirmedFirst(PlannedAsItLikes):
    def change(self, plan: Plan) -> Plan:
        letters = tuple(one for one in plan.effects if isinstance(one, SendConfirmation))
        others = tuple(one for one in plan.effects if not isinstance(one, SendConfirmation | StoreSentCopy))
        return replace(plan, effects=(*letters, *others, *(StoreSentCopy(letter=0) for _ in letters)))


def confirmation_before_lead(worker: Worker) -> None:
    worker.processor.handlers = {"letter": _recast(ConfirmedFirst, _letters(worker))}


class MarkedAfterData(LetterHands):
    async def send(self, row: EffectRow, letter: SendConfirmation) -> tuple[EffectState, str]:
        envelope = self.composer.compose(letter, moment(self.clock.now()))

        async def nothing() -> None:
            """The journal is told afterwards."""

        try:
            answer = await self.submission.submit(envelope, nothing)
        except UnknownOutcome as failure:
            return EffectState.UNCERTAIN, str(failure)
        await self.journal.work.sending(row, self.clock.now())
        return EffectState.DONE, answer


def sent_marked_after_data(worker: Worker) -> None:
    worker.processor.executor.letter_hands = _recast(MarkedAfterData, worker.processor.executor.letter_hands)


class Resending(Executor):
    async def _send(self, entry: Entry, row: EffectRow, letter: SendConfirmation) -> None:
        await Executor._send(self, entry, replace(row, state=EffectState.PLANNED), letter)


def uncertain_sent_again(worker: Worker) -> None:
    worker.processor.executor = _recast(Resending, worker.processor.executor)


class NoLanes(Work):
    async def note_reading(self, entry_id: int, note: ReadingNote, now: float) -> None:
        await super().note_reading(entry_id, replace(note, lanes=frozenset()), now)
        await self.only_letters_left(entry_id)


def lanes_ignored(worker: Worker) -> None:
    worker.journal.work = NoLanes(worker.journal.database)


class BySubject(Surroundings):
    async def facts(self, entry: Entry, reading: Reading, raw: bytes) -> Facts:
        facts = await Surroundings.facts(self, entry, reading, raw)
        sender = reading.message.sender
        if facts.thread and sender and reading.message.subject.startswith("Re:"):
            joined = replace(facts.thread, participants=facts.thread.participants | {sender.address})
            return replace(facts, thread=joined)
        return facts


def thread_joined_by_subject(worker: Worker) -> None:
    handler = _letters(worker)
    handler.surroundings = _recast(BySubject, handler.surroundings)


class DoneFirst(Executor):
    async def _in_crm(self, entry: Entry, row: EffectRow, effect: CrmEffect) -> Done:
        if not isinstance(effect, CreateLead):
            await self._ended(row, Done(""))
        return await Executor._in_crm(self, entry, row, effect)


def done_before_the_call(worker: Worker) -> None:
    worker.processor.executor = _recast(DoneFirst, worker.processor.executor)


class Unwritten(Work):
    async def sending(self, row: EffectRow, now: float) -> None:
        """Nobody knows of the attempt."""


def attempt_not_written(worker: Worker) -> None:
    worker.journal.work = Unwritten(worker.journal.database)


class PlanInParts(Work):
    async def write_plan(self, entry_id: int, plan: Plan, now: float) -> None:
        if len(plan.effects) < 2:
            await super().write_plan(entry_id, plan, now)
            return
        await super().write_plan(entry_id, replace(plan, effects=plan.effects[:1]), now)

        def change(connection: Connection) -> None:
            for position, effect in enumerate(plan.effects[1:], 1):
                _add_effect(connection, entry_id, position, effect)

        await self._database.write(change)


def plan_written_in_parts(worker: Worker) -> None:
    worker.journal.work = PlanInParts(worker.journal.database)


class LeadLater(Work):
    async def effect_ended(self, row: EffectRow, now: float, state: EffectState, **more: Any) -> None:
        lead_id = more.pop("lead_id", None)
        await super().effect_ended(row, now, state, **more)
        if lead_id:

            def change(connection: Connection) -> None:
                connection.execute("UPDATE entry SET lead_id = ? WHERE id = ?", (lead_id, row.entry_id))

            await self._database.write(change)


def lead_id_in_a_commit_of_its_own(worker: Worker) -> None:
    worker.journal.work = LeadLater(worker.journal.database)


class OldUids(Fetcher):
    async def _cursor(self, session: MailboxSession) -> Cursor:
        known = await self.journal.intake.cursor(self.folder)
        if known is None:
            return await Fetcher._cursor(self, session)
        cursor = replace(known, uidvalidity=session.state.uidvalidity)
        await self.journal.intake.set_cursor(self.folder, cursor)
        return cursor


def uidvalidity_ignored(worker: Worker) -> None:
    worker.fetcher = _recast(OldUids, worker.fetcher)
    worker.fetcher.clock = _NeverSweeps()


class _NeverSweeps:
    """A clock that never reaches the hour at which everything is compared."""

    def now(self) -> float:
        return 1.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class NoTwins(Knowledge):
    async def duplicate_of(self, entry_id: int, content_key: str) -> str | None:
        return None


def copies_not_recognised(worker: Worker) -> None:
    worker.journal.knowledge = NoTwins(worker.journal.database)


class Careless(CrmHands):
    async def carry_out(self, entry: Entry, effect: CrmEffect, *, again: bool) -> Done:
        try:
            return await super().carry_out(entry, effect, again=again)
        except UnknownOutcome as failure:
            raise TemporaryFailure(str(failure), neighbour="crm") from failure


def lost_answer_taken_for_a_failure(worker: Worker) -> None:
    worker.processor.executor.crm_hands = _recast(Careless, worker.processor.executor.crm_hands)


class Hasty(Executor):
    async def _look(self, entry: Entry, row: EffectRow, effect: CrmEffect) -> Done | None:
        try:
            return await Executor._look(self, entry, row, effect)
        except TemporaryFailure:
            return None


def failed_look_taken_for_nothing_there(worker: Worker) -> None:
    worker.processor.executor = _recast(Hasty, worker.processor.executor)


class Polite(PlannedAsItLikes):
    async def plan(self, entry: Entry, raw: bytes) -> Plan:
        reading = await self.reader.read(raw, self.context)
        if reading.kind is not Kind.AUTO_REPLY:
            return await LetterHandler.plan(self, entry, raw)
        identity = self.surroundings.identity(entry)
        sender = reading.message.sender
        assert sender
        letter = SendConfirmation(
            to=sender.address,
            subject="Re:",
            reference=identity.reference,
            message_id=identity.message_id("confirmation"),
        )
        return Plan((letter,))


def machines_answered(worker: Worker) -> None:
    worker.processor.handlers = {"letter": _recast(Polite, _letters(worker))}


class CopiesUnlooked(LetterHands):
    async def store_copy(self, letter: SendConfirmation, sent_at: float, *, again: bool) -> bool:
        return await LetterHands.store_copy(self, letter, sent_at, again=False)


def sent_copy_stored_unlooked(worker: Worker) -> None:
    worker.processor.executor.letter_hands = _recast(CopiesUnlooked, worker.processor.executor.letter_hands)


class FreshIds(LetterHands):
    async def send(self, row: EffectRow, letter: SendConfirmation) -> tuple[EffectState, str]:
        fresh = letter.model_copy(update={"message_id": f"<{secrets.token_hex(8)}@tdrusstankosbyt.ru>"})
        return await super().send(row, fresh)


def message_id_of_every_try(worker: Worker) -> None:
    worker.processor.executor.letter_hands = _recast(FreshIds, worker.processor.executor.letter_hands)


class LastFetchedOnly(Fetcher):
    async def _commit(self, cursor: Cursor, letters: list[FetchedLetter], seen_to: int) -> int:
        return await Fetcher._commit(self, cursor, letters[-1:], seen_to)


def only_the_last_of_a_batch_stored(worker: Worker) -> None:
    worker.fetcher = _recast(LastFetchedOnly, worker.fetcher)


class Twice:
    """A submission that tries once more when no answer came."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def submit(self, envelope: Envelope, before_data: Callable[[], Awaitable[None]]) -> str:
        try:
            return str(await self._inner.submit(envelope, before_data))
        except UnknownOutcome:
            return str(await self._inner.submit(envelope, before_data))

    async def close(self) -> None:
        await self._inner.close()


def unanswered_letter_sent_again(worker: Worker) -> None:
    hands = worker.processor.executor.letter_hands
    hands.submission = Twice(hands.submission)


@dataclass(frozen=True)
class Defect:
    """A defect, and the scenarios in which it is looked for."""

    plant: Callable[[Worker], None]
    scenarios: tuple[str, ...] = ("an order",)

    @property
    def name(self) -> str:
        return self.plant.__name__.replace("_", " ")


DEFECTS = [
    Defect(cursor_before_letters),
    Defect(repeat_without_looking),
    Defect(marker_of_every_try),
    Defect(confirmation_before_lead),
    Defect(sent_marked_after_data),
    Defect(uncertain_sent_again),
    Defect(lanes_ignored, ("two letters of a new customer",)),
    Defect(thread_joined_by_subject, ("a stranger who quotes the thread",)),
    Defect(done_before_the_call),
    Defect(attempt_not_written),
    Defect(plan_written_in_parts),
    Defect(lead_id_in_a_commit_of_its_own),
    Defect(uidvalidity_ignored, ("a new UIDVALIDITY",)),
    Defect(copies_not_recognised, ("copies",)),
    Defect(lost_answer_taken_for_a_failure, ("a lead applied, its answer lost",)),
    Defect(
        failed_look_taken_for_nothing_there,
        ("a lead applied, its answer lost, and AmoCRM away when it is looked for",),
    ),
    Defect(machines_answered, ("machines",)),
    Defect(sent_copy_stored_unlooked),
    Defect(message_id_of_every_try),
    Defect(only_the_last_of_a_batch_stored, ("five letters of three customers",)),
    Defect(unanswered_letter_sent_again, ("an accepted confirmation without an answer",)),
]
