"""Gathers the facts that deciding needs, and the lanes that keep a customer's entries in order."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from mailsync.deciding.facts import Facts, Identity, KnownMachine, Thread
from mailsync.deciding.people import recipient
from mailsync.deciding.reference import own_message_id, recognise
from mailsync.journal.journal import Journal
from mailsync.journal.records import Entry, ReadingNote
from mailsync.ports import Clock, Crm
from mailsync.reading.model import AuthenticationResult, Kind, Order, Own, Reading

DAY, HOUR = 86_400.0, 3_600.0
MACHINES_LOOKED_UP = 20
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CONTENT_HEADERS = (b"message-id:", b"from:", b"date:", b"subject:", b"x-mailsync-place:")


def reading_note(reading: Reading, raw: bytes, own: Own) -> ReadingNote:
    """What the journal keeps of a reading."""
    message, order = reading.message, reading.order or Order()
    contact = order.contact
    everybody = (message.sender, *message.reply_to, *message.cc)
    addresses = {one.address for one in everybody if one} | {email.lower() for email in contact.emails}
    addresses = {address for address in addresses if not own.is_own(address)}
    lanes: set[str] = set()
    if reading.kind.by_person:
        sender = {message.sender.address} if message.sender else set()
        lanes = {f"address:{address}" for address in {*contact.emails, *sender}}
        lanes |= {f"phone:{phone.partition(';')[0]}" for phone in contact.phones}
        lanes |= {f"inn:{contact.inn}"} if contact.inn else set()
    return ReadingNote(
        kind=reading.kind.value,
        sender=message.sender.address if message.sender else None,
        subject=message.subject[:500],
        message_id=message.message_id,
        answers=answered_ids(reading),
        content_key=content_key(raw),
        lanes=frozenset(lanes),
        addresses=frozenset(addresses),
    )


def answered_ids(reading: Reading) -> tuple[str, ...]:
    """Message-IDs that lead to the thread, the likeliest first; a letter sent once more leads to itself."""
    message = reading.message
    bounced = reading.bounce.original_message_id if reading.bounce else None
    own = message.message_id
    found = (bounced, *message.in_reply_to, *reversed(message.references), own)
    return tuple(dict.fromkeys(message_id for message_id in found if message_id))[:50]


def content_key(raw: bytes) -> str:
    """The same for one letter that came by two ways: trace headers (RFC 5321, 4.4) differ, these do not."""
    end = _HEADER_END.search(raw)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    digest = hashlib.sha256()
    wanted = False
    for line in head.splitlines():
        if line[:1] not in (b" ", b"\t"):
            wanted = line[:20].lower().startswith(_CONTENT_HEADERS)
        if wanted:
            digest.update(line.strip() + b"\n")
    digest.update(hashlib.sha256(body.strip()).digest())
    return digest.hexdigest()


@dataclass(slots=True)
class Surroundings:
    """Asks the journal and the CRM what deciding has to know. Raises what the CRM raises."""

    journal: Journal
    crm: Crm
    clock: Clock
    key: bytes
    domain: str

    def identity(self, entry: Entry) -> Identity:
        return self.identity_of(entry.reference)

    def identity_of(self, reference: str) -> Identity:
        return Identity(reference, lambda purpose: own_message_id(reference, purpose, self.domain, self.key))

    def _sealed(self, message_id: str) -> bool:
        return recognise(message_id, self.key) is not None

    async def facts(self, entry: Entry, reading: Reading, raw: bytes) -> Facts:
        knowledge, message = self.journal.knowledge, reading.message
        own_letter = recognise(message.message_id, self.key) if message.message_id else None
        duplicate = await knowledge.duplicate_of(entry.id, content_key(raw))
        if own_letter or duplicate:
            return Facts(own_letter=own_letter, duplicate_of=duplicate)
        thread = await knowledge.thread(entry.id, answered_ids(reading), lambda one: recognise(one, self.key))
        if reading.kind is Kind.BOUNCE:
            return await self._bounced(reading, thread)
        if not reading.kind.by_person:
            return Facts(thread=thread)
        facts = Facts(thread=thread)
        machine = None
        if reading.authentication.result is not AuthenticationResult.FAIL:
            facts = await self._customer(reading, thread_only=facts)
            machine = await self.machine(reading.order or Order())
        age = self.clock.now() - entry.received_at
        return await self.with_letters(replace(facts, machine=machine, age=age), recipient(reading) or "")

    async def _bounced(self, reading: Reading, thread: Thread | None) -> Facts:
        """Only a report that quotes a Message-ID sealed by us is about a letter of ours; others are foreign."""
        original = reading.bounce.original_message_id if reading.bounce else None
        if not original or not self._sealed(original):
            return Facts()
        return Facts(bounced=thread, bounced_to=await self.journal.knowledge.letter_to(original))

    async def _customer(self, reading: Reading, *, thread_only: Facts) -> Facts:
        contact = (reading.order or Order()).contact
        writer = recipient(reading) if reading.form else (reading.message.sender and reading.message.sender.address)
        found = await self.known((writer,) if writer else (), (), None)
        if found.contact is None:
            found = await self.known(contact.emails, contact.phones, contact.inn)
            if found.contact:
                found = replace(found, contact=replace(found.contact, by_sender=False))
        leads: tuple[int, ...] = ()
        if found.contact and reading.kind is Kind.MESSAGE:
            leads = await self.crm.open_leads(found.contact.id)
        return replace(found, open_leads=leads, thread=thread_only.thread)

    async def machine(self, order: Order) -> KnownMachine | None:
        """The first machine of an order that the digital passport knows by its serial number."""
        for one in order.equipment[:MACHINES_LOOKED_UP]:
            found = await self.journal.passport.find(one.serial_number or "")
            if found:
                return KnownMachine(
                    found.serial_number, found.model, found.lead_id, found.contact_id, found.telegram_id
                )
        return None

    async def known(self, emails: tuple[str, ...], phones: tuple[str, ...], inn: str | None) -> Facts:
        """The contact by exact address, then by phone; where there is none, the company by its ИНН."""
        contact = await self.crm.find_contact(emails, phones) if emails or phones else None
        if contact:
            return Facts(contact=contact)
        return Facts(company_id=await self.crm.find_company(inn) if inn else None)

    async def with_letters(self, facts: Facts, address: str) -> Facts:
        """The same facts, with how many letters of ours went out lately and whether this address takes any."""
        knowledge, now = self.journal.knowledge, self.clock.now()
        return replace(
            facts,
            letters_today=await knowledge.letters_sent(now - DAY, address.lower()),
            letters_this_hour=await knowledge.letters_sent(now - HOUR),
            dead_address=await knowledge.is_dead(address),
        )
