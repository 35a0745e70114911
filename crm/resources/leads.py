"""Leads (fact sheet, 4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from crm import from_json, to_json
from crm.api import Api
from crm.batch import Batcher, Take
from crm.entities import Created, CreatedLead, Lead, LeadUpdate, NewCompany, NewContact, NewLead
from crm.errors import CrmError
from crm.fields import Leftover
from crm.filters import LeadFilter
from crm.paging import PAGE, entity, pages, rows
from crm.resources.writing import by_request_id, by_request_ids, create_batch, update_batch


class Leads:
    """Reads and batched writes. Writes raise NotSent, Refused, Unauthorized or OutcomeUnknown; else they are done."""

    def __init__(self, api: Api, batch_size: int) -> None:
        self._api = api
        self._plain: Batcher[NewLead, Created] = Batcher(self._send_plain, size=batch_size)
        self._complex: Batcher[NewLead, CreatedLead] = Batcher(self._send_complex, size=batch_size)
        self._updates: Batcher[LeadUpdate, None] = Batcher(self._send_updates, size=batch_size)

    async def get(self, lead_id: int) -> Lead | None:
        """A lead with its contacts; None where it does not exist (any more)."""
        return await entity(self._api, f"/leads/{lead_id}", from_json.lead, (("with", "contacts"),))

    async def select(
        self, where: LeadFilter | None = None, *, order: str = "id", direction: str = "desc", text: str = ""
    ) -> AsyncIterator[Lead]:
        """Leads with their contacts that match, checked here too since filters may be ignored (fact sheet, 1.5)."""
        condition = where or LeadFilter()
        query = [("with", "contacts"), ("limit", str(PAGE)), (f"order[{order}]", direction), *condition.query()]
        if text:
            query.append(("query", text))
        async for lead in rows(self._api, "/leads", "leads", from_json.lead, query):
            if condition.matches(lead):
                yield lead

    async def newest_pages(self) -> AsyncIterator[Sequence[Lead]]:
        """All leads, the newest first, by pages, without filter or search."""
        query = (("with", "contacts"), ("limit", str(PAGE)), ("order[id]", "desc"))
        async for page in pages(self._api, "/leads", "leads", from_json.lead, query):
            yield page

    async def create(self, new: NewLead) -> Created:
        """A lead with at most an existing contact and company."""
        if isinstance(new.contact, NewContact) or isinstance(new.company, NewCompany):
            raise ValueError("a new contact or company goes with create_complex")  # noqa: TRY004 - the type is right
        fitted, leftovers = to_json.fit_lead(new)
        created = await self._plain.submit(fitted)
        return Created(created.id, leftovers)

    async def create_complex(self, new: NewLead) -> CreatedLead:
        """A lead with its contact and company, new or existing. Looks for no duplicates: `ContactBook` does."""
        fitted, leftovers = to_json.fit_lead(new)
        done = await self._complex.submit(fitted)
        return CreatedLead(done.id, done.contact_id, done.company_id, done.merged, leftovers)

    async def update(self, update: LeadUpdate) -> tuple[Leftover, ...]:
        """Change what is named; returns the texts that had to be cut."""
        fitted, leftovers = to_json.fit_update(update)
        await self._updates.submit(fitted)
        return leftovers

    async def aclose(self, grace: float) -> None:
        await asyncio.gather(*(queue.aclose(grace) for queue in (self._plain, self._complex, self._updates)))

    async def _send_plain(self, take: Take[NewLead]) -> Sequence[Created | CrmError]:
        return await create_batch(self._api, "/leads", take, to_json.lead, by_request_id("leads"), _created)

    async def _send_complex(self, take: Take[NewLead]) -> Sequence[CreatedLead | CrmError]:
        return await create_batch(
            self._api, "/leads/complex", take, to_json.complex_lead, by_request_ids, _created_lead
        )

    async def _send_updates(self, take: Take[LeadUpdate]) -> Sequence[CrmError | None]:
        return await update_batch(self._api, "/leads", take, to_json.lead_update)


def _created(_item: NewLead, answer: Mapping[str, Any]) -> Created:
    return Created(from_json.Reader(answer).id())


def _created_lead(_item: NewLead, answer: Mapping[str, Any]) -> CreatedLead:
    r = from_json.Reader(answer)
    return CreatedLead(r.id(), r.integer("contact_id"), r.integer("company_id"), r.flag("merged"))
