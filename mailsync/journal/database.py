"""SQLite behind two verbs: `write` (one writer thread, commits shared between waiters) and `read`.

WAL with synchronous=FULL: a call of `write` returns only when its rows survive a power cut. Transactions begin as
writers (BEGIN IMMEDIATE): a read that turns into a write would fail at once, whatever the busy timeout. Waiting
calls share one commit, each in a savepoint of its own, so that one refused row spoils nobody else's.

Another database would change more than this module. Shared with PostgreSQL are RETURNING, ON CONFLICT and rows as
mappings; SQLite's own are the marks of parameters (`?`, `?1`), INSTR, WITHOUT ROWID and INTEGER PRIMARY KEY in the
migrations, and `PRAGMA user_version`, by which they are counted.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from mailsync.errors import MailsyncError, PermanentFailure, TemporaryFailure
from mailsync.journal.migrate import migrate

Result = TypeVar("Result")
Connection = sqlite3.Connection
Change = Callable[[Connection], Any]
Outcome = tuple[Any, BaseException | None]  # the result, or what was raised instead
Waiter = asyncio.Future[Any]

SHARED_COMMIT = 256  # calls in one commit at most
QUEUE_BOUND = 10_000
BUSY_SECONDS = 20


def make_folder(folder: Path) -> None:
    """The data folder, where it is missing. Raises PermanentFailure where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PermanentFailure(
            f"the data folder {folder} cannot be made: {error.strerror}",
            cure="give the worker's user the right to write there, or set journal.url to another place",
        ) from error


class Database:
    """An open SQLite database. `write` and `read` take a function of a connection and run it in a thread.

    Raises TemporaryFailure(neighbour="disk") when the disk is full, failing or locked: nothing of that call was
    stored. After a failed commit the outcome on disk is uncertain, so the connection is closed and opened anew.
    """

    def __init__(self, path: Path | None) -> None:
        self._target = f"file:{path}" if path else ":memory:"
        self._in_memory = path is None
        if path:
            make_folder(path.parent)
        self._jobs: queue.Queue[tuple[Change, Waiter] | None] = queue.Queue(QUEUE_BOUND)
        self._readers = concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="journal-read")
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._writer: Connection | None = self._connect()
        try:
            migrate(self._writer)
        except sqlite3.Error as error:
            self._writer.close()
            raise _translated(error) from error
        self._thread = threading.Thread(target=self._write_forever, name="journal-write", daemon=True)
        self._thread.start()

    def _open(self) -> Connection:
        return sqlite3.connect(
            self._target, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
        )

    def _connect(self) -> Connection:
        try:
            connection = self._open()
        except sqlite3.Error as error:
            raise _translated(error) from error
        try:
            connection.row_factory = sqlite3.Row
            if not self._in_memory:
                _enter_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")  # what is erased leaves no readable page behind
        except sqlite3.Error as error:
            connection.close()
            raise _translated(error) from error
        self._connections.append(connection)
        return connection

    async def write(self, change: Callable[[Connection], Result]) -> Result:
        """Run `change` once, inside a durable transaction; where that fails it is not run again.

        A cancelled caller does not undo it: the statement is already on its way.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        try:
            self._jobs.put_nowait((change, future))
        except queue.Full:
            raise TemporaryFailure("the journal cannot keep up", neighbour="disk", retry_after=5) from None
        return await asyncio.shield(future)

    async def read(self, question: Callable[[Connection], Result]) -> Result:
        """Run `question` on a reading connection; in memory there is but one connection, the writer's."""
        if self._in_memory:
            return await self.write(question)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, question)

    def _read(self, question: Callable[[Connection], Result]) -> Result:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        try:
            return question(connection)
        except sqlite3.Error as error:
            raise _translated(error) from error

    def _write_forever(self) -> None:
        while (job := self._jobs.get()) is not None:
            jobs = [job]
            closing = False
            while len(jobs) < SHARED_COMMIT:
                try:
                    following = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    closing = True
                    break
                jobs.append(following)
            _tell([waiter for _, waiter in jobs], self._commit_together([change for change, _ in jobs]))
            if closing:
                return

    def _commit_together(self, changes: list[Change]) -> list[Outcome]:
        try:
            writer = self._writer = self._writer or self._connect()
            writer.execute("BEGIN IMMEDIATE")
            outcomes = [self._in_savepoint(writer, change) for change in changes]
            writer.execute("COMMIT")
        except (sqlite3.Error, MailsyncError) as error:
            failure = _translated(error) if isinstance(error, sqlite3.Error) else error
            self._give_up_writer()
            return [(None, failure)] * len(changes)
        return outcomes

    @staticmethod
    def _in_savepoint(writer: Connection, change: Change) -> Outcome:
        writer.execute("SAVEPOINT one")
        outcome: Outcome
        try:
            outcome = change(writer), None
        except Exception as error:  # noqa: BLE001 - handed to the caller whose change it was
            writer.execute("ROLLBACK TO one")
            outcome = None, _translated(error) if isinstance(error, sqlite3.Error) else error
        writer.execute("RELEASE one")
        return outcome

    def _give_up_writer(self) -> None:
        """After a failed commit nothing about the connection's state is certain: the next call opens it anew.

        Never raises: opening may fail as well, and the thread has to outlive that.
        """
        writer = self._writer
        if writer is None:
            return
        try:
            if self._in_memory:  # closing the only connection would forget everything
                if writer.in_transaction:
                    writer.execute("ROLLBACK")
                return
            self._connections.remove(writer)
            self._writer = None
            writer.close()
        except sqlite3.Error:
            pass

    def close(self) -> None:
        """Finish what is queued and close; safe to call twice."""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()
        self._readers.shutdown()
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _enter_wal(connection: Connection) -> None:
    """The first to open a new file changes its mode; others meanwhile are told "locked" at once, whatever they wait."""
    for _ in range(BUSY_SECONDS * 20):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") != "SQLITE_BUSY":
                raise
            time.sleep(0.05)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _tell(waiters: list[Waiter], outcomes: list[Outcome]) -> None:
    """Wake each loop once for all that shared a commit: a wake-up for each of them would cost more than its rows."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Waiter, Outcome]]] = {}
    for waiter, outcome in zip(waiters, outcomes, strict=True):
        by_loop.setdefault(waiter.get_loop(), []).append((waiter, outcome))
    for loop, told in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, told)


def _settle(told: list[tuple[Waiter, Outcome]]) -> None:
    for waiter, (result, problem) in told:
        if waiter.done():
            continue
        if problem is None:
            waiter.set_result(result)
        else:
            waiter.set_exception(problem)


def _translated(error: sqlite3.Error) -> Exception:
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    if isinstance(error, sqlite3.IntegrityError):
        return error  # a broken invariant is a defect of ours, not the disk's
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return PermanentFailure(
            f"the journal file is damaged ({name})",
            cure="restore data/mailsync.db from a backup; letters are still in the mailbox",
        )
    return TemporaryFailure(
        f"the journal cannot be written or read ({name}: {error})",
        cure="check free space and rights of the data folder",
        neighbour="disk",
    )
