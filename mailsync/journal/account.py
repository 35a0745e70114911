"""What the AmoCRM client keeps across restarts: the index of known people, and the OAuth2 pair."""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from crm.entities import EntityType
from crm.index import Entry
from crm.keys import Key
from crm.tokens import TokenPair
from mailsync.errors import TemporaryFailure
from mailsync.journal.database import Database

LOCK_SECONDS = 60
LOCK_LOOK_EVERY = 0.1


class StoredContactIndex:
    """`crm.index.ContactIndex` in the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, entity_type: EntityType, keys: Iterable[Key]) -> dict[Key, tuple[int, ...]]:
        def question(connection: sqlite3.Connection) -> dict[Key, tuple[int, ...]]:
            found = {}
            for key in keys:
                rows = connection.execute(
                    "SELECT entity_id FROM known_key WHERE entity_type = ? AND kind = ? AND value = ? "
                    "ORDER BY entity_id",
                    (entity_type.value, key.kind, key.value),
                )
                if ids := tuple(row["entity_id"] for row in rows):
                    found[key] = ids
            return found

        return await self._database.read(question)

    async def put(self, entries: Sequence[Entry], listed_until: dict[EntityType, datetime] | None = None) -> None:
        def change(connection: sqlite3.Connection) -> None:
            for entry in entries:
                connection.execute(
                    "DELETE FROM known_key WHERE entity_type = ? AND entity_id = ?",
                    (entry.entity_type.value, entry.entity_id),
                )
                connection.executemany(
                    "INSERT INTO known_key (entity_type, kind, value, entity_id) VALUES (?, ?, ?, ?)",
                    [(entry.entity_type.value, key.kind, key.value, entry.entity_id) for key in entry.keys],
                )
            connection.executemany(
                "INSERT INTO known_until (entity_type, until) VALUES (?, ?) "
                "ON CONFLICT (entity_type) DO UPDATE SET until = excluded.until",
                [(kind.value, until.timestamp()) for kind, until in (listed_until or {}).items()],
            )

        if entries or listed_until:
            await self._database.write(change)

    async def listed_until(self, entity_type: EntityType) -> datetime | None:
        def question(connection: sqlite3.Connection) -> datetime | None:
            row = connection.execute(
                "SELECT until FROM known_until WHERE entity_type = ?", (entity_type.value,)
            ).fetchone()
            return datetime.fromtimestamp(row["until"], UTC) if row else None

        return await self._database.read(question)


class StoredTokens:
    """`crm.tokens.TokenStore` in the journal; its lock is a file, which a dead process gives back by itself."""

    def __init__(self, database: Database, lock_file: Path) -> None:
        self._database = database
        self._lock_file = lock_file
        self._here = asyncio.Lock()

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Raises TemporaryFailure where another process holds the lock for too long."""
        async with self._here:
            with self._lock_file.open("w", encoding="ascii") as file:
                await _lock(file.fileno())
                yield

    async def load(self) -> TokenPair | None:
        def question(connection: sqlite3.Connection) -> TokenPair | None:
            row = connection.execute("SELECT * FROM token").fetchone()
            if row is None:
                return None
            expires_at = datetime.fromtimestamp(row["expires_at"], UTC)
            return TokenPair(row["access_token"], row["refresh_token"], expires_at, row["base_url"])

        return await self._database.read(question)

    async def save(self, pair: TokenPair) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO token (id, access_token, refresh_token, expires_at, base_url) VALUES (1, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET access_token = excluded.access_token, "
                "refresh_token = excluded.refresh_token, expires_at = excluded.expires_at, "
                "base_url = excluded.base_url",
                (pair.access_token, pair.refresh_token, pair.expires_at.timestamp(), pair.base_url),
            )
        )


async def _lock(descriptor: int) -> None:
    for _ in range(int(LOCK_SECONDS / LOCK_LOOK_EVERY)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(LOCK_LOOK_EVERY)
        else:
            return
    raise TemporaryFailure("another process is refreshing the AmoCRM token for too long", neighbour="crm")
