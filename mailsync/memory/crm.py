"""AmoCRM in memory, as the worker sees it: `mailsync.ports.Crm` without a network."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mailsync.config import FieldSettings
from mailsync.deciding.effects import CreateLead, Subject
from mailsync.deciding.facts import KnownContact, LeadContact, LeadNow, StatusChange
from mailsync.deciding.reference import is_marked
from mailsync.errors import PermanentFailure
from mailsync.ports import LeadIds, Subscription

FIRST_STATUS = 80953554
ACCOUNT = 32_181_450


@dataclass
class MemoryContact:
    id: int
    name: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]


@dataclass
class MemoryLead:
    id: int
    lead: CreateLead
    contact_id: int | None
    company_id: int | None
    created_at: float
    closed: bool = False
    status_id: int = FIRST_STATUS
    pipeline_id: int = 10226282
    updated_at: float = 0.0
    closed_at: float = 0.0
    fields: dict[int, str] = field(default_factory=dict)


@dataclass
class MemoryText:
    """A note or a task."""

    id: int
    entity: Subject
    entity_id: int
    text: str
    created_at: float


def _undisturbed(_operation: str, _applied: bool) -> None:
    """The default of `MemoryCrm.interfere`: nothing goes wrong."""


@dataclass
class MemoryCrm:
    """`interfere(operation, applied)` is called before (False) and after (True) each write is applied, and before each
    read; it may raise what a broken link would raise. `writes` counts applied writes."""

    interfere: Callable[[str, bool], None] = _undisturbed
    now: Callable[[], float] = time.time
    contacts: dict[int, MemoryContact] = field(default_factory=dict)
    companies: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    leads: dict[int, MemoryLead] = field(default_factory=dict)
    notes: dict[int, MemoryText] = field(default_factory=dict)
    tasks: dict[int, MemoryText] = field(default_factory=dict)
    files: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)
    log: list[StatusChange] = field(default_factory=list)
    hooks: dict[str, Subscription] = field(default_factory=dict)
    field_ids: FieldSettings = field(default_factory=FieldSettings)
    options: dict[int, tuple[str, ...]] = field(default_factory=dict)  # of select fields
    writes: int = 0
    _last_id: int = 1000

    def _id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def find_contact(self, emails: tuple[str, ...], phones: tuple[str, ...]) -> KnownContact | None:
        self.interfere("find_contact", False)
        rules = (("по адресу e-mail", set(emails), "emails"), ("по телефону", set(phones), "phones"))
        for rule, wanted, kind in rules:
            for contact in self.contacts.values():
                if wanted.intersection(getattr(contact, kind)):
                    return KnownContact(contact.id, rule)
        return None

    async def find_company(self, inn: str) -> int | None:
        self.interfere("find_company", False)
        return next((number for number, (_, known) in self.companies.items() if known == inn), None)

    async def open_leads(self, contact_id: int) -> tuple[int, ...]:
        self.interfere("open_leads", False)
        return tuple(one.id for one in self.leads.values() if one.contact_id == contact_id and not one.closed)

    async def create_lead(self, lead: CreateLead) -> LeadIds:
        self.interfere("create_lead", False)
        contact_id, company_id = lead.contact_id, lead.company_id
        if lead.contact and contact_id not in self.contacts:
            contact_id = self._id()
            self.contacts[contact_id] = MemoryContact(
                contact_id, lead.contact.name, lead.contact.emails, lead.contact.phones
            )
        if lead.company:
            company_id = self._id()
            self.companies[company_id] = (lead.company.name, lead.company.inn)
        made = MemoryLead(self._id(), lead, contact_id, company_id, self.now(), updated_at=self.now())
        self.leads[made.id] = made
        ids = self.field_ids
        told = {
            ids.serial_number: lead.serial_number,
            ids.equipment_model: lead.equipment_model,
            ids.telegram_id: lead.telegram_id,
        }
        made.fields = {field_id: value for field_id, value in told.items() if field_id and value}
        self._applied("create_lead")
        return LeadIds(made.id, contact_id, company_id)

    async def find_lead(self, lead: CreateLead, since: float) -> LeadIds | None:
        self.interfere("find_lead", False)
        found = (one for one in self.leads.values() if one.lead.reference == lead.reference)
        return next((LeadIds(one.id, one.contact_id, one.company_id) for one in found), None)

    async def add_note(self, entity: Subject, entity_id: int, text: str) -> int:
        return self._add("add_note", self.notes, entity, entity_id, text)

    async def find_note(self, entity: Subject, entity_id: int, marker: str, since: float) -> int | None:
        self.interfere("find_note", False)
        return _find(self.notes, entity, entity_id, marker)

    async def add_task(self, entity: Subject, entity_id: int, text: str, due_at: float) -> int:
        return self._add("add_task", self.tasks, entity, entity_id, text)

    async def find_task(self, entity: Subject, entity_id: int, marker: str, since: float) -> int | None:
        self.interfere("find_task", False)
        return _find(self.tasks, entity, entity_id, marker)

    async def attach_file(
        self, entity: Subject, entity_id: int, filename: str, content_type: str, content: bytes, *, look_first: bool
    ) -> str:
        self.interfere("attach_file", False)
        files = self.files.setdefault(entity_id, [])
        if not (look_first and any(name == filename for name, _ in files)):
            files.append((filename, content))
            self._applied("attach_file")
        return f"file-{filename}"

    def move(self, lead_id: int, status_id: int) -> None:
        """What a manager does: the lead comes into another status."""
        lead = self.leads[lead_id]
        lead.status_id, lead.updated_at = status_id, self.now()
        lead.closed = status_id in (142, 143)
        lead.closed_at = self.now() if lead.closed else 0.0
        self.log.append(StatusChange(lead_id, status_id, lead.pipeline_id, float(int(self.now()))))

    async def lead(self, lead_id: int) -> LeadNow | None:
        self.interfere("lead", False)
        found = self.leads.get(lead_id)
        if found is None:
            return None
        contact = self.contacts.get(found.contact_id or 0)
        main = LeadContact(contact.id, contact.name, contact.emails, contact.phones) if contact else None
        name, status, pipeline = found.lead.name, found.status_id, found.pipeline_id
        updated, closed, company = float(int(found.updated_at)), float(int(found.closed_at)), found.company_id
        return LeadNow(lead_id, name, status, pipeline, updated, main, company, dict(found.fields), closed)

    async def update_lead(self, lead_id: int, fields: Mapping[int, str | None]) -> None:
        self.interfere("update_lead", False)
        if lead_id not in self.leads:
            raise PermanentFailure("AmoCRM refused it: there is no such lead")
        for field_id, value in fields.items():
            if value and value not in self.options.get(field_id, (value,)):
                raise PermanentFailure(
                    "the field of AmoCRM cannot hold this value",
                    cure=f"choose one of {', '.join(self.options[field_id])}",
                )
        self.fill(lead_id, fields)
        self._applied("update_lead")

    def fill(self, lead_id: int, fields: Mapping[int, str | None]) -> None:
        """What a manager types into a lead's fields; None clears one."""
        lead = self.leads[lead_id]
        held = {**lead.fields, **fields}
        lead.fields = {field_id: value for field_id, value in held.items() if value}
        lead.updated_at = self.now()

    async def status_changes(self, since: float, lead_id: int | None = None) -> list[StatusChange]:
        self.interfere("status_changes", False)
        return [one for one in self.log if one.at >= int(since) and lead_id in (None, one.lead_id)]

    async def changed_leads(self, since: float) -> list[StatusChange]:
        self.interfere("changed_leads", False)
        leads = sorted(self.leads.values(), key=lambda one: one.updated_at)
        changed = [one for one in leads if one.updated_at >= int(since)]
        return [StatusChange(one.id, one.status_id, one.pipeline_id, float(int(one.updated_at))) for one in changed]

    async def account_id(self) -> int:
        self.interfere("account_id", False)
        return ACCOUNT

    async def subscriptions(self) -> list[Subscription]:
        self.interfere("subscriptions", False)
        return list(self.hooks.values())

    async def subscribe(self, destination: str, events: frozenset[str]) -> None:
        self.hooks[destination] = Subscription(destination, events)

    async def unsubscribe(self, destination: str) -> None:
        self.hooks.pop(destination, None)

    def _add(self, operation: str, texts: dict[int, MemoryText], entity: Subject, entity_id: int, text: str) -> int:
        self.interfere(operation, False)
        made = MemoryText(self._id(), entity, entity_id, text, self.now())
        texts[made.id] = made
        self._applied(operation)
        return made.id

    def _applied(self, operation: str) -> None:
        self.writes += 1
        self.interfere(operation, True)


def _find(texts: dict[int, MemoryText], entity: Subject, entity_id: int, marker: str) -> int | None:
    on_it = (one for one in texts.values() if (one.entity, one.entity_id) == (entity, entity_id))
    return next((one.id for one in on_it if is_marked(one.text, marker)), None)
