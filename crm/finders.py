"""Looking for a write whose answer was lost, without filters and without the search index.

Lists are read newest first until they are older than the attempt; each row is judged by the caller's own mark.
"Not found" is only said after everything as young as the attempt was seen.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from crm import cures
from crm.entities import Company, Contact, EntityType, File, Lead, NewCompany, NewContact, Note, Task
from crm.errors import CrmError, Unavailable
from crm.resources.files import Files
from crm.resources.leads import Leads
from crm.resources.notes import Notes
from crm.resources.people import People
from crm.resources.tasks import Tasks

MARGIN = timedelta(minutes=10)  # between the service's clock and ours
MOST_PAGES = 200  # of 250 leads each


Row = TypeVar("Row")


@dataclass(slots=True)
class _Sought:
    is_it: Callable[[Lead], bool]
    since: datetime
    future: asyncio.Future[Lead | None]


class Finders:
    """One method for each kind of write. Raises NotSent where the looking itself failed."""

    def __init__(
        self,
        leads: Leads,
        notes: Notes,
        tasks: Tasks,
        files: Files,
        contacts: People[Contact, NewContact],
        companies: People[Company, NewCompany],
        margin: timedelta = MARGIN,
    ) -> None:
        self._leads = leads
        self._notes = notes
        self._tasks = tasks
        self._files = files
        self._contacts = contacts
        self._companies = companies
        self._margin = margin
        self._sought: list[_Sought] = []
        self._walk: asyncio.Task[None] | None = None

    async def lead(self, is_it: Callable[[Lead], bool], attempted_at: datetime) -> Lead | None:
        """The newest lead that `is_it` among those created since the attempt (aware, by our clock).

        Many callers at once share one walk through the list.
        """
        sought = _Sought(is_it, attempted_at - self._margin, asyncio.get_running_loop().create_future())
        self._sought.append(sought)
        if self._walk is None or self._walk.done():
            self._walk = asyncio.create_task(self._walk_leads())
        return await sought.future

    async def contact(self, is_it: Callable[[Contact], bool], attempted_at: datetime) -> Contact | None:
        """The contact that `is_it` among those changed since the attempt, read without the search index."""
        pages = self._contacts.latest_pages()
        return await _newest(pages, is_it, attempted_at - self._margin, lambda contact: contact.updated_at)

    async def company(self, is_it: Callable[[Company], bool], attempted_at: datetime) -> Company | None:
        """The same for companies."""
        pages = self._companies.latest_pages()
        return await _newest(pages, is_it, attempted_at - self._margin, lambda company: company.updated_at)

    async def note(
        self, entity_type: EntityType, entity_id: int, is_it: Callable[[Note], bool], attempted_at: datetime
    ) -> Note | None:
        """The newest note of an entity that `is_it`, by a mark in its text or by its file's uuid."""
        pages = self._notes.newest_pages(entity_type, entity_id)
        return await _newest(pages, is_it, attempted_at - self._margin, lambda note: note.created_at)

    async def task(
        self, entity_type: EntityType, entity_id: int, is_it: Callable[[Task], bool], attempted_at: datetime
    ) -> Task | None:
        """The newest task of an entity that `is_it`; tasks of all entities are read, for filters may be ignored."""

        def is_mine(task: Task) -> bool:
            return task.entity_id == entity_id and task.entity_type == entity_type and is_it(task)

        pages = self._tasks.newest_pages()
        return await _newest(pages, is_mine, attempted_at - self._margin, lambda task: task.created_at)

    async def file(self, entity_type: EntityType, entity_id: int, is_it: Callable[[File], bool]) -> File | None:
        """The attached file that `is_it`, by its name and size or by its uuid."""
        return next((file for file in await self._files.of(entity_type, entity_id) if is_it(file)), None)

    async def contact_of(self, lead: Lead) -> Contact | None:
        """The main contact of a lead, or its only one."""
        contacts = lead.contacts
        if contacts is None:
            again = await self._leads.get(lead.id)
            contacts = again.contacts if again else None
        main = sorted(contacts or (), key=lambda one: not one.is_main)
        return await self._contacts.get(main[0].id) if main else None

    async def aclose(self) -> None:
        """End a walk that is under way; who waits for it is told Unavailable."""
        if self._walk is not None:
            self._walk.cancel()
            await asyncio.wait([self._walk])

    async def _walk_leads(self) -> None:
        while self._sought:
            # Only those who asked before the walk began: a page already read cannot speak for later ones.
            sought, self._sought = self._sought, []
            try:
                await self._walk_once(sought)
            except CrmError as error:
                _settle(sought, error)
            except BaseException:
                _settle(sought, Unavailable("the search broke off", cure=cures.UNREACHABLE))
                raise

    async def _walk_once(self, sought: Sequence[_Sought]) -> None:
        open_ones = list(sought)
        async for page in _counted(self._leads.newest_pages()):
            for lead in page:
                for one in open_ones:
                    if not one.future.done() and one.is_it(lead):
                        one.future.set_result(lead)
            open_ones = [one for one in open_ones if not one.future.done()]
            if all(_is_older(page, one.since, lambda lead: lead.created_at) for one in open_ones):
                break
        for one in open_ones:
            if not one.future.done():
                one.future.set_result(None)


async def _newest(
    pages: AsyncIterator[Sequence[Row]],
    is_it: Callable[[Row], bool],
    since: datetime,
    moment: Callable[[Row], datetime | None],
) -> Row | None:
    async for page in _counted(pages):
        found = next((row for row in page if is_it(row)), None)
        if found is not None or _is_older(page, since, moment):
            return found
    return None


def _is_older(page: Sequence[Row], since: datetime, moment: Callable[[Row], datetime | None]) -> bool:
    """Whether every row is: single ones may carry a date of their own, as imports and notes about the past do."""
    return all((at := moment(row)) is not None and at < since for row in page)


async def _counted(pages: AsyncIterator[Sequence[Row]]) -> AsyncIterator[Sequence[Row]]:
    count = 0
    async for page in pages:
        count += 1
        if count > MOST_PAGES:
            raise Unavailable("the search did not reach the time of the attempt", cure=cures.UNREACHABLE)
        yield page


def _settle(sought: Sequence[_Sought], error: CrmError) -> None:
    for one in sought:
        if not one.future.done():
            one.future.set_exception(copy.copy(error))
