"""The journal's side of webhooks: events stored once, letters on a status, the request behind a lead."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from mailsync.deciding import effects as effect_codec
from mailsync.deciding.effects import SendConfirmation
from mailsync.journal.database import Database
from mailsync.journal.rows import insert_entry, remember, remembered

SOURCE = "webhook"
LETTERS_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class LeadRequest:
    """The request that a lead was made for, as far as writing to its customer needs it."""

    entry_id: int
    reference: str
    received_at: float
    message_id: str | None  # of the customer's letter
    subject: str
    letters: tuple[SendConfirmation, ...]  # ours in this thread, the oldest first
    participants: frozenset[str]


class Hooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self, events: Sequence[tuple[str, bytes]], now: float) -> int:
        """Store events by (key, body), all or none; returns how many were new."""

        def change(connection: sqlite3.Connection) -> int:
            return sum(insert_entry(connection, SOURCE, key, body, now)[1] for key, body in events)

        return await self._database.write(change)

    async def known(self, prefix: str) -> bool:
        """Whether an event is stored whose key begins so."""
        return await self._database.read(
            lambda connection: (
                connection.execute(
                    "SELECT 1 FROM entry WHERE key >= ? AND key < ? LIMIT 1", (prefix, prefix + "\uffff")
                ).fetchone()
                is not None
            )
        )

    async def request_of(self, lead_id: int) -> LeadRequest | None:
        """The oldest request that made this lead."""

        def question(connection: sqlite3.Connection) -> LeadRequest | None:
            row = connection.execute(
                "SELECT id, reference, received_at, message_id, subject FROM entry WHERE lead_id = ? AND source <> ? "
                "AND thread_id IS NULL ORDER BY id LIMIT 1",
                (lead_id, SOURCE),
            ).fetchone()
            return _request(connection, row, lead_id) if row else None

        return await self._database.read(question)

    async def lettered(self, lead_id: int) -> dict[int, float]:
        """Statuses that the customer has been written to about, with the time of the change."""
        return await self._database.read(
            lambda connection: {
                row["status_id"]: row["changed_at"]
                for row in connection.execute(
                    "SELECT status_id, changed_at FROM status_letter WHERE lead_id = ?", (lead_id,)
                )
            }
        )

    async def remembered(self, name: str) -> str | None:
        """A single fact about the account, None where it is not known yet."""
        return await self._database.read(lambda connection: remembered(connection, name))

    async def remember_first(self, name: str, value: str) -> str:
        """Keep a fact where there is none of this name yet; returns what is kept."""

        def change(connection: sqlite3.Connection) -> str:
            known = remembered(connection, name)
            if known is None:
                remember(connection, name, value)
            return known if known is not None else value

        return await self._database.write(change)

    async def remember(self, name: str, value: str) -> None:
        await self._database.write(lambda connection: remember(connection, name, value))


def _request(connection: sqlite3.Connection, row: sqlite3.Row, lead_id: int) -> LeadRequest:
    letters = connection.execute(
        "SELECT payload FROM effect JOIN entry ON entry.id = effect.entry_id WHERE entry.lead_id = ? "
        "AND letter_id IS NOT NULL AND effect.state <> 'dropped' ORDER BY effect.id LIMIT ?",
        (lead_id, LETTERS_LOOKED_AT),
    )
    found = [effect_codec.from_json(letter["payload"]) for letter in letters]
    addresses = connection.execute("SELECT address FROM participant WHERE entry_id = ?", (row["id"],))
    return LeadRequest(
        entry_id=row["id"],
        reference=row["reference"],
        received_at=row["received_at"],
        message_id=row["message_id"],
        subject=row["subject"] or "",
        letters=tuple(letter for letter in found if isinstance(letter, SendConfirmation)),
        participants=frozenset(item["address"] for item in addresses),
    )
