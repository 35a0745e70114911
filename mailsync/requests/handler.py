"""How an ingest request is noted and planned: a handler for the sources site, bot, cart and app."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailsync.deciding.facts import KnownContact, KnownMachine, Rules
from mailsync.deciding.plan import Plan
from mailsync.journal.records import Entry, ReadingNote
from mailsync.ports import LetterReader
from mailsync.reading.model import ReadingContext
from mailsync.requests.plan import customer_address, decide_request, subject_of
from mailsync.requests.reading import Understood, as_letter, understand
from mailsync.requests.schema import IngestRequest
from mailsync.worker.surroundings import Surroundings


@dataclass(slots=True)
class RequestHandler:
    """The comment is read where letters are read: away from the event loop, within limits."""

    reader: LetterReader
    context: ReadingContext
    surroundings: Surroundings
    rules: Rules

    async def note(self, entry: Entry, raw: bytes) -> ReadingNote:
        request, understood = await self._read(raw)
        contact = understood.order.contact
        lanes = {f"address:{address}" for address in contact.emails}
        lanes |= {f"phone:{phone.partition(';')[0]}" for phone in contact.phones}
        lanes |= {f"inn:{contact.inn}"} if contact.inn else set()
        lanes |= {f"telegram:{request.telegram_id}"} if request.telegram_id else set()
        return ReadingNote(
            kind=understood.kind.value,
            sender=next(iter((*contact.emails, *contact.phones)), None),
            subject=subject_of(request, understood)[:500],
            message_id=None,
            answers=(),
            content_key=entry.key,
            lanes=frozenset(lanes),
            addresses=frozenset(contact.emails),
        )

    async def plan(self, entry: Entry, raw: bytes) -> Plan:
        request, understood = await self._read(raw)
        contact = understood.order.contact
        facts = await self.surroundings.known(contact.emails, contact.phones, contact.inn)
        facts = replace(facts, machine=await self.surroundings.machine(understood.order))
        if facts.contact is None:
            facts = replace(facts, contact=_owner(request, facts.machine))
        facts = await self.surroundings.with_letters(facts, customer_address(request) or "")
        identity = self.surroundings.identity(entry)
        return decide_request(request, understood, facts, identity, self.rules, self.context.own)

    async def _read(self, raw: bytes) -> tuple[IngestRequest, Understood]:
        request = IngestRequest.model_validate_json(raw)
        spoken = await self.reader.read(as_letter(request.comment), self.context) if request.comment else None
        return request, understand(request, spoken, self.context.own)


def _owner(request: IngestRequest, machine: KnownMachine | None) -> KnownContact | None:
    """The contact of the machine's deal, where the request comes from the Telegram user whose machine it is."""
    if machine is None or machine.contact_id is None or request.telegram_id != machine.telegram_id:
        return None
    return KnownContact(machine.contact_id, "по Цифровому паспорту") if request.telegram_id else None
