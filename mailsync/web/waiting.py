"""How long a request has waited for its turn: under a burst, refusing early beats answering late."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from mailsync.web.problems import Problem

RECEIVED_AT = "received_at"
LATEST_START = 1.0  # seconds


def waited(scope: Scope) -> float:
    """Seconds since the request came in; 0 where the server does not tell."""
    received = scope.get("state", {}).get(RECEIVED_AT)
    return 0.0 if received is None else asyncio.get_running_loop().time() - float(received)


class Shedding:
    """Answers 503 at once to what has waited too long already, before anything else is done with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and waited(scope) > LATEST_START:
            busy = Problem(503, "too many requests at once", headers={"Retry-After": "60"})
            await busy.response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)
