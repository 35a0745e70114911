"""The sandbox on a socket of this machine, inside the event loop that is running."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from crm.sandbox.app import create_app
from crm.sandbox.sandbox import Sandbox
from crm.sandbox.settings import SandboxSettings

START_DEADLINE = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that answers at `base_url`; `sandbox` is its inside."""

    base_url: str
    sandbox: Sandbox


class _Protocol(H11Protocol):
    """Lets the application break its own connection, which ASGI has no word for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "abort_connection": transport.abort}


class _Server(uvicorn.Server):
    """Leaves the signals to the program it runs in, and says when it is ready."""

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
async def serve(
    settings: SandboxSettings | None = None,
    *,
    port: int = 0,
    certificate: Path | None = None,
    clock: Callable[[], float] = time.time,
) -> AsyncIterator[Running]:
    """Serve at 127.0.0.1 until the context ends; `port` 0 takes a free one. Raises OSError where the port is taken.

    With a `certificate` (PEM, its private key in the same file) it speaks TLS, for clients that know nothing else.
    """
    app = create_app(settings, clock=clock)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=2,
            ssl_certfile=certificate,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            async with asyncio.timeout(START_DEADLINE):
                await server.ready.wait()
            scheme = "http" if certificate is None else "https"
            yield Running(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", app.state.sandbox)
        finally:
            server.should_exit = True
            await serving
