"""Which entity belongs to which (fact sheet, 5)."""

from __future__ import annotations

from collections.abc import Sequence

from crm import from_json, to_json
from crm.answers import Effect
from crm.api import Api
from crm.entities import EntityType, Link
from crm.paging import rows


class Links:
    """Links of leads, contacts and companies. Linking again is harmless."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def of(self, entity_type: EntityType, entity_id: int) -> list[Link]:
        """What the entity is linked to."""
        path = f"/{entity_type}/{entity_id}/links"
        return [link async for link in rows(self._api, path, "links", from_json.link)]

    async def link(self, entity_type: EntityType, entity_id: int, to: Sequence[Link]) -> None:
        """Link to all of `to`. Raises OutcomeUnknown with `harmless`: it may be repeated."""
        body = [to_json.link(one) for one in to]
        await self._api.write("POST", f"/{entity_type}/{entity_id}/link", lambda: body, Effect.SET)

    async def unlink(self, entity_type: EntityType, entity_id: int, to: Sequence[Link]) -> None:
        """Take the links away."""
        body = [to_json.link(one) for one in to]
        await self._api.write("POST", f"/{entity_type}/{entity_id}/unlink", lambda: body, Effect.SET)
