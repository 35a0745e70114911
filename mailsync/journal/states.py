"""States of an authorization under way (RFC 6749, 10.12): given out by `auth url`, taken back by the redirect."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3

from mailsync.journal.database import Database

STATE_LIVES = 3600.0  # seconds


class States:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def give_out(self, now: float) -> str:
        """A new random state."""
        state = secrets.token_urlsafe(24)

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM oauth_state WHERE at <= ?", (now - STATE_LIVES,))
            connection.execute("INSERT INTO oauth_state (state_hash, at) VALUES (?, ?)", (_hash(state), now))

        await self._database.write(change)
        return state

    async def take_back(self, state: str, now: float) -> bool:
        """Whether the state was given out and not used yet; it is used now."""

        def change(connection: sqlite3.Connection) -> bool:
            taken = connection.execute(
                "DELETE FROM oauth_state WHERE state_hash = ? AND at > ?", (_hash(state), now - STATE_LIVES)
            )
            return taken.rowcount == 1

        return await self._database.write(change)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
