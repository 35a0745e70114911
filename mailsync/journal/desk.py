"""The operators' side of the journal: look, repeat, prove, forget."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from mailsync.journal.database import Database
from mailsync.journal.forgetting import forget_before, forget_person, person_of
from mailsync.journal.records import Entry, Event, State
from mailsync.journal.rows import ENTRY_COLUMNS, add_event, entry, retry

DISMISSED = "dismissed by hand"


@dataclass(frozen=True, slots=True)
class Balance:
    """`mailbox` = `stored` = the four others together, or `differences` names the UIDs that do not fit."""

    mailbox: int
    stored: int
    done: int
    ignored: int
    waiting: int
    parked: int
    differences: tuple[int, ...]

    def __str__(self) -> str:
        verdict = "adds up" if self.adds_up else "DOES NOT ADD UP"
        return (
            f"{self.mailbox} in the mailbox = {self.stored} stored = {self.done} done + {self.ignored} ignored + "
            f"{self.waiting} waiting + {self.parked} parked: {verdict}"
        )

    @property
    def adds_up(self) -> bool:
        return (
            not self.differences
            and self.mailbox == self.stored
            and self.stored == self.done + self.ignored + self.waiting + self.parked
        )


@dataclass(frozen=True, slots=True)
class Load:
    """Entries by state, effects that are not done by state, and since when the oldest waiting entry waits."""

    entries: dict[str, int]
    effects: dict[str, int]
    oldest_waiting: float | None


class Desk:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def entries(
        self, *, states: Sequence[State] = (), source: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[Entry]:
        """Entries, newest first."""
        wanted = [state.value for state in states] or [state.value for state in State]
        marks = ", ".join("?" * len(wanted))
        return await self._database.read(
            lambda connection: [
                entry(row)
                for row in connection.execute(
                    f"SELECT {ENTRY_COLUMNS} FROM entry WHERE state IN ({marks}) AND (? IS NULL OR source = ?) "  # noqa: S608
                    "AND (? IS NULL OR id < ?) ORDER BY id DESC LIMIT ?",
                    (*wanted, source, source, before, before, limit),
                )
            ]
        )

    async def get(self, entry_id: int) -> Entry | None:
        def question(connection: sqlite3.Connection) -> Entry | None:
            row = connection.execute(f"SELECT {ENTRY_COLUMNS} FROM entry WHERE id = ?", (entry_id,)).fetchone()  # noqa: S608
            return entry(row) if row else None

        return await self._database.read(question)

    async def find(self, name: str) -> Entry | None:
        """An entry by its number, its reference or its letter's Message-ID."""
        number = int(name) if name.isdecimal() and len(name) < 18 else None

        def question(connection: sqlite3.Connection) -> Entry | None:
            row = connection.execute(
                f"SELECT {ENTRY_COLUMNS} FROM entry WHERE id = ? OR reference = ? OR message_id = ? LIMIT 1",  # noqa: S608
                (number, name.upper(), name if name.startswith("<") else f"<{name}>"),
            ).fetchone()
            return entry(row) if row else None

        return await self._database.read(question)

    async def history(self, entry_id: int) -> list[Event]:
        return await self._database.read(
            lambda connection: [
                Event(row["at"], row["name"], row["effect_id"], row["detail"])
                for row in connection.execute("SELECT * FROM event WHERE entry_id = ? ORDER BY id", (entry_id,))
            ]
        )

    async def reasons(self, entry_id: int) -> list[str]:
        def question(connection: sqlite3.Connection) -> list[str]:
            row = connection.execute("SELECT reasons FROM entry WHERE id = ?", (entry_id,)).fetchone()
            return list(json.loads(row["reasons"])) if row else []

        return await self._database.read(question)

    async def counts(self) -> dict[str, int]:
        """How many entries there are in each state."""
        return await self._database.read(
            lambda connection: (
                dict.fromkeys((state.value for state in State), 0)
                | {
                    row["state"]: row["n"]
                    for row in connection.execute("SELECT state, COUNT(*) AS n FROM entry GROUP BY state")
                }
            )
        )

    async def load(self) -> Load:
        """How much there is to do."""

        def question(connection: sqlite3.Connection) -> Load:
            entries = connection.execute("SELECT state, COUNT(*) AS n FROM entry GROUP BY state")
            effects = connection.execute("SELECT state, COUNT(*) AS n FROM effect WHERE state <> 'done' GROUP BY state")
            oldest = connection.execute("SELECT MIN(received_at) AS at FROM entry WHERE state = 'waiting'").fetchone()
            return Load(
                dict.fromkeys((state.value for state in State), 0) | {row["state"]: row["n"] for row in entries},
                dict.fromkeys(("planned", "sending", "uncertain", "dropped"), 0)
                | {row["state"]: row["n"] for row in effects},
                oldest["at"],
            )

        return await self._database.read(question)

    async def retry(self, entry_id: int, now: float) -> bool:
        """Let a parked or waiting entry try again at once; an uncertain letter is sent again, by a person's decision.

        False where there is nothing to retry.
        """
        return await self._database.write(lambda connection: retry(connection, entry_id, now))

    async def settle(self, entry_id: int, now: float) -> bool:
        """A person knows that an uncertain letter arrived: its effect is done, the entry goes on."""

        def change(connection: sqlite3.Connection) -> bool:
            updated = connection.execute(
                "UPDATE effect SET state = 'done' WHERE entry_id = ? AND state = 'uncertain'", (entry_id,)
            )
            if updated.rowcount:
                connection.execute(
                    "UPDATE entry SET state = 'waiting', due_at = ?, reason = '', cure = '' WHERE id = ?",
                    (now, entry_id),
                )
                add_event(connection, entry_id, now, "settled by hand")
            return bool(updated.rowcount)

        return await self._database.write(change)

    async def dismiss(self, entry_id: int, now: float, reason: str = "") -> bool:
        """A person knows that a parked entry can never be done: it is ignored. False for any other."""

        def change(connection: sqlite3.Connection) -> bool:
            updated = connection.execute(
                "UPDATE entry SET state = 'ignored', reason = ?, cure = '' WHERE id = ? AND state = 'parked'",
                (f"{DISMISSED}: {reason}" if reason else DISMISSED, entry_id),
            )
            if updated.rowcount:
                add_event(connection, entry_id, now, DISMISSED, reason)
            return bool(updated.rowcount)

        return await self._database.write(change)

    async def uncertain(self) -> frozenset[int]:
        """Entries with a letter of unknown fate: trying them again may send it twice."""
        return await self._database.read(
            lambda connection: frozenset(
                row["entry_id"] for row in connection.execute("SELECT entry_id FROM effect WHERE state = 'uncertain'")
            )
        )

    async def balance(self, mailbox: str, uids: Sequence[int], uidvalidity: int | None = None) -> Balance:
        """Compare the UIDs that the server names with what is stored of them.

        Under another UIDVALIDITY than the journal's (None: it is known to be the same) UIDs name other letters:
        then nothing counts as stored.
        """

        def question(connection: sqlite3.Connection) -> Balance:
            cursor = connection.execute("SELECT * FROM cursor WHERE mailbox = ?", (mailbox,)).fetchone()
            if cursor and uidvalidity not in (None, cursor["uidvalidity"]):
                cursor = None
            first = cursor["first_uid"] if cursor else 0
            rows = connection.execute(
                "SELECT uid, copy, state FROM sighting JOIN entry ON entry.id = entry_id "
                "WHERE mailbox = ? AND uidvalidity = ?",
                (mailbox, cursor["uidvalidity"] if cursor else 0),
            )
            states = {row["uid"]: "ignored" if row["copy"] else row["state"] for row in rows}
            there = [uid for uid in uids if uid >= first]
            counted = [states[uid] for uid in there if uid in states]
            return Balance(
                mailbox=len(there),
                stored=len(counted),
                **{state.value: counted.count(state.value) for state in State},
                differences=tuple(uid for uid in there if uid not in states),
            )

        return await self._database.read(question)

    async def erase(self, who: str, now: float) -> int:
        """Forget a person (152-ФЗ, article 21): bytes, names, texts of all entries of an address or a phone, and the
        person's place in the index of AmoCRM's contacts. Returns how many entries.

        What stays says only that something came in and how it ended, so that the balance still adds up.
        Raises PermanentFailure for what is neither an address nor a phone.
        """
        person = person_of(who)
        return await self._database.write(lambda connection: forget_person(connection, person, now))

    async def forget_older(self, before: float, now: float, limit: int = 500) -> int:
        """Forget what the retention period has passed for; entries that still wait or are parked stay whole."""
        return await self._database.write(lambda connection: forget_before(connection, before, now, limit))
