"""What every call passes around the API itself: the log, faults, the block, rate limit, payment, the token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm.sandbox.faults import Fault
from crm.sandbox.limiter import too_many
from crm.sandbox.problems import Problem
from crm.sandbox.sandbox import LoggedRequest, Sandbox
from crm.sandbox.tokens import Grant

GUARDED = ("/api/", "/drive/")
METERED = (*GUARDED, "/oauth2/")


class Gate:
    """ASGI middleware. The people's page, the control address and the documentation pass freely."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, with whatever is to happen to it."""
        if scope["type"] != "http" or not scope["path"].startswith(METERED):
            await self._app(scope, receive, send)
            return
        box = self._sandbox
        logged = LoggedRequest(
            box.clock(),
            scope["method"],
            scope["path"],
            scope["query_string"].decode(),
            scope["path"].startswith(GUARDED),
        )
        box.requests.append(logged)
        if box.switches.delay:
            await asyncio.sleep(box.switches.delay)
        fault = box.faults.strike(scope["method"], scope["path"], box.switches)
        if fault is not None:
            await self._pass_faulty(fault, logged, scope, receive, send)
        else:
            await self._pass(logged, scope, receive, send)

    async def _pass_faulty(
        self, fault: Fault, logged: LoggedRequest, scope: Scope, receive: Receive, send: Send
    ) -> None:
        state = scope.setdefault("state", {})
        if fault.kind == "partial":
            state["apply_only"] = fault.items
        if fault.when == "after" or fault.kind == "partial":
            held: list[Message] = []
            await self._pass(logged, scope, receive, _holding(held))
            # A call that was refused did not take effect: its own answer is the truth.
            if logged.status is not None and logged.status >= 400:
                await _release(held, send)
                return
            await self._suffer(fault, logged, scope, receive, send, go_on=lambda: _release(held, send))
        else:
            await self._suffer(
                fault, logged, scope, receive, send, go_on=lambda: self._pass(logged, scope, receive, send)
            )

    async def _suffer(
        self,
        fault: Fault,
        logged: LoggedRequest,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        go_on: Callable[[], Awaitable[None]],
    ) -> None:
        if fault.kind == "drop":
            logged.status = None
            await _drop(scope, receive)
        elif fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            await go_on()
        else:
            logged.status = fault.status
            await self._problem(fault).response()(scope, receive, send)

    def _problem(self, fault: Fault) -> Problem:
        if fault.status == 429:
            wait = self._sandbox.switches.retry_after if fault.retry_after is None else fault.retry_after
            return too_many(wait, html=fault.html)
        return Problem(fault.status, "Internal error" if fault.status >= 500 else "Refused", html=fault.html)

    async def _pass(self, logged: LoggedRequest, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                logged.status = message["status"]
            await send(message)

        answer = self._refusal(scope)
        await (answer or self._app)(scope, receive, noting)

    def _refusal(self, scope: Scope) -> Response | None:
        try:
            self._admit(scope)
        except Problem as problem:
            return problem.response()
        return None

    def _admit(self, scope: Scope) -> None:
        box, now = self._sandbox, self._sandbox.clock()
        client = scope.get("client")
        if box.switches.allowed_ips and (client is None or client[0] not in box.switches.allowed_ips):
            raise Problem(403, "Your IP is not allowed")
        if not scope["path"].startswith(GUARDED):
            # The token endpoint feels a block as well.
            if box.limiter.is_blocked(now):
                raise Problem(403, "Blocked", html=True)
            return
        grant = box.tokens.identify(_bearer(scope))
        refused = box.limiter.check(grant.client_id if grant else "", now, box.switches)
        if refused is not None:
            raise refused
        if box.switches.unpaid:
            raise Problem(402, "Payment required")
        self._authorize(grant, scope)

    def _authorize(self, grant: Grant | None, scope: Scope) -> None:
        # Upload addresses carry their own secret and work once.
        if scope["path"].startswith("/drive/upload/"):
            return
        if grant is None or _host(scope) == self._sandbox.switches.moved_from:
            raise Problem(401, "Invalid user name or password")
        if grant.user_id not in self._sandbox.account.users:
            raise Problem(403, "The user of this token has been deleted")
        if scope["path"].startswith("/drive/") and "files" not in grant.scopes:
            raise Problem(403, "The integration has no access to files")
        scope.setdefault("state", {})["grant"] = grant


def _bearer(scope: Scope) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token if kind.lower() == "bearer" else ""


def _host(scope: Scope) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers.get(b"host", b"").decode("latin-1").partition(":")[0]


def _holding(held: list[Message]) -> Send:
    async def hold(message: Message) -> None:
        held.append(message)

    return hold


async def _release(held: list[Message], send: Send) -> None:
    for message in held:
        await send(message)


async def _drop(scope: Scope, receive: Receive) -> None:
    """End the connection without an answer; in process, where there is none, as the transport would tell it."""
    abort: Callable[[], Any] | None = scope.get("state", {}).get("abort_connection")
    if abort is None:
        raise httpx.ReadError("the sandbox dropped the connection")
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass
