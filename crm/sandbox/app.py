"""The sandbox as a web application: what `create_app` puts together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from crm.sandbox.api import (
    account,
    attached_files,
    complex_leads,
    control,
    custom_fields,
    drive_files,
    events,
    leads,
    links,
    notes,
    oauth,
    people,
    pipelines,
    sources,
    tags,
    tasks,
    unsorted,
    webhooks,
)
from crm.sandbox.gate import Gate
from crm.sandbox.pages import routes as pages
from crm.sandbox.problems import Problem
from crm.sandbox.sandbox import Sandbox
from crm.sandbox.settings import SandboxSettings
from crm.sandbox.traffic import Traffic

ROUTERS = (
    leads.router,
    complex_leads.router,
    people.router,
    links.router,
    notes.router,
    tasks.router,
    tags.router,
    events.router,
    webhooks.router,
    unsorted.router,
    sources.router,
    account.router,
    pipelines.router,
    custom_fields.router,
    attached_files.router,
    attached_files.links_router,
    drive_files.router,
    oauth.router,
    control.router,
    pages.router,
)


def create_app(
    settings: SandboxSettings | None = None,
    *,
    clock: Callable[[], float] = time.time,
    webhook_transport: httpx.AsyncBaseTransport | None = None,
) -> FastAPI:
    """An account of its own behind an ASGI application; the account itself is `app.state.sandbox`.

    `clock` gives Unix seconds: the rate limit, stored times and the life of tokens follow it. Webhooks go out through
    `webhook_transport`, by default over the network.
    """
    sandbox = Sandbox(settings or SandboxSettings(), clock, webhook_transport)
    app = FastAPI(
        title="AmoCRM sandbox", description="Behaves as AmoCRM's API v4 does.", version="4", lifespan=_closing(sandbox)
    )
    app.state.sandbox = sandbox
    app.add_middleware(Gate, sandbox=sandbox)
    app.add_middleware(Traffic, sandbox=sandbox)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_problem)
    for router in ROUTERS:
        app.include_router(router)
    return app


def _closing(sandbox: Sandbox) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await sandbox.hooks.close()

    return lifespan


async def _problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem.response()


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Problem(error.status_code, f"Cannot {request.method} {request.url.replace(query='')}").response()
