"""Around every request: its id, security headers, one line in the log, one count in the metrics."""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailsync.web.metrics import Metrics

log = structlog.get_logger()

_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"})
QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})  # asked every few seconds: counted, not logged
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Envelope:
    """An answer may set any of the security headers itself (a page needs its scripts); what it left out is added."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500
        request_id = _request_id(Headers(scope=scope).get("x-request-id", ""))

        async def stamped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _stamp(MutableHeaders(scope=message), request_id, secure=scope["scheme"] == "https")
            await send(message)

        try:
            await self._app(scope, receive, stamped)
        finally:
            self._note(scope, request_id, status, time.perf_counter() - started)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        path = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.requests.labels(path, method, str(status)).inc()
        if path not in QUIET:  # the route stands for the path: a query or a serial number never gets into the log
            client = scope["client"][0] if scope.get("client") else None
            milliseconds = round(seconds * 1000, 1)
            log.info("request", method=method, route=path, status=status, ms=milliseconds, client=client, id=request_id)


def _request_id(given: str) -> str:
    return given if _GOOD_ID.fullmatch(given) else secrets.token_hex(8)


def _stamp(headers: MutableHeaders, request_id: str, *, secure: bool) -> None:
    headers["X-Request-Id"] = request_id
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    if secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
