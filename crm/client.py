"""The client: one object for an account, built once for the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from crm.api import Api
from crm.authorization import Authorization
from crm.book import ContactBook
from crm.calls import Observed
from crm.clock import Clock, LoopClock
from crm.errors import Blocked
from crm.finders import Finders
from crm.index import ContactIndex, MemoryContactIndex
from crm.limiter import Limiter
from crm.resources import people
from crm.resources.directory import Directory
from crm.resources.files import Files
from crm.resources.leads import Leads
from crm.resources.links import Links
from crm.resources.notes import Notes
from crm.resources.tasks import Tasks
from crm.resources.webhooks import Events, Webhooks
from crm.settings import Settings
from crm.tokens import MemoryTokenStore, TokenStore
from crm.transport import CustomTransport, Transport


class AmoCRM:
    """Everything the account offers us, under one limiter.

    `tokens` keeps the OAuth2 pair, `index` who is known; both live in memory unless given. `on_block` is told the
    error when 402 or 403 stops all calls, and None when they go on; `on_call` about every call that went out.
    `transport` replaces the network in tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore | None = None,
        index: ContactIndex | None = None,
        inn_field_id: int = 0,
        clock: Clock | None = None,
        transport: CustomTransport | None = None,
        on_block: Callable[[Blocked | None], None] | None = None,
        on_call: Callable[[Observed], None] | None = None,
    ) -> None:
        clock = clock or LoopClock()
        size = settings.batch_size
        self._transport = Transport(settings, transport)
        self.settings = settings
        self.limiter = Limiter(
            clock,
            rate=settings.requests_per_second,
            ceiling=settings.ceiling,
            concurrency=settings.concurrency,
            probe_interval=settings.probe_interval,
            on_change=on_block,
        )
        self.api = Api(settings, tokens or MemoryTokenStore(), self.limiter, clock, self._transport, on_call)
        self.directory = Directory(self.api)
        self.leads = Leads(self.api, size)
        self.contacts = people.contacts(self.api, size)
        self.companies = people.companies(self.api, size)
        self.links = Links(self.api)
        self.notes = Notes(self.api, size)
        self.tasks = Tasks(self.api, size)
        self.files = Files(self.api, settings.base_url)
        self.webhooks = Webhooks(self.api)
        self.events = Events(self.api)
        self.find = Finders(self.leads, self.notes, self.tasks, self.files, self.contacts, self.companies)
        self.book = ContactBook(
            index or MemoryContactIndex(),
            self.contacts,
            self.companies,
            self.leads,
            clock,
            refresh=settings.index_refresh,
            inn_field_id=inn_field_id,
        )

    @property
    def authorization(self) -> Authorization:
        """OAuth2: exchange a code, show the stored pair."""
        return self.api.authorization

    async def aclose(self, grace: float = 5.0) -> None:
        """Close within `grace` seconds: writes that wait are NotSent, those still under way by then OutcomeUnknown."""
        writers = (self.leads, self.contacts, self.companies, self.notes, self.tasks)
        await asyncio.gather(self.book.aclose(), self.find.aclose(), *(one.aclose(grace) for one in writers))
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
