"""An IMAP server in this process: pymap's dictionary backend behind `asyncio.start_server`.

IDLE, UIDPLUS, MOVE and APPEND work; CONDSTORE, NAMESPACE and SPECIAL-USE are missing; everything is in memory.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from argparse import Namespace
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, DictBackend
from pymap.concurrent import Event, Subsystem
from pymap.context import connection_exit
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.parsing.command.select import IdleCommand
from pymap.parsing.message import AppendMessage
from pymap.parsing.response import UntaggedResponse
from pysasl.hashing import Cleartext

logging.getLogger("pymap").setLevel(logging.WARNING)  # its debug lines hold letters and passwords


class EmbeddedImapServer:
    """One account on 127.0.0.1, over TLS where `context` is given; `port` 0 takes a free one."""

    def __init__(self, username: str, password: str, context: ssl.SSLContext | None = None, *, port: int = 0) -> None:
        self.port = port
        self._username = username
        self._password = password
        self._context = context
        self._connections: set[asyncio.Task[Any]] = set()
        self._config: Config
        self._backend: DictBackend
        self._server: asyncio.Server

    async def start(self) -> None:
        self._backend, self._config = await DictBackend.init(self._arguments(), **_settings())
        self._config.apply_context()
        await self.rebuild()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]

    def _arguments(self) -> Namespace:
        """The command line that pymap's configuration reads."""
        return Namespace(
            host="127.0.0.1",
            port=self.port,
            debug=False,
            cert=None,
            key=None,
            tls=False,
            passlib_cfg=None,
            proxy_protocol=None,
            demo_data=False,
            demo_user=self._username,
            demo_password=self._password,
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            await self._converse(reader, writer)
        except (asyncio.CancelledError, ConnectionError):
            writer.transport.abort()
        finally:
            self._connections.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        config = self._config
        connection = IMAPConnection(config.commands, config, reader, writer, SocketInfoLocal(writer))
        async with AsyncExitStack() as resources:
            connection_exit.set(resources)
            resources.callback(connection.close)
            await connection.run(_WatchfulState(self._backend.login, config))

    async def deliver(self, raw: bytes, *, folder: str = "INBOX") -> None:
        """Put a letter into a folder as the mail server's local delivery would."""
        identity = self._backend.login.demo_user_identity
        async with identity.new_session() as session:
            await session.append_messages(folder, [AppendMessage(raw, datetime.now(UTC))])

    async def rebuild(self) -> None:
        """Replace the account's mailboxes by empty ones with a new UIDVALIDITY: INBOX and Sent."""
        self._config.set_cache.clear()
        identity = self._backend.login.demo_user_identity
        async with identity.new_session() as session:
            await session.create_mailbox("Sent")

    async def drop_connections(self) -> None:
        """End every session at once, as a restart of the server would."""
        connections = list(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def stop(self) -> None:
        self._server.close()
        await self.drop_connections()
        await self._server.wait_closed()


class _WatchfulState(ConnectionState):
    """pymap's IDLE waits for the next change first, and so sleeps over a letter that came between two commands."""

    async def receive_updates(self, cmd: IdleCommand, done: Event) -> Iterable[UntaggedResponse]:
        selected = await self.session.check_mailbox(self.selected)
        self._selected, untagged = selected.fork(cmd)
        return list(untagged) or await super().receive_updates(cmd, done)


def _settings() -> dict[str, Any]:
    """Plain-text password comparison and no thread pool: nothing here is worth protecting, start-up time is."""
    return {
        "hash_context": Cleartext(),
        "cpu_subsystem": Subsystem.for_asyncio(),
        "reject_dnsbl": False,
        "invalid_user_sleep": 0.0,
    }
