"""No body larger or slower than a limit reaches an endpoint."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailsync.web.problems import Problem

LARGEST = 1 << 20  # octets
SLOWEST = 15.0  # seconds for the whole body


class _Refused(Exception):  # noqa: N818 - carries the answer out of the application
    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


class BodyLimit:
    """413 before the first byte is read where the length is announced, else as soon as it is passed; 408 when slow."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST, slowest: float = SLOWEST) -> None:
        self._app = app
        self._largest = largest
        self._slowest = slowest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced[:20]) > self._largest:
            await self._too_large().response()(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, self._counted(receive), sent)
        except _Refused as refused:
            if not started:
                await refused.problem.response()(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        deadline = asyncio.get_running_loop().time() + self._slowest
        size, complete = 0, False

        async def counted() -> Message:
            nonlocal size, complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise _Refused(Problem(408, "the body came too slowly")) from None
            size += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if size > self._largest:
                raise _Refused(self._too_large())
            return message

        return counted

    def _too_large(self) -> Problem:
        return Problem(413, f"the body has more than {self._largest} bytes", headers={"Connection": "close"})
