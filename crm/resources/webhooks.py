"""Webhook subscriptions and the event log that makes up for lost hooks (fact sheet, 6 and 10.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from crm import cures, from_json
from crm.answers import Effect
from crm.api import Api
from crm.entities import Event, Webhook
from crm.errors import OutcomeUnknown
from crm.filters import EventFilter
from crm.paging import rows


class Webhooks:
    """Subscriptions; needs an administrator's token."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def subscriptions(self) -> list[Webhook]:
        return [hook async for hook in rows(self._api, "/webhooks", "webhooks", from_json.webhook)]

    async def subscribe(self, destination: str, events: Iterable[str]) -> Webhook:
        """Have events sent to `destination`; the same destination again replaces its events."""
        body = {"destination": destination, "settings": sorted(set(events))}
        answer = await self._api.write("POST", "/webhooks", lambda: body, Effect.SET)
        try:
            return from_json.webhook(answer)
        except ValueError as error:
            raise OutcomeUnknown("the answer names no webhook", harmless=True, cure=cures.LOOK_FIRST) from error

    async def unsubscribe(self, destination: str) -> None:
        """Raises Refused with status 404 where there is no such subscription."""
        await self._api.write("DELETE", "/webhooks", lambda: {"destination": destination}, Effect.SET)


class Events:
    """The log of what happened, read only."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def select(self, where: EventFilter) -> AsyncIterator[Event]:
        """Events that match, the newest first; reading stops at the period's beginning."""
        query = [("limit", "100"), *where.query()]
        async for event in rows(self._api, "/events", "events", from_json.event, query):
            since, at = where.created.since, event.created_at
            if since is not None and at is not None and at < since.replace(microsecond=0):
                return
            if where.matches(event):
                yield event
