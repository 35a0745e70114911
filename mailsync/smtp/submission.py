"""`mailsync.ports.Submission` over SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.ports import Envelope
from mailsync.smtp.connection import SmtpConnection
from mailsync.smtp.envelopes import WireEnvelope, wire_envelope
from mailsync.smtp.settings import SmtpSettings


class SmtpSubmission:
    """Keeps one connection and sends one letter at a time over it."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._connection: SmtpConnection | None = None
        self._one_at_a_time = asyncio.Lock()

    async def submit(self, envelope: Envelope, before_data: Callable[[], Awaitable[None]]) -> str:
        ready = wire_envelope(envelope)
        async with self._one_at_a_time:
            connection = await self._offered(ready)
            try:
                await before_data()
                return await connection.send(ready)
            except (TemporaryFailure, PermanentFailure):
                await self._reset(connection)
                raise
            except BaseException:
                connection.abort()
                raise

    async def probe(self) -> None:
        """Connect and log in, nothing else. Raises TemporaryFailure."""
        await (await SmtpConnection.open(self._settings)).quit()

    async def close(self) -> None:
        async with self._one_at_a_time:
            connection, self._connection = self._connection, None
            if connection and connection.usable:
                await connection.quit()

    async def _offered(self, envelope: WireEnvelope) -> SmtpConnection:
        """A connection on which the envelope was accepted.

        Servers hang up on idle clients, which shows at the first command: then a new connection gets one more chance.
        """
        kept = self._connection
        if kept and kept.usable:
            try:
                return await self._offer(kept, envelope)
            except TemporaryFailure:
                if kept.usable:
                    raise
        self._connection = None
        self._connection = await SmtpConnection.open(self._settings)
        return await self._offer(self._connection, envelope)

    async def _offer(self, connection: SmtpConnection, envelope: WireEnvelope) -> SmtpConnection:
        try:
            await connection.offer(envelope)
        except (TemporaryFailure, PermanentFailure):
            await self._reset(connection)
            raise
        return connection

    async def _reset(self, connection: SmtpConnection) -> None:
        if connection.usable:
            await connection.reset()
