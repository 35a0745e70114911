"""The endpoint over a house of memory, called without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from mailsync.app import jobs_of, services_of
from mailsync.config import Config
from mailsync.web import mini_app, passport
from mailsync.web.app import create_app
from mailsync.web.services import Services
from mailsync.worker.assembly import Worker
from tests.worker.house import CONFIG, House, house

KEY = "ingest-key"
BEARER = {"Authorization": f"Bearer {KEY}"}
WEB = Config.model_validate(
    CONFIG.model_dump()
    | {
        "web": {
            "ingest_key": SecretStr(f"{KEY},older-key"),
            "webhook_key": SecretStr("hook-key,older-hook-key"),
            "passport_key": SecretStr(KEY),
            "trusted_proxies": ("127.0.0.1",),
        },
        "confirmations": {"on_status": {"80953558": "accepted", "142": "won"}},
    }
)


@dataclass
class Endpoint:
    """One process: worker and endpoint over the same journal."""

    here: House
    worker: Worker
    services: Services
    http: httpx.AsyncClient

    async def work(self) -> None:
        """Let the worker do all that is due."""
        await self.worker.processor.drain()


@asynccontextmanager
async def endpoint(config: Config = WEB) -> AsyncIterator[Endpoint]:
    async with house(config) as here:
        worker = await here.worker()
        services = services_of(config, worker, jobs_of(config, worker))
        transport = httpx.ASGITransport(
            create_app(services, passport.router, mini_app.router), client=("127.0.0.1", 40_000)
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://mailsync.test") as http:
            yield Endpoint(here, worker, services, http)


@asynccontextmanager
async def working(there: Endpoint) -> AsyncIterator[None]:
    """The worker at work beside the calls of a test."""
    task = asyncio.create_task(there.worker.processor.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
