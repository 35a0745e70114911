"""Seams: numbered, named points before and after every journal write and every message to or from the outside.

They are put around the ports from here, so production code knows nothing of them and pays nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from mailsync.journal.database import Connection, Database, Result
from mailsync.journal.journal import Journal
from mailsync.ports import Crm, Envelope, FetchedLetter, Mailbox, MailboxSession, Submission


class Stopped(BaseException):
    """The worker that wants to go on was stopped long ago."""


class Seams:
    """Counts the seams that one worker passes and stops it at number `stop_at`: from there on it does nothing more.

    With `order`, tasks go on in an order of their own after each seam, always the same one for the same seed.
    `at_each` is called at every seam: checks that hold at any time.
    """

    def __init__(
        self,
        stop_at: int | None = None,
        order: random.Random | None = None,
        at_each: Callable[[], None] | None = None,
    ) -> None:
        self.passed: list[str] = []
        self.stopped = asyncio.Event()
        self.buried = False
        self._stop_at = stop_at
        self._order = order
        self._at_each = at_each

    async def __call__(self, name: str, *, in_place: bool = False) -> None:
        """Pass a seam; `in_place`: the order of calls matters here and is kept."""
        await self._unless_stopped()
        self.passed.append(name)
        if self._at_each:
            self._at_each()
        if len(self.passed) == self._stop_at:
            self.stopped.set()
            await self._unless_stopped()
        for _ in range(self._order.randrange(4) if self._order and not in_place else 0):
            await asyncio.sleep(0)
            await self._unless_stopped()

    async def _unless_stopped(self) -> None:
        if self.buried:
            raise Stopped
        if self.stopped.is_set():
            await asyncio.get_running_loop().create_future()

    async def around(self, name: str, call: Callable[[], Awaitable[Result]]) -> Result:
        await self(f"before {name}")
        result = await call()
        await self(f"after {name}")
        return result

    def calls(self, inner: object, name: str) -> Any:
        """`inner` with a seam before and after each of its coroutine methods."""
        return _Calls(self, inner, name)


class _Calls:
    def __init__(self, seams: Seams, inner: object, name: str) -> None:
        self._seams, self._inner, self._name = seams, inner, name

    def __getattr__(self, method: str) -> Any:
        plain = getattr(self._inner, method)

        async def seamed(*positional: Any, **named: Any) -> Any:
            return await self._seams.around(f"{self._name}.{method}", lambda: plain(*positional, **named))

        return seamed


def seamed_crm(seams: Seams, inner: Crm) -> Crm:
    return cast("Crm", seams.calls(inner, "crm"))


class SeamedMailbox:
    """`mailsync.ports.Mailbox` with seams around connecting and around every command, and at every letter fetched."""

    def __init__(self, seams: Seams, inner: Mailbox) -> None:
        self._seams, self._inner = seams, inner

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[MailboxSession]:
        await self._seams("before imap.connect")
        async with self._inner.connect() as session:
            await self._seams("after imap.connect")
            yield cast("MailboxSession", _SeamedSession(self._seams, session))


class _SeamedSession(_Calls):
    def __init__(self, seams: Seams, session: MailboxSession) -> None:
        super().__init__(seams, session, "imap")
        self._session = session
        self.state = session.state

    async def fetch(self, uids: list[int]) -> AsyncIterator[FetchedLetter]:
        await self._seams("before imap.fetch")
        async for letter in self._session.fetch(uids):
            await self._seams("imap.fetch: a letter")
            yield letter
        await self._seams("after imap.fetch")


class SeamedSubmission:
    """`mailsync.ports.Submission` with seams at the start, at DATA and after the last answer."""

    def __init__(self, seams: Seams, inner: Submission) -> None:
        self._seams, self._inner = seams, inner

    async def submit(self, envelope: Envelope, before_data: Callable[[], Awaitable[None]]) -> str:
        async def at_data() -> None:
            await self._seams("smtp: recipient accepted")
            await before_data()
            await self._seams("smtp: DATA")

        await self._seams("before smtp.submit")
        answer = await self._inner.submit(envelope, at_data)
        await self._seams("after smtp.submit")
        return answer

    async def close(self) -> None:
        await self._inner.close()


class SeamedDatabase(Database):
    """A database of somebody else's with a seam before and after each write; closing it is the owner's business."""

    def __init__(self, seams: Seams, inner: Database) -> None:
        self._seams, self._inner = seams, inner

    async def write(self, change: Callable[[Connection], Result]) -> Result:
        name = change.__qualname__.removesuffix(".<locals>.change").removesuffix(".<locals>.<lambda>")
        await self._seams(f"before journal {name}", in_place=True)  # writes are queued in the order of their calls
        result = await self._inner.write(change)
        await self._seams(f"after journal {name}")
        return result

    async def read(self, question: Callable[[Connection], Result]) -> Result:
        return await self._inner.read(question)


def seamed_journal(seams: Seams, database: Database) -> Journal:
    return Journal(SeamedDatabase(seams, database))
