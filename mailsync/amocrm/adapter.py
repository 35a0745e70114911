"""`mailsync.ports.Crm` over the AmoCRM client: effects to entities, the client's errors to ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from crm.calls import Observed
from crm.client import AmoCRM
from crm.entities import (
    CreatedLead,
    EntityType,
    Existing,
    Lead,
    LeadUpdate,
    NewCompany,
    NewContact,
    NewLead,
    NewTask,
)
from crm.index import ContactIndex
from crm.note_types import Attachment, NewNote, Text
from crm.resources.files import fitted_name
from crm.settings import Settings
from crm.tokens import TokenStore, read_claims
from mailsync import __version__
from mailsync.amocrm import watching
from mailsync.amocrm.catalog import FieldCatalog
from mailsync.amocrm.failures import translated
from mailsync.config import AmoCrmSettings
from mailsync.deciding.effects import CreateLead, Subject
from mailsync.deciding.facts import KnownContact, LeadNow, StatusChange
from mailsync.deciding.reference import is_marked
from mailsync.errors import PermanentFailure
from mailsync.ports import LeadIds, Subscription

WON, LOST = 142, 143  # the same in every pipeline (fact sheet, 4.5)
CLOSE_SECONDS = 1.0  # what runs has had its time to end before this
MOST_LEADS = 20  # of one contact are looked at for "exactly one open lead"
RULES = {"email": "по адресу e-mail", "phone": "по телефону", "inn": "по ИНН"}


def client_settings(config: AmoCrmSettings) -> Settings:
    """The client's settings. Raises PermanentFailure where the address cannot be trusted with a token."""
    try:
        return Settings(
            base_url=config.url,
            client_id=config.client_id,
            client_secret=config.client_secret.get_secret_value(),
            redirect_uri=config.redirect_uri,
            long_lived_token=config.long_lived_token.get_secret_value(),
            requests_per_second=config.requests_per_second,
            batch_size=config.batch_size,
            user_agent=f"mailsync/{__version__}",
        )
    except ValueError as error:
        raise PermanentFailure(f"amocrm.base_url: {error}", cure="correct it in config.toml") from error


@asynccontextmanager
async def open_amocrm(config: AmoCrmSettings, tokens: TokenStore, index: ContactIndex) -> AsyncIterator[AmoCrm]:
    """The adapter over a client of its own, closed at the end."""
    answers: Counter[str] = Counter()

    def count(call: Observed) -> None:
        answers[str(call.status or "none")] += 1

    client = AmoCRM(client_settings(config), tokens=tokens, index=index, on_call=count)
    try:
        yield AmoCrm(client, config, answers)
    finally:
        await client.aclose(CLOSE_SECONDS)


class AmoCrm:
    """The worker's view of one AmoCRM account."""

    def __init__(
        self, client: AmoCRM, config: AmoCrmSettings, answers: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        self.client = client
        self.answers = answers  # calls since the start by status, "none" where no answer came
        self._config = config
        self._catalog = FieldCatalog(client)

    async def find_contact(self, emails: tuple[str, ...], phones: tuple[str, ...]) -> KnownContact | None:
        with translated():
            match = await self.client.book.find_contact(emails, phones)
        return KnownContact(match.id, RULES[match.key.kind]) if match else None

    async def find_company(self, inn: str) -> int | None:
        with translated():
            match = await self.client.book.find_company(inn)
        return match.id if match else None

    async def open_leads(self, contact_id: int) -> tuple[int, ...]:
        with translated():
            contact = await self.client.contacts.get(contact_id)
            linked = (contact.leads or ())[:MOST_LEADS] if contact else ()
            leads = [await self.client.leads.get(one.id) for one in linked]
        return tuple(lead.id for lead in leads if lead and not lead.is_deleted and lead.status_id not in (WON, LOST))

    async def create_lead(self, lead: CreateLead) -> LeadIds:
        with translated():
            made = await self.client.book.create_lead(await self._new_lead(lead))
        return _ids(made)

    async def find_lead(self, lead: CreateLead, since: float) -> LeadIds | None:
        def is_it(one: Lead) -> bool:
            return lead.reference in one.name.replace(":", " ").split() or self._has_reference(one, lead.reference)

        with translated():
            found = await self.client.find.lead(is_it, _moment(since))
            if found is None:
                return None
            contact = await self.client.find.contact_of(found)
            if contact:
                await self.client.book.learn(contact)
        company = found.companies[0].id if found.companies else None
        return LeadIds(found.id, contact.id if contact else None, company)

    async def add_note(self, entity: Subject, entity_id: int, text: str) -> int:
        note = NewNote(EntityType(entity), entity_id, Text(text))
        with translated():
            return (await self.client.notes.create(note)).id

    async def find_note(self, entity: Subject, entity_id: int, marker: str, since: float) -> int | None:
        with translated():
            found = await self.client.find.note(
                EntityType(entity),
                entity_id,
                lambda note: is_marked(str(note.params.get("text", "")), marker),
                _moment(since),
            )
        return found.id if found else None

    async def add_task(self, entity: Subject, entity_id: int, text: str, due_at: float) -> int:
        task = NewTask(
            text=text,
            complete_till=_moment(due_at),
            entity_id=entity_id,
            entity_type=EntityType(entity),
            responsible_user_id=self._config.responsible_user_id or None,
        )
        with translated():
            return (await self.client.tasks.create(task)).id

    async def find_task(self, entity: Subject, entity_id: int, marker: str, since: float) -> int | None:
        with translated():
            found = await self.client.find.task(
                EntityType(entity), entity_id, lambda task: is_marked(task.text, marker), _moment(since)
            )
        return found.id if found else None

    async def attach_file(
        self, entity: Subject, entity_id: int, filename: str, content_type: str, content: bytes, *, look_first: bool
    ) -> str:
        kind, filename = EntityType(entity), fitted_name(filename)
        with translated():
            file = None
            if look_first:
                file = await self.client.find.file(kind, entity_id, lambda one: one.name == filename)
            if file is None:
                file = await self.client.files.upload(filename, content, content_type)
                await self.client.files.attach(kind, entity_id, [file.uuid])
            uuid = file.uuid
            shown = look_first and await self.client.find.note(
                kind,
                entity_id,
                lambda note: note.params.get("file_uuid") == uuid,
                datetime.now(UTC) - timedelta(days=365),
            )
            if not shown:
                await self.client.notes.create(NewNote(kind, entity_id, Attachment(uuid, filename, file.version_uuid)))
        return file.uuid

    async def lead(self, lead_id: int) -> LeadNow | None:
        with translated():
            return await watching.lead(self.client, self._catalog, lead_id)

    async def update_lead(self, lead_id: int, fields: Mapping[int, str | None]) -> None:
        with translated():
            changes = await self._catalog.changes(EntityType.LEADS, fields)
            await self.client.leads.update(LeadUpdate(lead_id, fields=changes))

    async def status_changes(self, since: float, lead_id: int | None = None) -> list[StatusChange]:
        with translated():
            return await watching.status_changes(self.client, _moment(since), lead_id)

    async def changed_leads(self, since: float) -> list[StatusChange]:
        with translated():
            return await watching.changed_leads(self.client, _moment(since))

    async def token_days(self) -> int | None:
        """Days until the long-lived token expires; None where OAuth2 renews the token by itself, or nobody knows."""
        if not self.client.authorization.long_lived_accepted():
            return None
        return read_claims(self.client.settings.long_lived_token).days_left(datetime.now(UTC))

    async def account_id(self) -> int:
        with translated():
            return (await self.client.directory.account()).id

    async def subscriptions(self) -> list[Subscription]:
        with translated():
            hooks = await self.client.webhooks.subscriptions()
        return [Subscription(hook.destination, frozenset(hook.settings), hook.disabled) for hook in hooks]

    async def subscribe(self, destination: str, events: frozenset[str]) -> None:
        with translated():
            await self.client.webhooks.subscribe(destination, events)

    async def unsubscribe(self, destination: str) -> None:
        with translated():
            await self.client.webhooks.unsubscribe(destination)

    async def _new_lead(self, lead: CreateLead) -> NewLead:
        ids = self._config.fields
        values = (
            (ids.serial_number, lead.serial_number),
            (ids.equipment_model, lead.equipment_model),
            (ids.telegram_id, lead.telegram_id),
            (ids.reference, lead.reference),
        )
        return NewLead(
            name=lead.name,
            pipeline_id=self._config.pipeline_id or None,
            status_id=self._config.status_id or None,
            responsible_user_id=self._config.responsible_user_id or None,
            fields=await self._catalog.texts(EntityType.LEADS, values),
            tags=lead.tags,
            contact=self._contact(lead),
            company=await self._company(lead),
        )

    def _contact(self, lead: CreateLead) -> NewContact | Existing | None:
        """The client finds the known contact by the same keys anew: one that was deleted meanwhile is made again."""
        if lead.contact is None:
            return Existing(lead.contact_id) if lead.contact_id else None
        return NewContact(
            name=lead.contact.name,
            emails=lead.contact.emails,
            phones=tuple(phone.partition(";")[0] for phone in lead.contact.phones),
            responsible_user_id=self._config.responsible_user_id or None,
        )

    async def _company(self, lead: CreateLead) -> NewCompany | Existing | None:
        if lead.company_id:
            return Existing(lead.company_id)
        if lead.company is None:
            return None
        inn = lead.company.inn
        field_id = await self._catalog.company_inn() if inn else 0
        return NewCompany(
            name=lead.company.name,
            inn=inn,
            fields=await self._catalog.texts(EntityType.COMPANIES, [(field_id, inn)]),
            responsible_user_id=self._config.responsible_user_id or None,
        )

    def _has_reference(self, lead: Lead, reference: str) -> bool:
        field_id = self._config.fields.reference
        return bool(field_id) and any(field.field_id == field_id and reference in field.texts for field in lead.fields)


def _ids(made: CreatedLead) -> LeadIds:
    return LeadIds(made.id, made.contact_id, made.company_id)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
