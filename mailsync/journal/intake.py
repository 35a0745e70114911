"""The journal's side of fetching: letters and the cursor move in one transaction, or not at all (promise 1)."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailsync.journal.database import Database
from mailsync.journal.records import Cursor
from mailsync.journal.rows import add_event, insert_entry
from mailsync.ports import FetchedLetter

TRUNCATED = "X-Mailsync-Truncated"  # a letter over mailbox.max_letter_megabytes; the value is its size in octets


@dataclass(frozen=True, slots=True)
class Stored:
    """What one call of `store_letters` did."""

    new: int


class Intake:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def cursor(self, mailbox: str) -> Cursor | None:
        def question(connection: sqlite3.Connection) -> Cursor | None:
            row = connection.execute(
                "SELECT uidvalidity, last_uid, first_uid FROM cursor WHERE mailbox = ?", (mailbox,)
            ).fetchone()
            return Cursor(row["uidvalidity"], row["last_uid"], row["first_uid"]) if row else None

        return await self._database.read(question)

    async def set_cursor(self, mailbox: str, cursor: Cursor) -> None:
        """At the first start, or when the server gave the mailbox a new UIDVALIDITY (RFC 3501, 2.3.1.1)."""
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO cursor (mailbox, uidvalidity, last_uid, first_uid) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (mailbox) DO UPDATE SET uidvalidity = excluded.uidvalidity, "
                "last_uid = excluded.last_uid, first_uid = excluded.first_uid",
                (mailbox, cursor.uidvalidity, cursor.last_uid, cursor.first_uid),
            )
        )

    async def store_letters(
        self, mailbox: str, uidvalidity: int, letters: Sequence[FetchedLetter], seen_to: int, now: float
    ) -> Stored:
        """Store letters and move the cursor to `seen_to`, all at once. Known bytes become a further sighting only."""

        def change(connection: sqlite3.Connection) -> Stored:
            new = sum(_store(connection, mailbox, uidvalidity, letter, now) for letter in letters)
            connection.execute(
                "UPDATE cursor SET last_uid = MAX(last_uid, ?) WHERE mailbox = ? AND uidvalidity = ?",
                (seen_to, mailbox, uidvalidity),
            )
            return Stored(new)

        return await self._database.write(change)

    async def recognise(self, mailbox: str, uidvalidity: int, letters: Mapping[int, tuple[str, int]]) -> frozenset[int]:
        """After a new UIDVALIDITY: which of these UIDs (with Message-ID and size) are letters that the journal holds.

        A letter counts as known where exactly one entry of this mailbox has both. The sightings are stored here;
        all others have to be fetched and compared by their bytes.
        """

        def change(connection: sqlite3.Connection) -> frozenset[int]:
            known: set[int] = set()
            for uid, (message_id, size) in letters.items():
                rows = connection.execute(
                    "SELECT DISTINCT entry.id FROM entry JOIN sighting ON sighting.entry_id = entry.id "
                    "WHERE entry.message_id = ? AND sighting.mailbox = ? AND sighting.size = ? "
                    "AND sighting.uidvalidity <> ? LIMIT 2",
                    (message_id, mailbox, size, uidvalidity),
                ).fetchall()
                if message_id and len(rows) == 1:
                    _sight(connection, mailbox, uidvalidity, uid, rows[0]["id"], size)
                    known.add(uid)
            return frozenset(known)

        return await self._database.write(change)

    async def newest(self, mailbox: str, uidvalidity: int, limit: int) -> dict[int, tuple[str, int]]:
        """Message-ID and size of the letters with the highest UIDs, as they were fetched."""
        return await self._database.read(
            lambda connection: {
                row["uid"]: (row["message_id"] or "", row["size"])
                for row in connection.execute(
                    "SELECT uid, message_id, size FROM sighting JOIN entry ON entry.id = entry_id WHERE mailbox = ? "
                    "AND uidvalidity = ? AND stage <> 'stored' AND size > 0 ORDER BY uid DESC LIMIT ?",
                    (mailbox, uidvalidity, limit),
                )
            }
        )

    async def set_aside(self, mailbox: str, uidvalidity: int) -> None:
        """The UIDs of this UIDVALIDITY mean other letters now: begin again, the entries stay known."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE sighting SET uidvalidity = (SELECT MIN(0, MIN(uidvalidity)) - 1 FROM sighting) "
                "WHERE mailbox = ? AND uidvalidity = ?",
                (mailbox, uidvalidity),
            )
            connection.execute("UPDATE cursor SET last_uid = 0, first_uid = 1 WHERE mailbox = ?", (mailbox,))

        await self._database.write(change)

    async def sighted(self, mailbox: str, uidvalidity: int, uids: Sequence[int]) -> frozenset[int]:
        """Which of these UIDs the journal has seen already."""
        if not uids:
            return frozenset()
        return await self._database.read(
            lambda connection: frozenset(
                row["uid"]
                for row in connection.execute(
                    "SELECT uid FROM sighting WHERE mailbox = ? AND uidvalidity = ? AND uid BETWEEN ? AND ?",
                    (mailbox, uidvalidity, min(uids), max(uids)),
                )
            ).intersection(uids)
        )

    async def finished_letters(self, mailbox: str, uidvalidity: int, limit: int) -> list[int]:
        """UIDs of letters that are done or ignored and for which `mailbox.after` is still to be carried out."""
        return await self._database.read(
            lambda connection: [
                row["uid"]
                for row in connection.execute(
                    "SELECT uid FROM sighting JOIN entry ON entry.id = entry_id WHERE mailbox = ? AND uidvalidity = ? "
                    "AND settled = 0 AND state IN ('done', 'ignored') ORDER BY uid LIMIT ?",
                    (mailbox, uidvalidity, limit),
                )
            ]
        )

    async def settled(self, mailbox: str, uidvalidity: int, uid: int) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE sighting SET settled = 1 WHERE mailbox = ? AND uidvalidity = ? AND uid = ?",
                (mailbox, uidvalidity, uid),
            )
        )


def letter_key(raw: bytes) -> str:
    """What makes two letters the same bytes."""
    return "letter:" + hashlib.sha256(raw).hexdigest()


def _store(connection: sqlite3.Connection, mailbox: str, uidvalidity: int, letter: FetchedLetter, now: float) -> bool:
    """True where the letter became a new entry."""
    raw = letter.raw
    if letter.truncated:  # only its header was fetched, or nothing at all: say so to whoever reads it
        place = "" if raw else f"X-Mailsync-Place: {uidvalidity}/{letter.uid}\r\n\r\n"
        raw = f"{TRUNCATED}: {letter.size}\r\n{place}".encode() + raw
    entry_id, new = insert_entry(connection, "letter", letter_key(raw), raw, min(letter.arrived_at or now, now))
    if _sight(connection, mailbox, uidvalidity, letter.uid, entry_id, letter.size) and not new:
        add_event(connection, entry_id, now, "seen again", f"uid {letter.uid}")
    return new


def _sight(connection: sqlite3.Connection, mailbox: str, uidvalidity: int, uid: int, entry_id: int, size: int) -> bool:
    """Note where an entry's letter stands; False where that was known."""
    cursor = connection.execute(
        "INSERT INTO sighting (mailbox, uidvalidity, uid, entry_id, size, copy) SELECT ?1, ?2, ?3, ?4, ?5, "
        "EXISTS (SELECT 1 FROM sighting WHERE mailbox = ?1 AND uidvalidity = ?2 AND entry_id = ?4) "
        "ON CONFLICT DO NOTHING",
        (mailbox, uidvalidity, uid, entry_id, size),
    )
    return cursor.rowcount == 1
