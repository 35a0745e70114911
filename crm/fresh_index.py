"""The index of known people, brought up to date by listing what changed before anybody is looked for."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm.clock import Clock
from crm.entities import Company, Contact, EntityType, NewCompany, NewContact
from crm.errors import CrmError, NotSent
from crm.index import ContactIndex, Entry
from crm.keys import Key
from crm.resources.people import People, email_keys, inn_keys, phone_keys

OVERLAP = timedelta(seconds=30)  # for writes that appear in lists later than their `updated_at` says
MOST_WALKS = 3  # through the list in one refresh
SETTLED = timedelta(minutes=10)  # by then a write is in the lists, whatever the clocks say


@dataclass(frozen=True, slots=True)
class Match:
    """Who was found, and by which key."""

    id: int
    key: Key


class FreshIndex:
    """An index that, once brought up to date, is at most `refresh` seconds old and has seen every lost write."""

    def __init__(
        self,
        index: ContactIndex,
        contacts: People[Contact, NewContact],
        companies: People[Company, NewCompany],
        clock: Clock,
        *,
        refresh: float,
        inn_field_id: int,
    ) -> None:
        self._index = index
        self._contacts = contacts
        self._companies = companies
        self._clock = clock
        self._refresh_after = refresh
        self._inn_field_id = inn_field_id
        self._refreshing: asyncio.Task[None] | None = None
        self._listed_at = -1.0  # when the last good listing began (monotonic)
        self._losses = 0  # writes that may have created somebody without our knowing
        self._losses_listed = -1  # how many of them the last good listing has seen

    async def find(self, kind: EntityType, keys: Sequence[Key]) -> Match | None:
        """Who has the first of these keys that anybody has, the oldest where several do; the index as it stands."""
        found = await self._index.find(kind, keys) if keys else {}
        return next((Match(found[key][0], key) for key in keys if key in found), None)

    async def put(self, entries: Sequence[Entry]) -> None:
        """Take over what was just created, or is gone."""
        await self._index.put(entries)

    async def learn(self, person: Contact | Company) -> None:
        """Take over a person that was read or created elsewhere."""
        await self._index.put([self._entry(person)])

    def distrust(self) -> None:
        """The next lookup lists what changed first: something may have been created that we do not know of."""
        self._losses += 1

    async def bring_up_to_date(self) -> None:
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


def _retrieve(task: asyncio.Task[None]) -> None:
    """A listing may fail when nobody waits for it any more."""
    if not task.cancelled():
        task.exception()
