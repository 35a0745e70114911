"""F22: migrations: cut off at every statement, run by two processes at once, refused where the file is newer."""

from __future__ import annotations

import concurrent.futures
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.journal.database import Database
from mailsync.journal.migrate import versions
from tests.faults.failing_disk import DatabaseOnFailingDisk, FailingDisk


def schema(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_a_migration_cut_off_anywhere_is_taken_up_again(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    disk = FailingDisk()
    with DatabaseOnFailingDisk(tmp_path / "whole.db", disk):
        pass
    for number in range(1, len(disk.statements) + 1):
        path = tmp_path / f"{number}.db"
        with pytest.raises((TemporaryFailure, sqlite3.OperationalError)):
            DatabaseOnFailingDisk(path, FailingDisk(number))
        with Database(path):
            pass
        assert schema(path) == schema(tmp_path / "whole.db")
    record_property("runs", len(disk.statements))


def test_eight_that_open_a_new_journal_at_once_all_succeed(tmp_path: Path) -> None:
    def open_(path: Path) -> int:
        with Database(path) as database:
            return int(database._connections[0].execute("PRAGMA user_version").fetchone()[0])

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        for round_ in range(10):
            found = set(threads.map(open_, [tmp_path / f"{round_}.db"] * 8))
            assert found == {versions()[-1][0]}


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    with Database(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9999")
    with pytest.raises(PermanentFailure, match="newer version"):
        Database(path)
