"""The database: durable together, spoiled apart."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.journal.database import Database
from mailsync.journal.migrate import versions


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "journal.db") as opened:
        yield opened


def put(name: str) -> object:
    return lambda connection: connection.execute("INSERT INTO secret (name, value) VALUES (?, ?)", (name, b""))


async def names(database: Database) -> list[str]:
    rows = await database.read(
        lambda connection: connection.execute("SELECT name FROM secret ORDER BY name").fetchall()
    )
    return [row["name"] for row in rows]


async def test_calls_that_wait_share_a_commit_and_each_gets_its_own_answer(database: Database) -> None:
    await asyncio.gather(*(database.write(put(f"{number:03}")) for number in range(300)))  # type: ignore[arg-type]
    assert len(await names(database)) == 300


async def test_a_refused_row_spoils_nobody_elses(database: Database) -> None:
    outcomes = await asyncio.gather(
        *(database.write(put(name)) for name in ("a", "a", "b")),  # type: ignore[arg-type]
        return_exceptions=True,
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["Cursor", "IntegrityError", "Cursor"]
    assert await names(database) == ["a", "b"]


async def test_a_change_that_raises_leaves_nothing_behind(database: Database) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO secret (name, value) VALUES ('half', '')")
        raise ValueError("on the way")

    with pytest.raises(ValueError, match="on the way"):
        await database.write(change)
    assert await names(database) == []


async def test_it_is_durable_by_its_settings(database: Database) -> None:
    def settings(connection: sqlite3.Connection) -> tuple[str, int]:
        return connection.execute("PRAGMA journal_mode").fetchone()[0], connection.execute(
            "PRAGMA synchronous"
        ).fetchone()[0]

    assert await database.write(settings) == ("wal", 2)


async def test_a_full_disk_is_a_temporary_failure_of_the_disk_and_passes(database: Database) -> None:
    await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1"))
    big = b"x" * 1_000_000
    fill = "INSERT INTO secret (name, value) VALUES ('big', ?)"
    with pytest.raises(TemporaryFailure) as caught:
        await database.write(lambda connection: connection.execute(fill, (big,)))
    assert caught.value.neighbour == "disk"
    await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000"))
    await database.write(lambda connection: connection.execute(fill, (big,)))
    assert await names(database) == ["big"]


async def test_an_entry_is_found_without_looking_through_the_table(database: Database) -> None:
    def plan(connection: sqlite3.Connection) -> list[str]:
        question = "SELECT id FROM entry WHERE id = ? OR reference = ? OR message_id = ? LIMIT 1"
        return [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {question}", (1, "", ""))]

    assert [line for line in await database.read(plan) if line.startswith("SCAN")] == []


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Database(path).close()
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {versions()[-1][0] + 1}")
    newer.close()
    with pytest.raises(PermanentFailure, match="written by a newer version"):
        Database(path)


def test_a_damaged_file_is_named_with_its_cure(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(PermanentFailure) as caught:
        Database(path)
    assert "restore" in caught.value.cure
