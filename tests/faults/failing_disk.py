"""A disk that fails where a test says: sqlite connections whose statements raise, under the real database class."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mailsync.journal.database import BUSY_SECONDS, Connection, Database


class FailingDisk:
    """Statement number `at` fails: before it is carried out or, with `afterwards`, after it. `down`: all do."""

    def __init__(self, at: int | None = None, *, afterwards: bool = False) -> None:
        self.down = False
        self.at = at
        self.afterwards = afterwards
        self.statements: list[str] = []

    def carry_out(self, statement: str, action: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        self.statements.append(statement)
        fails = len(self.statements) == self.at
        if self.down or (fails and not self.afterwards):
            raise sqlite3.OperationalError("disk I/O error")
        cursor = action()
        if fails:
            raise sqlite3.OperationalError("disk I/O error")
        return cursor


class _Connection(sqlite3.Connection):
    disk: FailingDisk

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        return self.disk.carry_out(statement, partial(super().execute, statement, *values))


class DatabaseOnFailingDisk(Database):
    """The journal's database, threads and all, on such a disk."""

    def __init__(self, path: Path, disk: FailingDisk) -> None:
        self._disk = disk
        super().__init__(path)

    def _open(self) -> Connection:
        if self._disk.down:
            raise sqlite3.OperationalError("unable to open database file")
        connection = sqlite3.connect(
            self._target,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_SECONDS,
            factory=_Connection,
        )
        connection.disk = self._disk
        return connection
