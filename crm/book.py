"""Finding people without a call each, and creating each of them once.

Before a contact is created its keys are held, so that no second writer of this process can create it meanwhile;
after a lost answer nothing is believed until what changed since has been listed.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

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
from crm.errors import CrmError, NotSent, OutcomeUnknown, Refused
from crm.index import ContactIndex, Entry
from crm.keys import Key, email_key, inn_key, phone_key
from crm.resources.leads import Leads
from crm.resources.people import People, email_keys, inn_keys, phone_keys

OVERLAP = timedelta(seconds=30)  # for writes that appear in lists later than their `updated_at` says
MOST_WALKS = 3  # through the list in one refresh
SETTLED = timedelta(minutes=10)  # by then a write is in the lists, whatever the clocks say


@dataclass(frozen=True, slots=True)
class Match:
    """Who was found, and by which key."""

    id: int
    key: Key


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
        self._index = index
        self._contacts = contacts
        self._companies = companies
        self._leads = leads
        self._clock = clock
        self._refresh_after = refresh
        self._inn_field_id = inn_field_id
        self._refreshing: asyncio.Task[None] | None = None
        self._listed_at = -1.0  # when the last good listing began (monotonic)
        self._losses = 0  # writes that may have created somebody without our knowing
        self._losses_listed = -1  # how many of them the last good listing has seen
        self._doubted: dict[Key, float] = {}  # until when (monotonic) a lost write may still create somebody
        self._held: dict[tuple[EntityType, Key], _Hold] = {}

    async def find_contact(self, emails: Sequence[str] = (), phones: Sequence[str] = ()) -> Match | None:
        """The contact with one of these addresses, else with one of these phones; the oldest where several have it."""
        await self._bring_up_to_date()
        return await self._find(EntityType.CONTACTS, _contact_keys(emails, phones))

    async def find_company(self, inn: str) -> Match | None:
        """The company with this ИНН."""
        await self._bring_up_to_date()
        key = inn_key(inn)
        return await self._find(EntityType.COMPANIES, (key,) if key else ())

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
        await self._index.put([self._entry(person)])

    def distrust(self) -> None:
        """The next lookup lists what changed first: something may have been created that we do not know of."""
        self._losses += 1

    async def refresh(self) -> None:
        """List what changed and put it into the index; the first time that is everybody."""
        for kind, people in ((EntityType.CONTACTS, self._contacts), (EntityType.COMPANIES, self._companies)):
            until = await self._index.listed_until(kind)
            since = None if until is None else self._again_from(until)
            for _ in range(MOST_WALKS):
                newest, page_count = await self._list_changed(people, since)
                if newest is not None:
                    await self._index.put([], {kind: max(newest, until or newest)})
                if page_count < 2:
                    break
                since = newest  # who was changed while the pages were read may have moved to one already read

    async def aclose(self) -> None:
        """End a listing that is under way."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])

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
            await self._bring_up_to_date()
        contact = await self._find(EntityType.CONTACTS, contact_keys)
        company = await self._find(EntityType.COMPANIES, company_keys)
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
        self.distrust()
        now = self._clock.monotonic()
        self._doubted = {key: until for key, until in self._doubted.items() if until > now}
        self._doubted.update({key: now + seconds for _, key in names})

    async def _wait_out_doubt(self, keys: Sequence[Key]) -> None:
        wait = max((self._doubted.get(key, 0.0) for key in keys), default=0.0) - self._clock.monotonic()
        if wait > 0:
            await self._clock.sleep(wait)

    async def _find(self, kind: EntityType, keys: Sequence[Key]) -> Match | None:
        found = await self._index.find(kind, keys) if keys else {}
        return next((Match(found[key][0], key) for key in keys if key in found), None)

    async def _bring_up_to_date(self) -> None:
        """Many lookups share one listing, and its failure too: a dead service is asked once, not once for each."""
        since = self._clock.monotonic() - self._refresh_after
        while self._listed_at < since or self._losses_listed < self._losses:
            if self._refreshing is None or self._refreshing.done():
                self._refreshing = asyncio.create_task(self._refresh_once())
                self._refreshing.add_done_callback(_retrieve)
            try:
                await asyncio.shield(self._refreshing)
            except CrmError as error:
                raise copy.copy(error) from error
            except asyncio.CancelledError:
                if self._refreshing.cancelled():
                    raise NotSent("the client is closed") from None
                raise

    async def _refresh_once(self) -> None:
        began, losses = self._clock.monotonic(), self._losses
        await self.refresh()
        self._listed_at, self._losses_listed = began, losses

    def _again_from(self, until: datetime) -> datetime:
        """What was changed just before the last listing may have come to light only after it."""
        settled = until.timestamp() < self._clock.time() - SETTLED.total_seconds()
        return until if settled else until - OVERLAP

    async def _list_changed(self, people: People[Any, Any], since: datetime | None) -> tuple[datetime | None, int]:
        """Put everybody changed since then. The latest change seen, by the service's own clock, and the pages read."""
        newest: datetime | None = None
        page_count = 0
        async for page in people.latest_pages():
            changed = [one for one in page if since is None or one.updated_at is None or one.updated_at >= since]
            await self._index.put([self._entry(one) for one in changed])
            page_count += 1
            moments = [one.updated_at for one in page if one.updated_at is not None]
            newest = max([*moments, *([newest] if newest else [])], default=None)
            in_order = moments == sorted(moments, reverse=True)
            if in_order and len(changed) < len(page):
                break  # all further pages are older still
        return newest, page_count

    def _entry(self, person: Contact | Company) -> Entry:
        kind = EntityType.CONTACTS if isinstance(person, Contact) else EntityType.COMPANIES
        if person.is_deleted:
            return Entry(kind, person.id, frozenset())
        keys = email_keys(person) | phone_keys(person)
        if kind is EntityType.COMPANIES:
            keys |= inn_keys(person, self._inn_field_id)
        return Entry(kind, person.id, frozenset(keys))

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


def _retrieve(task: asyncio.Task[None]) -> None:
    """A listing may fail when nobody waits for it any more."""
    if not task.cancelled():
        task.exception()


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
