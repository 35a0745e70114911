"""Servers that say what a test wants, and links that break where a test wants."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum

TURNS_TO_BEGIN = 8  # of the loop, from accepting a connection to its handler; then it can be ended
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    """Run `handler` for each connection; yields the port. Connections are broken when it ends."""
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        connections.add(task)
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            connections.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for _ in range(TURNS_TO_BEGIN):
            await asyncio.sleep(0)
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await server.wait_closed()


async def silence(reader: asyncio.StreamReader) -> None:
    """Listen and answer nothing until the client hangs up."""
    while await reader.read(2**16):
        pass


class Ending(Enum):
    """What becomes of a link after its last octet."""

    CLOSED = "the server closes it"
    RESET = "it is reset"
    SILENT = "nothing comes any more, and nobody closes it"


@dataclass
class FaultyLink:
    """Passes on everything to `upstream`, and `octets` of what comes back; then the link ends as `ending` says."""

    upstream: int
    octets: int
    ending: Ending = Ending.CLOSED
    passed: int = 0  # octets from the server so far

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await _connected(self.upstream)
        client = asyncio.create_task(_forward(reader, server_writer))
        try:
            while self.passed < self.octets:
                data = await server_reader.read(min(2**16, self.octets - self.passed))
                if not data:
                    return
                self.passed += len(data)
                writer.write(data)
                await writer.drain()
            await self._end(reader, writer, client)
        finally:
            client.cancel()
            await asyncio.gather(client, return_exceptions=True)
            server_writer.transport.abort()

    async def _end(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: asyncio.Task[None]
    ) -> None:
        match self.ending:
            case Ending.CLOSED:
                writer.close()
            case Ending.RESET:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
            case Ending.SILENT:
                await client


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that is not left open where the wait for it is cut off."""
    connecting = asyncio.ensure_future(asyncio.open_connection("127.0.0.1", port))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        _, writer = await connecting
        writer.transport.abort()
        raise


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(2**16):
            writer.write(data)
            await writer.drain()
