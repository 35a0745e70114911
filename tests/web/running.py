"""The whole program on sockets: worker, endpoint and jobs against the sandbox's mail server and AmoCRM."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import httpx

from crm.sandbox import desk
from mailsync.app import open_endpoint, open_worker
from mailsync.demo.neighbourhood import Neighbourhood, neighbourhood
from mailsync.worker.assembly import Worker
from tests.servers.process import free_port

ACCEPTED, INVOICE, SHIPPED, READY, WON, LOST = 80953558, 80953562, 80953566, 80953570, 142, 143
ON_STATUS = {ACCEPTED: "accepted", INVOICE: "invoice", SHIPPED: "shipped", READY: "ready", WON: "won", LOST: "lost"}
SECONDS = 30.0


@dataclass
class Running:
    """`url` is the endpoint's, `around` the neighbours."""

    around: Neighbourhood
    worker: Worker
    url: str
    http: httpx.AsyncClient

    @property
    def letters(self) -> list[EmailMessage]:
        """What customers got, in the order of its coming."""
        return [message_from_bytes(one.raw, policy=default) for one in self.around.mail.sink]

    def move(self, lead_id: int, status_id: int) -> None:
        """A manager drags the lead."""
        desk.move(self.around.crm, lead_id, status_id)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that other tasks bring about; TimeoutError where it does not come."""
        async with asyncio.timeout(SECONDS):
            while not condition():  # noqa: ASYNC110 - what other tasks and servers do has no event
                await asyncio.sleep(0.02)

    async def at_rest(self) -> None:
        """Wait until every webhook is delivered and the journal waits for nothing."""
        async with asyncio.timeout(SECONDS):
            await self.around.crm.hooks.settled()
            while (await self.worker.journal.desk.counts())["waiting"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(folder: Path, **more: str) -> AsyncIterator[Running]:
    """`more` are further settings, as variables without their prefix."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    statuses = {f"CONFIRMATIONS__ON_STATUS__{status}": name for status, name in ON_STATUS.items()}
    settings = {
        "WEB__PORT": str(port),
        "WEB__PUBLIC_URL": url,
        "WEB__WEBHOOK_KEY": "hook-key",
        "WEB__INGEST_KEY": "ingest-key",
        **statuses,
        **more,
    }
    async with neighbourhood(folder) as around:
        config = around.config(**settings)
        async with open_worker(config) as worker, open_endpoint(config, worker), httpx.AsyncClient() as http:
            stop = asyncio.Event()
            work = asyncio.create_task(worker.run(stop))
            try:
                running = Running(around, worker, url, http)
                await running.until(lambda: bool(around.crm.store.subscriptions))
                yield running
            finally:
                stop.set()
                await work
