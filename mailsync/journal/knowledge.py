"""What the journal knows about a letter's surroundings: the facts for deciding."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable

from mailsync.deciding.facts import Thread
from mailsync.deciding.reference import OwnLetter
from mailsync.journal.database import Database
from mailsync.journal.rows import thread_of

KEY_BYTES = 32


class Knowledge:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def thread(
        self, entry_id: int, message_ids: tuple[str, ...], recognise: Callable[[str], OwnLetter | None]
    ) -> Thread | None:
        """The request that one of these Message-IDs leads to (the first that does); never the entry itself.

        `recognise` tells our own Message-IDs: the thread is sealed where one of them is of this very request.
        """
        ours = frozenset(own.reference for message_id in message_ids if (own := recognise(message_id)))

        def question(connection: sqlite3.Connection) -> Thread | None:
            for message_id in message_ids:
                numbers = [number for number in thread_of(connection, message_id) if number != entry_id]
                if numbers:
                    return _thread(connection, numbers[0], ours)
            return None

        return await self._database.read(question)

    async def duplicate_of(self, entry_id: int, content_key: str) -> str | None:
        """Reference of the oldest entry with the same content, where that is another one."""

        def question(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                "SELECT id, reference FROM entry WHERE content_key = ? ORDER BY id LIMIT 1", (content_key,)
            ).fetchone()
            return row["reference"] if row and row["id"] != entry_id else None

        return await self._database.read(question)

    async def letters_sent(self, since: float, address: str | None = None) -> int:
        """Letters of ours since a time, and those about to go out: to one address, or to all."""

        def question(connection: sqlite3.Connection) -> int:
            row = connection.execute(
                "SELECT (SELECT COUNT(*) FROM effect WHERE address IS NOT NULL AND attempted_at >= ?1 "
                "AND state IN ('sending', 'done', 'uncertain') AND (?2 IS NULL OR address = ?2)) + "
                "(SELECT COUNT(*) FROM effect CROSS JOIN entry ON entry.id = effect.entry_id "
                "WHERE effect.state = 'planned' AND address IS NOT NULL AND (?2 IS NULL OR address = ?2) "
                "AND entry.state = 'waiting') AS count",
                (since, address),
            ).fetchone()
            return int(row["count"])

        return await self._database.read(question)

    async def letter_to(self, message_id: str) -> str:
        """To whom the letter of ours with this Message-ID went; empty where there is none."""

        def question(connection: sqlite3.Connection) -> str:
            row = connection.execute("SELECT address FROM effect WHERE letter_id = ?", (message_id,)).fetchone()
            return row["address"] if row else ""

        return await self._database.read(question)

    async def came_back(self, message_id: str) -> bool:
        """Whether a letter with this Message-ID came into our own mailbox."""
        return await self._database.read(
            lambda connection: (
                connection.execute("SELECT 1 FROM entry WHERE message_id = ?", (message_id,)).fetchone() is not None
            )
        )

    async def is_dead(self, address: str) -> bool:
        return await self._database.read(
            lambda connection: (
                connection.execute("SELECT 1 FROM dead_address WHERE address = ?", (address.lower(),)).fetchone()
                is not None
            )
        )

    async def signing_key(self) -> bytes:
        """The key that seals our Message-IDs, made at the first start and kept with the journal."""

        def change(connection: sqlite3.Connection) -> bytes:
            connection.execute(
                "INSERT INTO secret (name, value) VALUES ('message-id', ?) ON CONFLICT DO NOTHING",
                (os.urandom(KEY_BYTES),),
            )
            return bytes(connection.execute("SELECT value FROM secret WHERE name = 'message-id'").fetchone()["value"])

        return await self._database.write(change)


def _thread(connection: sqlite3.Connection, entry_id: int, ours: frozenset[str]) -> Thread | None:
    row = connection.execute("SELECT id, reference, lead_id FROM entry WHERE id = ?", (entry_id,)).fetchone()
    if row is None:
        return None
    addresses = connection.execute("SELECT address FROM participant WHERE entry_id = ?", (entry_id,))
    return Thread(
        entry_id=row["id"],
        reference=row["reference"],
        lead_id=row["lead_id"],
        participants=frozenset(item["address"] for item in addresses),
        sealed=row["reference"] in ours,
        uncertain=tuple(
            item["letter_id"]
            for item in connection.execute(
                "SELECT letter_id FROM effect WHERE entry_id = ? AND state = 'uncertain' AND letter_id IS NOT NULL",
                (entry_id,),
            )
        ),
    )
