"""uvicorn inside the running loop: signals stay the program's, stopping takes a moment."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from mailsync.errors import PermanentFailure
from mailsync.web.waiting import RECEIVED_AT

START_SECONDS = 10.0
STOP_SECONDS = 2  # for answers under way; the whole program stops within 10
MOST_AT_ONCE = 2_000  # connections; one more is answered 503 at once
BACKLOG = 2_048


class _Protocol(H11Protocol):
    """Tells the application when a request came in: a busy loop may get round to it much later."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, RECEIVED_AT: self.loop.time()}

    def data_received(self, data: bytes) -> None:
        if self.cycle is not None and self.cycle.response_complete:  # the next request of a kept connection
            self.app_state[RECEIVED_AT] = self.loop.time()
        super().data_received(data)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serve(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve until the context ends; yields the port (0 takes a free one). PermanentFailure where it is taken."""
    config = uvicorn.Config(
        app,
        http=_Protocol,
        log_config=None,
        access_log=False,
        ws="none",
        lifespan="off",
        proxy_headers=False,  # the application's own middleware does it, for the proxies of the settings
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=STOP_SECONDS,
        h11_max_incomplete_event_size=64 * 1024,
    )
    with _listener(host, port) as listener:
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="web")
        try:
            async with asyncio.timeout(START_SECONDS):
                await server.ready.wait()
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, else asyncio leaves Nagle's algorithm on: head and body of an answer would be 40 ms apart.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PermanentFailure(
            f"web.host and web.port cannot be used: {error.strerror}",
            cure="choose a free web.port, or stop the program that has it",
        ) from error
    return listener
