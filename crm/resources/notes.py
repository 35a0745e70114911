"""Notes in the feed of leads, contacts and companies (fact sheet, 6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from crm import from_json, note_types, to_json
from crm.answers import Effect
from crm.api import Api
from crm.batch import Batcher, Take
from crm.entities import Created, EntityType, Note
from crm.errors import CrmError
from crm.fields import Leftover
from crm.filters import NoteFilter
from crm.note_types import NewNote
from crm.paging import PAGE, entity, pages, rows
from crm.resources.writing import by_request_id, create_batch


class Notes:
    """Notes of different entities of one type share a request."""

    def __init__(self, api: Api, batch_size: int) -> None:
        self._api = api
        self._queues: dict[EntityType, Batcher[NewNote, Created]] = {
            kind: Batcher(partial(self._send, kind), size=batch_size) for kind in EntityType
        }

    async def create(self, new: NewNote) -> Created:
        """Add a note. Raises NotSent, Refused, Unauthorized or OutcomeUnknown; else it is done.

        A text that is too long is cut, and `leftovers` holds it whole; `note_types.split` parts it beforehand.
        """
        content, leftovers = note_types.fit(new.content)
        created = await self._queues[new.entity_type].submit(replace(new, content=content))
        return Created(created.id, leftovers)

    async def select(
        self, entity_type: EntityType, entity_id: int, where: NoteFilter | None = None
    ) -> AsyncIterator[Note]:
        """The notes of one entity, the newest first."""
        condition = where or NoteFilter()
        query = [("limit", str(PAGE)), ("order[id]", "desc"), *condition.query()]
        async for note in rows(self._api, f"/{entity_type}/{entity_id}/notes", "notes", from_json.note, query):
            if condition.matches(note):
                yield note

    async def newest_pages(self, entity_type: EntityType, entity_id: int) -> AsyncIterator[Sequence[Note]]:
        """All notes of one entity, the newest first, by pages, without filter."""
        query = (("limit", str(PAGE)), ("order[id]", "desc"))
        async for page in pages(self._api, f"/{entity_type}/{entity_id}/notes", "notes", from_json.note, query):
            yield page

    async def get(self, entity_type: EntityType, note_id: int) -> Note | None:
        return await entity(self._api, f"/{entity_type}/notes/{note_id}", from_json.note)

    async def update(self, note_id: int, new: NewNote) -> tuple[Leftover, ...]:
        """Put another content into a note; returns the text that had to be cut."""
        content, leftovers = note_types.fit(new.content)
        body = {**to_json.note(replace(new, content=content), "0"), "id": note_id}
        await self._api.write("PATCH", f"/{new.entity_type}/notes", lambda: [body], Effect.SET)
        return leftovers

    async def pin(self, entity_type: EntityType, entity_id: int, note_id: int, *, pinned: bool = True) -> None:
        """Keep a note at the top of its entity's feed, or no longer."""
        action = "pin" if pinned else "unpin"
        await self._api.call("POST", f"/{entity_type}/{entity_id}/notes/{note_id}/{action}", effect=Effect.SET)

    async def aclose(self, grace: float) -> None:
        await asyncio.gather(*(queue.aclose(grace) for queue in self._queues.values()))

    async def _send(self, kind: EntityType, take: Take[NewNote]) -> Sequence[Created | CrmError]:
        return await create_batch(self._api, f"/{kind}/notes", take, to_json.note, by_request_id("notes"), _created)


def _created(_item: NewNote, answer: Mapping[str, Any]) -> Created:
    return Created(from_json.Reader(answer).id())
