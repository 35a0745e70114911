"""Fetching: from the mailbox into the journal, letter by letter, whatever the connection does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from mailsync.errors import MailsyncError, PermanentFailure, TemporaryFailure
from mailsync.journal.journal import Journal
from mailsync.journal.records import Cursor
from mailsync.ports import Clock, FetchedLetter, Mailbox, MailboxSession
from mailsync.worker.health import Health

log = structlog.get_logger()

BATCH_LETTERS = 50
BATCH_BYTES = 8 << 20
NEWEST_COMPARED = 3  # letters that are looked at again on a new connection
SWEEP_SECONDS = 3600.0  # how often every UID is compared with the journal, for what a cursor alone cannot see
REFUSED_LOGIN_SECONDS = 300.0  # a wrong password is not hammered: some hosts lock the account


@dataclass(slots=True)
class Fetcher:
    """Keeps the journal level with one mailbox (IMAP folder); `arrived` is called after new letters are stored."""

    mailbox: Mailbox
    journal: Journal
    clock: Clock
    health: Health
    folder: str
    poll_interval: float
    arrived: Callable[[], None]
    after: str = ""
    first_start: str = "all"
    last_poll: float | None = None
    _swept: float = field(default=0.0)
    _compared: MailboxSession | None = None

    async def fetch_once(self) -> int:
        """Connect, store all that is new, disconnect; returns how many entries are new. Raises what `connect` does."""
        async with self.mailbox.connect() as session:
            return await self._cycle(session)

    async def run(self) -> None:
        """Fetch for ever: at every change that IDLE tells of, and at least every `poll_interval` seconds."""
        while True:
            try:
                async with self.mailbox.connect() as session:
                    while True:
                        await self._cycle(session)
                        self.health.works("imap")
                        await session.wait(self.poll_interval)
            except PermanentFailure as failure:
                wait = max(self.health.failed("imap", failure), REFUSED_LOGIN_SECONDS)
            except MailsyncError as failure:
                neighbour = failure.neighbour if isinstance(failure, TemporaryFailure) else None
                wait = self.health.failed(neighbour or "imap", failure)
            except Exception:
                log.exception("fetching failed in an unexpected way")
                wait = self.health.failed("imap", TemporaryFailure("fetching failed, see the log", neighbour="imap"))
            await self.clock.sleep(wait)

    async def _cycle(self, session: MailboxSession) -> int:
        cursor = await self._cursor(session)
        new = await self._store(session, cursor, await session.uids_after(cursor.last_uid))
        if self.clock.now() - self._swept >= SWEEP_SECONDS:
            new += await self._sweep(session, cursor)
        self.last_poll = self.clock.now()
        if self.after:
            await self._after(session)
        return new

    async def _cursor(self, session: MailboxSession) -> Cursor:
        """Where to go on; at the first start and after a new UIDVALIDITY, where to begin."""
        state, cursor = session.state, await self.journal.intake.cursor(self.folder)
        if cursor and cursor.uidvalidity == state.uidvalidity and not await self._restored(session, cursor):
            return cursor
        if cursor is None:
            cursor = await self._first_start(session)
        else:
            log.warning("mailbox has a new UIDVALIDITY", old=cursor.uidvalidity, new=state.uidvalidity)
            cursor = Cursor(state.uidvalidity, 0, 1)
            await self._recognise(session, cursor)
        await self.journal.intake.set_cursor(self.folder, cursor)
        return cursor

    async def _restored(self, session: MailboxSession, cursor: Cursor) -> bool:
        """Whether the server gave UIDs again that other letters had, as after a restored backup: looked at once a
        connection. It must not (RFC 9051, 2.3.1.1), but a cursor alone would pass over the new letters for ever."""
        if self._compared is session:
            return False
        self._compared = session
        state, uidnext = session.state, session.state.uidnext
        known = await self.journal.intake.newest(self.folder, state.uidvalidity, NEWEST_COMPARED)
        now = await session.identities(list(known)) if known else {}
        others = [
            uid for uid, (message_id, size) in now.items() if message_id != known[uid][0] and size != known[uid][1]
        ]
        if not others and (uidnext is None or uidnext > cursor.last_uid):
            return False
        log.warning("mailbox holds other letters under known UIDs", uidnext=uidnext, last_uid=cursor.last_uid)
        await self.journal.intake.set_aside(self.folder, state.uidvalidity)
        return True

    async def _first_start(self, session: MailboxSession) -> Cursor:
        first = 1
        if self.first_start == "new":
            first = max(await session.all_uids(), default=0) + 1
        log.warning("first start on this mailbox", letters=session.state.messages, from_uid=first)
        return Cursor(session.state.uidvalidity, first - 1, first)

    async def _recognise(self, session: MailboxSession, cursor: Cursor) -> None:
        """Under new UIDs stand mostly known letters: tell them by Message-ID and size, without their bodies."""
        uids = await session.all_uids()
        for start in range(0, len(uids), BATCH_LETTERS):
            letters = await session.identities(uids[start : start + BATCH_LETTERS])
            await self.journal.intake.recognise(self.folder, cursor.uidvalidity, letters)

    async def _sweep(self, session: MailboxSession, cursor: Cursor) -> int:
        """Fetch what stands in the mailbox and not in the journal, whatever the cursor says."""
        balance = await self.journal.desk.balance(self.folder, await session.all_uids())
        new = await self._store(session, cursor, list(balance.differences))
        self._swept = self.clock.now()
        return new

    async def _store(self, session: MailboxSession, cursor: Cursor, uids: list[int]) -> int:
        new = 0
        held: list[FetchedLetter] = []
        known = await self.journal.intake.sighted(self.folder, cursor.uidvalidity, uids)
        wanted = [uid for uid in uids if uid not in known]
        async for letter in session.fetch(wanted):
            held.append(letter)
            if len(held) >= BATCH_LETTERS or sum(len(one.raw) for one in held) >= BATCH_BYTES:
                new += await self._commit(cursor, held, held[-1].uid)
                held = []
        if uids:
            new += await self._commit(cursor, held, uids[-1])
        return new

    async def _commit(self, cursor: Cursor, letters: list[FetchedLetter], seen_to: int) -> int:
        stored = await self.journal.intake.store_letters(
            self.folder, cursor.uidvalidity, letters, seen_to, self.clock.now()
        )
        if stored.new:
            self.arrived()
        return stored.new

    async def _after(self, session: MailboxSession) -> None:
        """`mailbox.after`, once for each finished letter. A failure is tried again with the next poll."""
        validity = session.state.uidvalidity
        for uid in await self.journal.intake.finished_letters(self.folder, validity, BATCH_LETTERS):
            await session.after(uid, self.after)
            await self.journal.intake.settled(self.folder, validity, uid)


async def supervise(fetcher: Fetcher, deadline: float) -> None:
    """Run the fetcher; begin anew where it has not finished a poll for `deadline` seconds, whatever holds it."""
    while True:
        fetcher.last_poll = fetcher.clock.now()
        task = asyncio.create_task(fetcher.run())
        try:
            while not task.done() and fetcher.clock.now() - fetcher.last_poll < deadline:
                await fetcher.clock.sleep(min(deadline / 4, 15.0))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        log.error("fetching hung, connecting anew", seconds=deadline)
