"""The Sent folder: one connection for a burst of copies, none between bursts (hosts allow few at once)."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from mailsync.errors import TemporaryFailure
from mailsync.ports import Mailbox, MailboxSession

LINGER_SECONDS = 5.0  # how long a connection is kept for the next copy of a burst


class SentFolder:
    """Stores copies one after the other. Raises what the mailbox raises. `close` it in the end."""

    def __init__(self, mailbox: Mailbox, folder: str) -> None:
        self._mailbox = mailbox
        self._folder = folder
        self._one_at_a_time = asyncio.Lock()
        self._leaving: asyncio.Task[None] | None = None
        self._connection = AsyncExitStack()
        self._session: MailboxSession | None = None

    async def store(self, message_id: str, raw: bytes, *, look_first: bool) -> bool:
        """Put a copy there; with `look_first`, only where none stands there yet. True where it was put."""
        async with self._one_at_a_time:
            self._stay()
            try:
                return await self._store(message_id, raw, look_first=look_first)
            finally:
                self._leaving = asyncio.create_task(self._leave())

    async def close(self) -> None:
        async with self._one_at_a_time:
            self._stay()
            await self._hang_up()

    def _stay(self) -> None:
        if self._leaving:
            self._leaving.cancel()
            self._leaving = None

    async def _leave(self) -> None:
        await asyncio.sleep(LINGER_SECONDS)
        async with self._one_at_a_time:
            await self._hang_up()

    async def _store(self, message_id: str, raw: bytes, *, look_first: bool) -> bool:
        reused = self._session is not None
        try:
            return await self._put(message_id, raw, look_first=look_first)
        except TemporaryFailure:
            await self._hang_up()
            if not reused:  # a kept connection may have been hung up on; a new one was not
                raise
            return await self._put(message_id, raw, look_first=True)  # nothing is repeated without looking
        except BaseException:
            await self._hang_up()
            raise

    async def _put(self, message_id: str, raw: bytes, *, look_first: bool) -> bool:
        if self._session is None:
            self._session = await self._connection.enter_async_context(self._mailbox.connect())
        if look_first and await self._session.has_message(self._folder, message_id):
            return False
        await self._session.append(self._folder, raw)
        return True

    async def _hang_up(self) -> None:
        self._session = None
        await self._connection.aclose()
