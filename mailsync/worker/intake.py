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
LETTER_TRIES = 3  # connections that one letter may cost
BATCH_BYTES = 8 << 20
NEWEST_COMPARED = 3  # letters that are looked at again on a new connection
SWEEP_SECONDS = 3600.0  # how often every UID is compared with the journal, for what a cursor alone cannot see
STUCK_SECONDS = 900.0  # a first fetch of years of mail is not stuck: each batch that is stored counts as a sign of life
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
    polled_at: float | None = None  # the last poll that came to its end
    _swept: float = field(default=0.0)
    _stirs_at: float = field(default=0.0)  # by when it should have shown that it is not stuck
    _fetching: asyncio.Task[None] | None = None
    _failures: dict[int, int] = field(default_factory=dict)  # by UID: how often a letter ended the connection
    _compared: MailboxSession | None = None

    async def fetch_once(self) -> int:
        """Connect, store all that is new, disconnect; returns how many entries are new. Raises what `connect` does."""
        async with self.mailbox.connect() as session:
            return await self._cycle(session)

    async def run(self) -> None:
        """Fetch for ever; where `watch` finds it stuck, begin anew."""
        while True:
            self._fetching = asyncio.create_task(self._fetch_for_ever(), name="fetching")
            try:
                await asyncio.wait([self._fetching])
            finally:
                self._fetching.cancel()
                await asyncio.gather(self._fetching, return_exceptions=True)

    async def watch(self) -> None:
        """The scheduled safety net under the poll: cuts off what holds it although every command has a deadline."""
        late = self.clock.now() - self._stirs_at
        if self._fetching and late > STUCK_SECONDS + 2 * self.poll_interval:
            log.error("fetching is stuck, connecting anew", seconds=round(late))
            self._fetching.cancel()

    async def _fetch_for_ever(self) -> None:
        """At every change that IDLE tells of, and at least every `poll_interval` seconds."""
        while True:
            self._stirs_at = self.clock.now()
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
            self._stirs_at = self.clock.now() + wait
            await self.clock.sleep(wait)

    async def _cycle(self, session: MailboxSession) -> int:
        cursor = await self._cursor(session)
        new = await self._store(session, cursor, await session.uids_after(cursor.last_uid))
        if self.clock.now() - self._swept >= SWEEP_SECONDS:
            new += await self._sweep(session, cursor)
        self.polled_at = self._stirs_at = self.clock.now()
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
            self._failures.clear()
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
        """Fetch and store what is not there yet. The cursor never moves past a letter that is still missing."""
        known = await self.journal.intake.sighted(self.folder, cursor.uidvalidity, uids)
        wanted = [uid for uid in uids if uid not in known]
        suspects = [uid for uid in wanted if self._failures.get(uid, 0) >= LETTER_TRIES]
        others = [uid for uid in wanted if uid not in suspects]
        new = await self._fetch(session, cursor, others, below=min(suspects, default=None))
        for uid in suspects:
            new += await self._fetch_suspect(session, cursor, uid, others_came=bool(others))
        if uids:
            new += await self._commit(cursor, [], uids[-1])
        return new

    async def _fetch(self, session: MailboxSession, cursor: Cursor, uids: list[int], *, below: int | None) -> int:
        new, reached = 0, 0
        held: list[FetchedLetter] = []

        async def commit() -> int:
            seen_to = reached if below is None else min(reached, below - 1)
            return await self._commit(cursor, held, seen_to)

        try:
            async for letter in session.fetch(uids):
                held.append(letter)
                reached = letter.uid
                if len(held) >= BATCH_LETTERS or sum(len(one.raw) for one in held) >= BATCH_BYTES:
                    new += await commit()
                    held = []
        except TemporaryFailure:
            if held:
                await commit()
            if stopped_at := next((uid for uid in uids if uid > reached), None):
                self._failures[stopped_at] = self._failures.get(stopped_at, 0) + 1
            raise
        return new + (await commit() if held else 0)

    async def _fetch_suspect(self, session: MailboxSession, cursor: Cursor, uid: int, *, others_came: bool) -> int:
        """A letter that ended one connection after another. It is given up for a person to open only where others
        came through the very connections that it ended: else the server is to blame, and it is asked for again."""
        if self._failures[uid] >= 2 * LETTER_TRIES:
            log.error("letter cannot be fetched, left to a person", uid=uid)
            return await self._commit(cursor, [FetchedLetter(uid, b"", size=0, truncated=True)], 0)
        try:
            letters = [letter async for letter in session.fetch([uid])]
        except TemporaryFailure:
            self._failures[uid] += others_came
            raise
        del self._failures[uid]
        return await self._commit(cursor, letters, 0)

    async def _commit(self, cursor: Cursor, letters: list[FetchedLetter], seen_to: int) -> int:
        stored = await self.journal.intake.store_letters(
            self.folder, cursor.uidvalidity, letters, seen_to, self.clock.now()
        )
        self._stirs_at = self.clock.now()
        if stored.new:
            self.arrived()
        return stored.new

    async def _after(self, session: MailboxSession) -> None:
        """`mailbox.after`, once for each finished letter; what the server refuses for good is told and left."""
        validity = session.state.uidvalidity
        for uid in await self.journal.intake.finished_letters(self.folder, validity, BATCH_LETTERS):
            try:
                await session.after(uid, self.after)
            except PermanentFailure as failure:
                log.error(  # noqa: TRY400 - a refusal in plain words, its traceback tells nothing more
                    "mailbox.after cannot be carried out", uid=uid, reason=str(failure), cure=failure.cure
                )
            await self.journal.intake.settled(self.folder, validity, uid)
