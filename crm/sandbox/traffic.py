"""The way to the gate and back: calls are logged here, and here they meet their faults."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm.sandbox.faults import Fault
from crm.sandbox.gate import GUARDED, METERED
from crm.sandbox.limiter import too_many
from crm.sandbox.problems import InternalError, Problem
from crm.sandbox.sandbox import LoggedRequest, Sandbox


class Traffic:
    """ASGI middleware around the gate."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Log a call and let it through, with whatever is to happen to it."""
        if scope["type"] != "http" or not scope["path"].startswith(METERED):
            await self._app(scope, receive, send)
            return
        box = self._sandbox
        telling = _telling(self._log(scope), len(box.requests), send)
        if box.switches.delay:
            await asyncio.sleep(box.switches.delay)
        fault = box.faults.strike(scope["method"], scope["path"], box.switches)
        if fault is None:
            await self._app(scope, receive, telling)
        elif fault.when == "before" and fault.kind != "partial":
            await self._suffer(fault, scope, receive, telling, go_on=lambda: self._app(scope, receive, telling))
        else:
            await self._suffer_afterwards(fault, scope, receive, telling)

    def _log(self, scope: Scope) -> LoggedRequest:
        logged = LoggedRequest(
            time=self._sandbox.clock(),
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            limited=scope["path"].startswith(GUARDED),
        )
        self._sandbox.requests.append(logged)
        return logged

    async def _suffer_afterwards(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "partial":
            scope.setdefault("state", {})["apply_only"] = fault.items
        answer: list[Message] = []

        async def hold(message: Message) -> None:
            answer.append(message)

        async def release() -> None:
            for message in answer:
                await send(message)

        await self._app(scope, receive, hold)
        # A call that was refused did not take effect: its own answer is the truth.
        if answer[0]["status"] >= 400:
            await release()
        else:
            await self._suffer(fault, scope, receive, send, go_on=release)

    async def _suffer(
        self, fault: Fault, scope: Scope, receive: Receive, send: Send, *, go_on: Callable[[], Awaitable[None]]
    ) -> None:
        if fault.kind == "drop":
            await _drop(scope, receive)
        elif fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            await go_on()
        else:
            await self._problem(fault).response()(scope, receive, send)

    def _problem(self, fault: Fault) -> Problem:
        if fault.status == 429:
            switches = self._sandbox.switches
            wait = switches.retry_after if fault.retry_after is None else fault.retry_after
            return too_many(switches, wait, html=fault.html)
        if fault.status == 500:
            return InternalError(html=fault.html)
        return Problem(fault.status, "The sandbox was told to refuse this call", html=fault.html)


def _telling(logged: LoggedRequest, number: int, send: Send) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            logged.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", f"{number:032x}".encode())]
        await send(message)

    return tell


async def _drop(scope: Scope, receive: Receive) -> None:
    """End the connection without an answer; in process, where there is none, as the transport would tell it."""
    abort: Callable[[], Any] | None = scope.get("state", {}).get("abort_connection")
    if abort is None:
        raise httpx.ReadError("the sandbox dropped the connection")
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass
