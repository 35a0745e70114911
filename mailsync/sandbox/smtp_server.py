"""SMTP servers in this process (aiosmtpd): the worker's submission port, and a plain one for anybody's letters."""

from __future__ import annotations

import asyncio
import hmac
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_MAX_LETTER = 64 * 2**20
# aiosmtpd warns of its own deprecated attribute at every login, and its debug lines hold letters.
logging.getLogger("mail.log").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class AcceptedLetter:
    """A letter that the server answered 250 for, with its envelope."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """The one account of the submission port."""

    username: str
    password: str = field(repr=False)

    def matches(self, given: LoginPassword) -> bool:
        username = hmac.compare_digest(given.login, self.username.encode())
        return hmac.compare_digest(given.password, self.password.encode()) and username


class EmbeddedSmtpServer:
    """Listens on 127.0.0.1 and hands every accepted letter to `accept`; `port` 0 takes a free one.

    With `login` nothing is accepted before AUTH (RFC 4954); with `context` the port speaks TLS from the first byte.
    """

    def __init__(
        self,
        accept: Callable[[AcceptedLetter], Awaitable[None]],
        *,
        login: Login | None = None,
        context: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.port = port
        self._handler = _Handler(accept, login)
        self._context = context
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, "127.0.0.1", self.port, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]

    def _connection(self) -> _Connection:
        return _Connection(self._connections, self._handler)

    async def drop_connections(self) -> None:
        """Break every connection, as a restart of the server would."""
        connections = list(self._connections)
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.ended() for connection in connections))

    async def stop(self) -> None:
        self._server.close()
        await self.drop_connections()
        await self._server.wait_closed()


class _Connection(SMTP):
    """One client; letters seen in the wild break the limit of 998 characters a line."""

    line_length_limit = 2**16

    def __init__(self, connections: set[_Connection], handler: _Handler) -> None:
        super().__init__(
            handler,
            hostname="localhost",
            ident="mailsync sandbox",
            data_size_limit=_MAX_LETTER,
            enable_SMTPUTF8=True,
            authenticator=handler.authenticate,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._connections.discard(self)

    def abort(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def ended(self) -> None:
        if self._handler_coroutine:
            self._handler_coroutine.cancel()
            await asyncio.gather(self._handler_coroutine, return_exceptions=True)


class _Handler:
    """The hooks that aiosmtpd calls by name."""

    def __init__(self, accept: Callable[[AcceptedLetter], Awaitable[None]], login: Login | None) -> None:
        self._accept = accept
        self._login = login

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, credentials: Any
    ) -> AuthResult:
        if self._login and isinstance(credentials, LoginPassword) and self._login.matches(credentials):
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message="535 5.7.8 Authentication credentials invalid")

    async def handle_MAIL(  # noqa: N802 - named by aiosmtpd
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.original_content or b""
        await self._accept(AcceptedLetter(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        return "250 2.0.0 accepted"
