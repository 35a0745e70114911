"""Contacts and companies: the same resource twice, save for names (fact sheet, 5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from crm import from_json, to_json
from crm.api import Api
from crm.batch import Batcher, Take
from crm.entities import Company, Contact, Created, EntityType, NewCompany, NewContact, PersonUpdate
from crm.errors import CrmError
from crm.fields import Leftover
from crm.filters import PersonFilter
from crm.keys import Key, email_key, inn_key, phone_key
from crm.paging import PAGE, entity, pages, rows
from crm.resources.writing import by_request_id, create_batch, update_batch

Person = TypeVar("Person", Contact, Company)
New = TypeVar("New", NewContact, NewCompany)


class People(Generic[Person, New]):
    """Reads and batched writes of one of the two. Writes raise NotSent, Refused, Unauthorized or OutcomeUnknown."""

    def __init__(
        self,
        api: Api,
        entity_type: EntityType,
        batch_size: int,
        *,
        decode: Callable[[Any], Person],
        encode: Callable[[New, str | None], dict[str, Any]],
    ) -> None:
        self._api = api
        self._type = entity_type
        self._decode: Callable[[Any], Person] = decode
        self._encode: Callable[[New, str | None], dict[str, Any]] = encode
        self._new: Batcher[New, Created] = Batcher(self._send_new, size=batch_size)
        self._updates: Batcher[PersonUpdate, None] = Batcher(self._send_updates, size=batch_size)

    async def get(self, entity_id: int) -> Person | None:
        """One with its leads; None where it does not exist (any more)."""
        return await entity(self._api, f"/{self._type}/{entity_id}", self._decode, (("with", "leads"),))

    async def select(
        self, where: PersonFilter | None = None, *, order: str = "id", direction: str = "asc", text: str = ""
    ) -> AsyncIterator[Person]:
        """Those that match, checked here too; `text` goes through the search index, which may lag and find too much."""
        condition: PersonFilter = where or PersonFilter()
        query = [("limit", str(PAGE)), (f"order[{order}]", direction), *condition.query()]
        if text:
            query.append(("query", text))
        async for person in rows(self._api, f"/{self._type}", self._type, self._decode, query):
            if condition.matches(person):
                yield person

    async def latest_pages(self) -> AsyncIterator[Sequence[Person]]:
        """All of them, the last changed first, by pages, without filter or search."""
        query = (("limit", str(PAGE)), ("order[updated_at]", "desc"))
        async for page in pages(self._api, f"/{self._type}", self._type, self._decode, query):
            yield page

    async def find_by_email(self, address: str) -> list[Person]:
        """Those with exactly this address in their EMAIL field, by the search index; the oldest first."""
        key = email_key(address)
        return [] if key is None else await self._search(address.strip(), lambda person: key in email_keys(person))

    async def find_by_phone(self, number: str) -> list[Person]:
        """Those with exactly this number in their PHONE field, however it is spelt; the oldest first."""
        key = phone_key(number)
        if key is None:
            return []
        # The index compares digits as they were typed: +7… and 8… meet only in the last ten (fact sheet, 1.6).
        return await self._search(key.value[-10:], lambda person: key in phone_keys(person))

    async def find_by_inn(self, number: str, field_id: int = 0) -> list[Person]:
        """Those with exactly this ИНН in the field with this id, or in any field where it is 0; the oldest first."""
        key = inn_key(number)
        return [] if key is None else await self._search(key.value, lambda person: key in inn_keys(person, field_id))

    async def create(self, new: New) -> Created:
        """Never looks for duplicates: ContactBook does."""
        fitted, leftovers = to_json.fit_person(new)
        created = await self._new.submit(fitted)
        return Created(created.id, leftovers)

    async def update(self, update: PersonUpdate) -> tuple[Leftover, ...]:
        """Change what is named; returns the texts that had to be cut."""
        fitted, leftovers = to_json.fit_update(update)
        await self._updates.submit(fitted)
        return leftovers

    async def aclose(self, grace: float) -> None:
        await asyncio.gather(self._new.aclose(grace), self._updates.aclose(grace))

    async def _search(self, text: str, is_it: Callable[[Person], bool]) -> list[Person]:
        found = [person async for person in self.select(text=text) if is_it(person) and not person.is_deleted]
        return sorted(found, key=lambda person: person.id)

    async def _send_new(self, take: Take[New]) -> Sequence[Created | CrmError]:
        return await create_batch(self._api, f"/{self._type}", take, self._encode, by_request_id(self._type), _created)

    async def _send_updates(self, take: Take[PersonUpdate]) -> Sequence[CrmError | None]:
        return await update_batch(self._api, f"/{self._type}", take, to_json.person_update)


def contacts(api: Api, batch_size: int) -> People[Contact, NewContact]:
    return People(api, EntityType.CONTACTS, batch_size, decode=from_json.contact, encode=to_json.contact)


def companies(api: Api, batch_size: int) -> People[Company, NewCompany]:
    return People(api, EntityType.COMPANIES, batch_size, decode=from_json.company, encode=to_json.company)


def email_keys(person: Contact | Company) -> set[Key]:
    return {key for address in person.emails if (key := email_key(address))}


def phone_keys(person: Contact | Company) -> set[Key]:
    return {key for number in person.phones if (key := phone_key(number))}


def inn_keys(person: Contact | Company, field_id: int = 0) -> set[Key]:
    """ИНН in the field with this id, or in every field that is not a phone where it is 0."""
    return {
        key
        for one in person.fields
        if (one.field_id == field_id if field_id else one.field_code != "PHONE")
        for text in one.texts
        if (key := inn_key(text))
    }


def _created(_item: object, answer: Mapping[str, Any]) -> Created:
    return Created(from_json.Reader(answer).id())
