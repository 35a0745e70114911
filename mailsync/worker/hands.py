"""Hands: how each kind of effect is carried out, and how it is looked for when its answer was lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from mailsync.confirmation.compose import Composer
from mailsync.deciding.effects import (
    AddNote,
    AddTask,
    CreateLead,
    SendConfirmation,
    UpdateLead,
    UploadFile,
)
from mailsync.errors import PermanentFailure, TemporaryFailure, UnknownOutcome
from mailsync.journal.journal import Journal
from mailsync.journal.records import EffectRow, EffectState, Entry
from mailsync.ports import Clock, Crm, LetterReader, Submission
from mailsync.reading.model import ReadingContext
from mailsync.worker.sent_folder import SentFolder


@dataclass(frozen=True, slots=True)
class Done:
    """What an effect brought: its id outside, and the lead and contact that the entry has from now on."""

    outside_id: str
    lead_id: int | None = None
    contact_id: int | None = None


CrmEffect = CreateLead | AddNote | AddTask | UploadFile | UpdateLead


@dataclass(slots=True)
class CrmHands:
    """Carries out the effects that write into AmoCRM."""

    crm: Crm
    journal: Journal
    reader: LetterReader
    context: ReadingContext
    clock: Clock

    async def carry_out(self, entry: Entry, effect: CrmEffect, *, again: bool) -> Done:
        """Do it; raises what the port raises. `again` is true where an earlier try may have been applied in part."""
        match effect:
            case CreateLead():
                made = await self.crm.create_lead(effect)
                return Done(str(made.lead_id), made.lead_id, made.contact_id or effect.contact_id)
            case AddNote():
                target = _target(entry, effect)
                note_id = await self.crm.add_note(effect.entity, target, effect.text)
                return _on(effect, target, note_id)
            case AddTask():
                target = _target(entry, effect)
                due = self.clock.now() + effect.within_hours * 3600
                return _on(effect, target, await self.crm.add_task(effect.entity, target, effect.text, due))
            case UploadFile():
                target = _target(entry, effect)
                name, content = marked_name(effect), await self._content(entry, effect)
                uuid = await self.crm.attach_file(
                    effect.entity, target, name, effect.content_type, content, look_first=again
                )
                return _on(effect, target, uuid)
            case UpdateLead():
                await self._update(effect)
                return Done(str(effect.lead_id), effect.lead_id)

    async def _update(self, effect: UpdateLead) -> None:
        """Write what still holds its old value: a field that was changed in AmoCRM meanwhile has overtaken us."""
        lead = await self.crm.lead(effect.lead_id)
        if lead is None:  # deleted meanwhile: the passport keeps what was changed
            return
        held = {one.field_id: lead.fields.get(one.field_id) for one in effect.changes}
        due = {one.field_id: one.value for one in effect.changes if held[one.field_id] == one.before}
        if due:
            await self.crm.update_lead(effect.lead_id, due)

    async def find(self, entry: Entry, effect: CrmEffect, since: float) -> Done | None:
        """Look for what an earlier try may have done; None: it is not there."""
        match effect:
            case CreateLead():
                found = await self.crm.find_lead(effect, since)
                return Done(str(found.lead_id), found.lead_id, found.contact_id or effect.contact_id) if found else None
            case AddNote():
                target = _target(entry, effect)
                note_id = await self.crm.find_note(effect.entity, target, effect.marker, since)
                return _on(effect, target, note_id) if note_id else None
            case AddTask():
                target = _target(entry, effect)
                task_id = await self.crm.find_task(effect.entity, target, effect.marker, since)
                return _on(effect, target, task_id) if task_id else None
            case UploadFile():
                return None  # attach_file looks for each of its own steps
            case UpdateLead():
                return None  # it looks before it writes, and writing a value again changes nothing

    async def _content(self, entry: Entry, effect: UploadFile) -> bytes:
        raw = await self.journal.work.raw(entry.id)
        if effect.attachment < 0:
            return raw
        reading = await self.reader.read(raw, self.context)
        try:
            return reading.message.attachments[effect.attachment].content
        except IndexError:
            raise PermanentFailure(
                "the attachment is not found again in the stored letter",
                cure="attach it to the lead by hand, then mailsync journal retry",
            ) from None


def marked_name(effect: UploadFile) -> str:
    """`заявка (RS-XXXXXXX-3).xlsx`: found again on the lead by its name, whatever else is called заявка."""
    path = PurePosixPath(effect.filename.replace("/", "_") or "file")
    return f"{path.stem[:120]} ({effect.marker.replace('/', '-')}){path.suffix[:20]}"


def _lead(entry: Entry) -> int:
    if entry.lead_id is None:
        raise PermanentFailure("the entry has no lead to write on", cure="mailsync journal show tells what it did")
    return entry.lead_id


def _target(entry: Entry, effect: AddNote | AddTask | UploadFile) -> int:
    return effect.entity_id or _lead(entry)


def _on(effect: AddNote | AddTask | UploadFile, target: int, outside_id: int | str) -> Done:
    on_lead = effect.entity == "leads"
    return Done(str(outside_id), lead_id=target if on_lead else None, contact_id=None if on_lead else target)


@dataclass(slots=True)
class LetterHands:
    """Sends letters of ours, each at most once, and keeps a copy in Sent."""

    journal: Journal
    submission: Submission
    sent_folder: SentFolder
    composer: Composer
    clock: Clock

    async def send(self, row: EffectRow, letter: SendConfirmation) -> tuple[EffectState, str]:
        """Send a letter; the journal knows of the attempt before its first byte can reach anybody.

        Returns how it ended: done, or uncertain where the final answer did not come. Raises TemporaryFailure and
        PermanentFailure where it certainly did not go out.
        """
        now = self.clock.now()
        envelope = self.composer.compose(letter, moment(now))
        started = False

        async def before_data() -> None:
            nonlocal started
            await self.journal.work.sending(row, now)
            started = True

        try:
            answer = await self.submission.submit(envelope, before_data)
        except (TemporaryFailure, PermanentFailure) as failure:
            if started:
                await self.journal.work.not_sent(row, self.clock.now(), str(failure))
            raise
        except UnknownOutcome as failure:
            return EffectState.UNCERTAIN, str(failure)
        return EffectState.DONE, answer

    async def store_copy(self, letter: SendConfirmation, sent_at: float, *, again: bool) -> bool:
        """Put the letter as it was sent into the Sent folder; False where it stands there already."""
        envelope = self.composer.compose(letter, moment(sent_at))
        return await self.sent_folder.store(letter.message_id, envelope.raw, look_first=again)


def moment(seconds: float) -> datetime:
    """Unix seconds as an aware time, whole seconds: a header's date."""
    return datetime.fromtimestamp(int(seconds), UTC)
