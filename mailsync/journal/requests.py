"""The journal's side of ingest requests: each stored once, whatever a caller repeats."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3

from mailsync.errors import PermanentFailure
from mailsync.journal.database import Database
from mailsync.journal.records import Entry
from mailsync.journal.rows import ENTRY_COLUMNS, entry, insert_entry, remember, remembered, retry

KEY_LIVES = 86_400.0  # seconds that an Idempotency-Key is remembered
TEST_SOURCE = "test"
TEST_EVERY = 3600.0
RETRY_EVERY = 60.0


class KeyReused(PermanentFailure):
    """An Idempotency-Key came again with another request behind it."""


class Requests:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self, source: str, body: bytes, idempotency_key: str | None, now: float) -> tuple[str, bool]:
        """Store one request; returns its reference and whether it is new. Raises KeyReused, and TemporaryFailure
        where nothing was stored.

        Each source has keys of its own: the site's order 1001 is not the bot's.
        """
        name = f"{source}:{secrets.token_hex(16)}"
        key_hash = hashlib.sha256(f"{source}:{idempotency_key or ''}".encode()).hexdigest()
        body_hash = hashlib.sha256(body).hexdigest()

        def change(connection: sqlite3.Connection) -> tuple[str, bool]:
            if idempotency_key:
                connection.execute("DELETE FROM idempotency WHERE at <= ?", (now - KEY_LIVES,))
                known = connection.execute(
                    "SELECT body_hash, reference FROM idempotency JOIN entry ON entry.id = entry_id WHERE key_hash = ?",
                    (key_hash,),
                ).fetchone()
                if known and known["body_hash"] != body_hash:
                    raise KeyReused(
                        "this Idempotency-Key was used for another request",
                        cure="make a new key for each request; repeat an old one only with the same body",
                    )
                if known:
                    return known["reference"], False
            entry_id, _ = insert_entry(connection, source, name, body, now)
            if idempotency_key:
                connection.execute(
                    "INSERT INTO idempotency (key_hash, body_hash, entry_id, at) VALUES (?, ?, ?, ?)",
                    (key_hash, body_hash, entry_id, now),
                )
            row = connection.execute("SELECT reference FROM entry WHERE id = ?", (entry_id,)).fetchone()
            return row["reference"], True

        return await self._database.write(change)

    async def test(self, now: float) -> Entry:
        """The connection test of this hour: the last one, or a new one where that is too old.

        One that is parked or waits for its next try gets it at once, at most once a minute, whoever asks how often.
        """

        def change(connection: sqlite3.Connection) -> Entry:
            known = _entry(connection, int(remembered(connection, "test_entry") or 0))
            if known and known.received_at > now - TEST_EVERY:
                asked_at = float(remembered(connection, "test_retried") or 0)
                if not known.reason or asked_at > now - RETRY_EVERY or not retry(connection, known.id, now):
                    return known
                remember(connection, "test_retried", repr(now))
                return _entry(connection, known.id) or known
            entry_id, _ = insert_entry(connection, TEST_SOURCE, f"test:{secrets.token_hex(16)}", b"", now)
            remember(connection, "test_entry", str(entry_id))
            made = _entry(connection, entry_id)
            assert made
            return made

        return await self._database.write(change)


def _entry(connection: sqlite3.Connection, entry_id: int) -> Entry | None:
    row = connection.execute(f"SELECT {ENTRY_COLUMNS} FROM entry WHERE id = ?", (entry_id,)).fetchone()  # noqa: S608
    return entry(row) if row else None
