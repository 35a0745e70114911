"""F22: migrations: cut off at every statement, run by many at once, under unfinished work, refused by older ones."""

from __future__ import annotations

import concurrent.futures
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.journal.database import Database
from mailsync.journal.migrate import _apply, migrate, versions
from tests.faults.accounts import violations
from tests.faults.failing_disk import DatabaseOnFailingDisk, FailingDisk
from tests.faults.scenarios import SCENARIOS
from tests.faults.seams import Seams
from tests.faults.stops import once_more
from tests.faults.world import InlineDatabase, World

OLDER = [number for number, _ in versions()[:-1]]
UNFINISHED = [one for one in SCENARIOS if one.name in ("five letters of three customers", "SMTP away", "machines")]
EVERY = 12  # of the seams at which the older program stopped


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


@pytest.mark.parametrize("version", OLDER)
async def test_work_that_an_older_version_left_is_finished_by_this_one(
    record_property: Callable[[str, object], None], version: int
) -> None:
    states, runs = set[str](), 0
    for scenario in UNFINISHED:
        at, stopped = 1, True
        while stopped:
            before = World(scenario.config)
            for phase in scenario.phases:
                await phase(before)
            stopped = not await before.live(Seams(at))
            world = _upgraded(before, version)
            states |= {row["state"] for row in world.database.rows("SELECT state FROM effect")}
            await world.rest(Seams())
            assert violations(world, frozenset(world.uncertain())) == [], (scenario.name, at)
            assert await once_more(world) == []
            world.close()
            at, runs = at + EVERY, runs + 1
    record_property("runs", runs)
    assert states >= {"planned", "sending", "done"}


def _upgraded(before: World, version: int) -> World:
    """The same world with its journal as that version would have left it, brought to the newest one."""
    old = sqlite3.connect(":memory:", isolation_level=None)
    for number, text in versions():
        if number <= version:
            _apply(old, number, text)
    tables = old.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall()
    for (table,) in tables:
        columns = [row[1] for row in old.execute(f"PRAGMA table_info({table})")]
        rows = before.database.rows(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - names of our own
        marks = ", ".join("?" * len(columns))
        old.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", [tuple(row) for row in rows])  # noqa: S608
    database = InlineDatabase()
    old.backup(database.connection)
    old.close()
    before.database.close()
    migrate(database.connection)
    return replace(before, database=database)
