"""F15: a full, failing or vanished disk: nothing is acknowledged that is not stored, and it goes on by itself."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mailsync.errors import TemporaryFailure
from mailsync.journal.database import Database
from tests.faults.failing_disk import DatabaseOnFailingDisk, FailingDisk
from tests.servers.fixtures import require

DEADLINE = 20.0


async def put(database: Database, name: str, size: int = 100) -> bool:
    """Store a row; False where the database says that it did not."""

    def change(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT OR REPLACE INTO secret (name, value) VALUES (?, ?)", (name, os.urandom(size)))

    try:
        async with asyncio.timeout(DEADLINE):
            await database.write(change)
    except TemporaryFailure as failure:
        if failure.neighbour != "disk" or not failure.cure:
            raise
        return False
    return True


def names(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name for (name,) in connection.execute("SELECT name FROM secret")}


async def _written(path: Path, disk: FailingDisk) -> tuple[list[str], list[str]]:
    """Twenty rows, some of them at once: those acknowledged and those refused."""
    acknowledged, refused = list[str](), list[str]()
    with DatabaseOnFailingDisk(path, disk) as database:
        for round_ in range(4):
            wanted = [f"{round_}-{number}" for number in range(5)]
            answers = await asyncio.gather(*(put(database, name) for name in wanted))
            for name, stored in zip(wanted, answers, strict=True):
                (acknowledged if stored else refused).append(name)
    return acknowledged, refused


@pytest.mark.parametrize("afterwards", [False, True], ids=["before it", "after it"])
async def test_a_statement_that_fails_loses_nothing_acknowledged(
    tmp_path: Path, record_property: Callable[[str, object], None], *, afterwards: bool
) -> None:
    disk = FailingDisk()
    await _written(tmp_path / "clean.db", disk)
    points = range(1, len(disk.statements) + 1)
    for number in points:
        path = tmp_path / f"{number}.db"
        acknowledged, refused = list[str](), list[str]()
        with suppress(TemporaryFailure):  # it did not even open
            acknowledged, refused = await _written(path, FailingDisk(number, afterwards=afterwards))
        await _written(path, FailingDisk())
        assert set(acknowledged) <= names(path)
        assert len(refused) <= 5
    record_property("runs", len(points))


async def test_a_disk_that_was_away_is_written_again(tmp_path: Path) -> None:
    disk = FailingDisk()
    with DatabaseOnFailingDisk(tmp_path / "a.db", disk) as database:
        assert await put(database, "before")
        disk.down = True
        assert not any([await put(database, f"during {number}") for number in range(3)])
        disk.down = False
        assert await put(database, "after")
    assert names(tmp_path / "a.db") == {"before", "after"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    require()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", tmp_path], check=True)
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


async def test_a_full_disk_refuses_and_takes_again_when_there_is_room(small_disk: Path) -> None:
    path = small_disk / "journal.db"
    with Database(path) as database:
        stored: list[str] = []
        while await put(database, f"{len(stored)}", 2000):
            stored.append(f"{len(stored)}")
        assert len(stored) > 20
        assert not await put(database, "full", 2000)
        subprocess.run(["mount", "-o", "remount,size=3M", small_disk], check=True)  # noqa: ASYNC221 - at once
        assert await put(database, "room again", 2000)
    assert names(path) == {*stored, "room again"}
