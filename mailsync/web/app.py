"""The application: endpoints, and what surrounds every one of them."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from mailsync import __version__
from mailsync.web import health, ingest, oauth, webhook
from mailsync.web.body_limit import BodyLimit
from mailsync.web.envelope import Envelope
from mailsync.web.problems import Problem, answer_http, answer_invalid, answer_problem
from mailsync.web.services import Services
from mailsync.web.waiting import Shedding

DOCS_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' https://cdn.jsdelivr.net; style-src https://cdn.jsdelivr.net; "
    "img-src data: https://fastapi.tiangolo.com; connect-src 'self'; frame-ancestors 'none'"
)


def create_app(services: Services, *more: APIRouter) -> FastAPI:
    """The endpoint; `more` are the routers of other parts (the passport, the operators' page)."""
    app = FastAPI(
        title="mailsync",
        version=__version__,
        description="Letters, requests and AmoCRM's events become leads, notes and letters to customers.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    for router in (webhook.router, oauth.router, ingest.router, health.router, *more):
        app.include_router(router)
    app.add_api_route("/docs", _docs, include_in_schema=False, response_class=HTMLResponse)
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_middleware(BodyLimit)
    app.add_middleware(Envelope, metrics=services.metrics)
    app.add_middleware(Shedding)
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(services.settings.trusted_proxies))
    return app


async def _docs() -> HTMLResponse:
    page = get_swagger_ui_html(openapi_url="/openapi.json", title="mailsync")
    page.headers["Content-Security-Policy"] = DOCS_POLICY
    return page
