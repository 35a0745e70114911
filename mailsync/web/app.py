"""The application: endpoints, and what surrounds every one of them."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from mailsync import __version__
from mailsync.web import docs, health, ingest, oauth, webhook
from mailsync.web.body_limit import BodyLimit
from mailsync.web.envelope import Envelope
from mailsync.web.problems import Problem, answer_http, answer_invalid, answer_problem
from mailsync.web.services import Services
from mailsync.web.slashes import Slashes
from mailsync.web.waiting import Shedding

FRONT = """mailsync: письма, заявки и события AmoCRM / letters, requests and AmoCRM's events

/docs          все адреса / every address
/health/ready  состояние / how it stands
/app           Цифровой паспорт (открывается в Telegram / opened in Telegram)

Журнал / the journal: mailsync journal list, mailsync journal show RS-…, mailsync doctor
"""


def create_app(services: Services, *more: APIRouter) -> FastAPI:
    """The endpoint; `more` are the routers of other parts (the passport, the Mini App's page)."""
    app = FastAPI(
        title="mailsync",
        version=__version__,
        description="Letters, requests and AmoCRM's events become leads, notes and letters to customers.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    for router in (webhook.router, oauth.router, ingest.router, health.router, *more):
        app.include_router(router)
    for path, answer in (("/", _front), ("/docs", _docs)):
        app.add_api_route(path, answer, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_middleware(Slashes)
    app.add_middleware(BodyLimit)
    app.add_middleware(Envelope, metrics=services.metrics)
    app.add_middleware(Shedding)
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(services.settings.trusted_proxies))
    return app


async def _front() -> PlainTextResponse:
    """Nothing that a stranger may not read."""
    return PlainTextResponse(FRONT)


async def _docs(request: Request) -> HTMLResponse:
    return HTMLResponse(docs.page(request.app.openapi()), headers={"Content-Security-Policy": docs.POLICY})
