"""Finding people without a call each, and creating each of them once.

Before a contact is created its keys are held, so that no second writer of this process can create it meanwhile;
after a lost answer nothing is believed until what changed since has been listed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from crm.clock import Clock
from crm.entities import (
    Company,
    Contact,
    CreatedLead,
    EntityType,
    Existing,
    NewCompany,
    NewContact,
    NewLead,
)
from crm.errors import OutcomeUnknown, Refused
from crm.fresh_index import FreshIndex, Match
from crm.index import ContactIndex, Entry
from crm.keys import Key, email_key, inn_key, phone_key
from crm.resources.leads import Leads
from crm.resources.people import People


class ContactBook:
    """Lookups through the index, brought up to date by listing what changed, at most every `refresh` seconds."""

    def __init__(
        self,
        index: ContactIndex,
        contacts: People[Contact, NewContact],
        companies: People[Company, NewCompany],
        leads: Leads,
        clock: Clock,
        *,
        refresh: float = 60.0,
        inn_field_id: int = 0,
    ) -> None:
        self._index = FreshIndex(index, contacts, companies, clock, refresh=refresh, inn_field_id=inn_field_id)
        self._leads = leads
        self._clock = clock
        self._doubted: dict[Key, float] = {}  # until when (monotonic) a lost write may still create somebody
        self._held: dict[tuple[EntityType, Key], _Hold] = {}

    async def find_contact(self, emails: Sequence[str] = (), phones: Sequence[str] = ()) -> Match | None:
        """The contact with one of these addresses, else with one of these phones; the oldest where several have it."""
        await self._index.bring_up_to_date()
        return await self._index.find(EntityType.CONTACTS, _contact_keys(emails, phones))

    async def find_company(self, inn: str) -> Match | None:
        """The company with this ИНН."""
        await self._index.bring_up_to_date()
        key = inn_key(inn)
        return await self._index.find(EntityType.COMPANIES, (key,) if key else ())

    async def create_lead(self, new: NewLead) -> CreatedLead:
        """A lead whose new contact and company are looked for first, and created with it only where nobody is found.

        Raises what `Leads.create_complex` raises. After OutcomeUnknown find the lead, then call `learn` with its
        contact; a repeat looks for the contact anew.
        """
        contact_keys = _keys_of_contact(new.contact)
        company_keys = _keys_of_company(new.company)
        async with AsyncExitStack() as holds:
            wanted = [(EntityType.CONTACTS, key) for key in contact_keys]
            wanted += [(EntityType.COMPANIES, key) for key in company_keys]
            for one in sorted(wanted):
                await holds.enter_async_context(self._hold(one))
            try:
                return await self._create(new, contact_keys, company_keys)
            except OutcomeUnknown as error:
                self._doubt(wanted, error.retry_after or 0.0)
                raise

    async def learn(self, person: Contact | Company) -> None:
        """Put a person that was read or created elsewhere into the index."""
        await self._index.learn(person)

    async def aclose(self) -> None:
        """End a listing that is under way."""
        await self._index.aclose()

    async def _create(self, new: NewLead, contact_keys: Sequence[Key], company_keys: Sequence[Key]) -> CreatedLead:
        asked = await self._with_known(new, contact_keys, company_keys)
        try:
            done = await self._leads.create_complex(asked)
        except Refused as error:
            await self._forget(asked, error)
            again = await self._with_known(new, contact_keys, company_keys)
            if again == asked:
                raise
            asked, done = again, await self._leads.create_complex(again)
        entries = []
        if done.contact_id and isinstance(asked.contact, NewContact):
            entries.append(Entry(EntityType.CONTACTS, done.contact_id, frozenset(contact_keys)))
        if done.company_id and isinstance(asked.company, NewCompany):
            entries.append(Entry(EntityType.COMPANIES, done.company_id, frozenset(company_keys)))
        await self._index.put(entries)
        return done

    async def _with_known(self, new: NewLead, contact_keys: Sequence[Key], company_keys: Sequence[Key]) -> NewLead:
        if contact_keys or company_keys:
            await self._wait_out_doubt([*contact_keys, *company_keys])
            await self._index.bring_up_to_date()
        contact = await self._index.find(EntityType.CONTACTS, contact_keys)
        company = await self._index.find(EntityType.COMPANIES, company_keys)
        return replace(
            new,
            contact=Existing(contact.id) if contact else new.contact,
            company=Existing(company.id) if company else new.company,
        )

    async def _forget(self, asked: NewLead, error: Refused) -> None:
        """Somebody deleted or merged what is still known here: the next try finds or creates it anew."""
        sent = (EntityType.CONTACTS, asked.contact), (EntityType.COMPANIES, asked.company)
        gone = [
            Entry(kind, one.id, frozenset())
            for kind, one in sent
            if isinstance(one, Existing) and any(f"_embedded.{kind}" in item.path for item in error.items)
        ]
        if gone:
            await self._index.put(gone)

    def _doubt(self, names: Sequence[tuple[EntityType, Key]], seconds: float) -> None:
        """They may or may not exist: nobody looks for them before the service has had time to finish."""
        self._index.distrust()
        now = self._clock.monotonic()
        self._doubted = {key: until for key, until in self._doubted.items() if until > now}
        self._doubted.update({key: now + seconds for _, key in names})

    async def _wait_out_doubt(self, keys: Sequence[Key]) -> None:
        wait = max((self._doubted.get(key, 0.0) for key in keys), default=0.0) - self._clock.monotonic()
        if wait > 0:
            await self._clock.sleep(wait)

    @asynccontextmanager
    async def _hold(self, name: tuple[EntityType, Key]) -> AsyncIterator[None]:
        hold = self._held.setdefault(name, _Hold())
        hold.users += 1
        try:
            async with hold.lock:
                yield
        finally:
            hold.users -= 1
            if not hold.users:
                del self._held[name]


class _Hold:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0


def _contact_keys(emails: Sequence[str], phones: Sequence[str]) -> tuple[Key, ...]:
    """Addresses before phones: that is the order of trust."""
    keys = [*map(email_key, emails), *map(phone_key, phones)]
    return tuple(dict.fromkeys(key for key in keys if key))


def _keys_of_contact(contact: NewContact | Existing | None) -> tuple[Key, ...]:
    return _contact_keys(contact.emails, contact.phones) if isinstance(contact, NewContact) else ()


def _keys_of_company(company: NewCompany | Existing | None) -> tuple[Key, ...]:
    key = inn_key(company.inn) if isinstance(company, NewCompany) and company.inn else None
    return (key,) if key else ()
