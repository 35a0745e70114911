"""Brings a database to the newest schema: numbered .sql files, each applied once in a transaction of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources

from mailsync.errors import PermanentFailure


def versions() -> list[tuple[int, str]]:
    """Every migration as (number, SQL text), in order."""
    folder = resources.files("mailsync.journal") / "migrations"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name)
    return [(int(item.name[:4]), item.read_text(encoding="utf-8")) for item in files]


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what is missing. Raises PermanentFailure for a database written by a newer version."""
    known = versions()
    current = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if current > known[-1][0]:
        raise PermanentFailure(
            f"the journal was written by a newer version (schema {current}, this program knows {known[-1][0]})",
            cure="start the newer version again, or restore the backup made before the upgrade",
        )
    for number, text in known:
        if number > current:
            _apply(connection, number, text)


def _apply(connection: sqlite3.Connection, number: int, text: str) -> None:
    """One migration, unless another process (a command beside the worker) was quicker."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if int(connection.execute("PRAGMA user_version").fetchone()[0]) < number:
            for statement in _statements(text):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _statements(text: str) -> Iterator[str]:
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
