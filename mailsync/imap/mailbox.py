"""Connects and logs in: `mailsync.ports.Mailbox` over IMAP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.imap.failures import login_failure, no_password
from mailsync.imap.protocol import ImapProtocol, LinkError, Reply
from mailsync.imap.responses import parse_capabilities, response_code
from mailsync.imap.session import ImapSession
from mailsync.imap.settings import ImapSettings
from mailsync.tls import Security, client_context, tls_failure

_GOODBYE_TIMEOUT = 2.0  # seconds for LOGOUT, which is mere politeness


class ImapMailbox:
    """Opens sessions with the server; nothing is kept between them."""

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[ImapSession]:
        protocol = await self._connected()
        try:
            session = ImapSession(protocol, self._settings)
            await session.open()
            yield session
            with suppress(LinkError, TimeoutError):
                async with asyncio.timeout(_GOODBYE_TIMEOUT):
                    await protocol.log_out()
        finally:
            await _hang_up(protocol)

    async def _connected(self) -> ImapProtocol:
        where = f"{self._settings.host}:{self._settings.port}"
        try:
            async with asyncio.timeout(self._settings.connect_timeout):
                return await self._connect_and_log_in()
        except TimeoutError as error:
            raise _unreachable(f"no answer from {where} within {self._settings.connect_timeout:g} s") from error
        except ssl.SSLError as error:
            raise tls_failure(error, self._settings.host, self._settings.port, neighbour="imap") from error
        except OSError as error:
            raise _unreachable(f"{where} cannot be reached: {error.strerror or error}") from error
        except LinkError as error:
            raise _unreachable(f"{error} ({where})") from error
        except ValueError as error:
            raise _unreachable(f"{where} does not speak IMAP as expected") from error

    async def _connect_and_log_in(self) -> ImapProtocol:
        context = client_context(self._settings.ca_file) if self._settings.security is not Security.PLAIN else None
        _, protocol = await asyncio.get_running_loop().create_connection(
            ImapProtocol,
            self._settings.host,
            self._settings.port,
            ssl=context if self._settings.security is Security.TLS else None,
        )
        try:
            await protocol.greeted.wait()
            if context and self._settings.security is Security.STARTTLS:
                await self._start_tls(protocol, context)
            await _learn_capabilities(protocol)
            await self._log_in(protocol)
        except BaseException:
            await _hang_up(protocol)
            raise
        return protocol

    async def _start_tls(self, protocol: ImapProtocol, context: ssl.SSLContext) -> None:
        """RFC 3501, 6.2.1; a server that lets us in before it knows us could be anybody (PREAUTH)."""
        if protocol.logged_in:
            raise LinkError("the server skips the login before TLS has begun")
        reply = await protocol.ask("STARTTLS")
        if not reply.ok:
            raise PermanentFailure(
                f"the IMAP server {self._settings.host} refuses STARTTLS",
                cure='set mailbox.security = "tls" and mailbox.port = 993',
            )
        await protocol.start_tls(context, self._settings.host)

    async def _log_in(self, protocol: ImapProtocol) -> None:
        if protocol.logged_in:
            return
        username, password = self._settings.username, self._settings.password
        if not password:
            raise no_password(username)
        if "AUTH=PLAIN" in protocol.capabilities:
            reply = await protocol.authenticate_plain(username, password)
        elif "LOGINDISABLED" not in protocol.capabilities:
            reply = await protocol.login(username, password)
        else:
            raise PermanentFailure(
                f"the IMAP server {self._settings.host} takes no password on this port",
                cure='set mailbox.security = "tls" and mailbox.port = 993',
            )
        if not reply.ok:
            raise login_failure(reply, self._settings)
        told = _told_capabilities(reply)
        if told:
            protocol.capabilities = told
        else:
            await _learn_capabilities(protocol)


async def _learn_capabilities(protocol: ImapProtocol) -> None:
    protocol.capabilities = _told_capabilities(await protocol.ask("CAPABILITY")) or set()


def _told_capabilities(reply: Reply) -> set[str] | None:
    """What servers tell in their answer, before it or as its code: many do so unasked after a login."""
    untagged = (parse_capabilities(response) for response in reply.untagged)
    name, argument = response_code(reply.text)
    coded = set(argument.upper().split()) if name == "CAPABILITY" else None
    return next((told for told in untagged if told), coded)


async def _hang_up(protocol: ImapProtocol) -> None:
    protocol.fail(LinkError("the session is over"))
    with suppress(TimeoutError):
        async with asyncio.timeout(_GOODBYE_TIMEOUT):
            await protocol.closed.wait()


def _unreachable(what: str) -> TemporaryFailure:
    return TemporaryFailure(
        f"IMAP: {what}",
        cure="check mailbox.host and mailbox.port; if they are right, wait: letters stay on the server",
        neighbour="imap",
    )
