"""The journal's side of working: what is next, what was decided, how each effect stands."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence

from mailsync.deciding import effects as effect_codec
from mailsync.deciding.effects import AddTask, Effect, SendConfirmation
from mailsync.deciding.plan import Plan
from mailsync.journal.database import Database
from mailsync.journal.records import EffectRow, EffectState, Entry, ReadingNote, State
from mailsync.journal.rows import ENTRY_COLUMNS, add_event, effect, entry, link_letter, set_state, thread_of

# An entry may start when no older one shares a lane with it and all older ones have been read (their lanes are known).
# One that broke its reader once keeps nobody waiting any more.
RUNNABLE = f"""
SELECT {ENTRY_COLUMNS} FROM entry
WHERE state = 'waiting' AND stage <> 'stored' AND due_at <= ?
  AND entry.id < COALESCE((SELECT MIN(id) FROM entry WHERE state = 'waiting' AND stage = 'stored' AND tries = 0),
                          1 << 62)
  AND NOT EXISTS (SELECT 1 FROM lane mine JOIN lane older ON older.key = mine.key AND older.entry_id < mine.entry_id
                  WHERE mine.entry_id = entry.id)
  AND (stage = 'mailing') = ?
ORDER BY entry.id LIMIT ?
"""  # noqa: S608 - column names only


class Work:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def unread(self, now: float, limit: int) -> list[Entry]:
        """Entries whose bytes have not been read yet, oldest first."""
        return await self._entries(
            f"SELECT {ENTRY_COLUMNS} FROM entry WHERE state = 'waiting' AND stage = 'stored' AND due_at <= ? "  # noqa: S608
            "ORDER BY id LIMIT ?",
            (now, limit),
        )

    async def runnable(self, now: float, limit: int, *, mailing: bool) -> list[Entry]:
        """Entries that may be worked on now, oldest first; entries already being worked on are among them."""
        return await self._entries(RUNNABLE, (now, mailing, limit))

    async def next_due(self) -> float | None:
        """When the earliest waiting entry is due; None where nothing waits."""

        def question(connection: sqlite3.Connection) -> float | None:
            row = connection.execute("SELECT MIN(due_at) AS due FROM entry WHERE state = 'waiting'").fetchone()
            return row["due"]  # type: ignore[no-any-return]

        return await self._database.read(question)

    async def settling(self) -> float | None:
        """When the earliest entry with an unanswered write is due; None where there is none."""

        def question(connection: sqlite3.Connection) -> float | None:
            row = connection.execute(
                "SELECT MIN(due_at) AS due FROM entry JOIN effect ON effect.entry_id = entry.id "
                "WHERE entry.state = 'waiting' AND effect.state = 'sending'"
            ).fetchone()
            return row["due"]  # type: ignore[no-any-return]

        return await self._database.read(question)

    async def raw(self, entry_id: int) -> bytes:
        def question(connection: sqlite3.Connection) -> bytes:
            row = connection.execute("SELECT body FROM raw WHERE entry_id = ?", (entry_id,)).fetchone()
            return bytes(row["body"]) if row else b""

        return await self._database.read(question)

    async def note_reading(self, entry_id: int, note: ReadingNote, now: float) -> None:
        """Keep what orders and finds the entry: its lanes, its thread, its own Message-ID.

        Nothing of it where the entry was erased while it was read.
        """

        def change(connection: sqlite3.Connection) -> None:
            updated = connection.execute(
                "UPDATE entry SET stage = 'read', kind = ?, sender = ?, subject = ?, message_id = ?, content_key = ?, "
                "lead_id = COALESCE(?, lead_id) WHERE id = ? AND state = 'waiting'",
                (note.kind, note.sender, note.subject, note.message_id, note.content_key, note.lead_id, entry_id),
            )
            if not updated.rowcount:
                return
            answered = {found for message_id in note.answers for found in thread_of(connection, message_id)}
            if note.message_id:
                link_letter(connection, note.message_id, entry_id)
            connection.executemany(
                "INSERT INTO participant (entry_id, address) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(entry_id, address) for address in note.addresses],
            )
            lanes = note.lanes | {f"thread:{number}" for number in (entry_id, *answered)}
            connection.executemany(
                "INSERT INTO lane (key, entry_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(key, entry_id) for key in lanes],
            )
            add_event(connection, entry_id, now, "read", note.kind)

        await self._database.write(change)

    async def write_plan(self, entry_id: int, plan: Plan, now: float) -> None:
        """Write every effect before anything is done, or end the entry as ignored; nothing where it was erased."""

        def change(connection: sqlite3.Connection) -> None:
            updated = connection.execute(
                "UPDATE entry SET stage = 'planned', thread_id = ?, reasons = ? WHERE id = ? AND state = 'waiting'",
                (plan.thread_id, json.dumps(plan.reasons, ensure_ascii=False), entry_id),
            )
            if not updated.rowcount:
                return
            for position, one in enumerate(plan.effects):
                _add_effect(connection, entry_id, position, one)
            if plan.effects:
                add_event(connection, entry_id, now, "planned", ", ".join(one.action for one in plan.effects))
            else:
                set_state(connection, entry_id, now, State.IGNORED, reason=plan.ignored)

        await self._database.write(change)

    async def effects(self, entry_id: int) -> list[EffectRow]:
        """The entry's effects in their order."""
        return await self._database.read(
            lambda connection: [
                effect(row)
                for row in connection.execute("SELECT * FROM effect WHERE entry_id = ? ORDER BY position", (entry_id,))
            ]
        )

    async def sending(self, row: EffectRow, now: float) -> None:
        """Before the call: from here on the effect may have happened."""
        await self._set_effect(row, now, EffectState.SENDING, attempt=True)

    async def not_sent(self, row: EffectRow, now: float, why: str) -> None:
        """After a call that certainly did nothing."""
        await self._set_effect(row, now, EffectState.PLANNED, detail=why)

    async def effect_ended(
        self,
        row: EffectRow,
        now: float,
        state: EffectState,
        *,
        outside_id: str | None = None,
        lead_id: int | None = None,
        contact_id: int | None = None,
        detail: str = "",
        with_it: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        """Done, uncertain or dropped; the ids that it brought are kept with the entry.

        `with_it` is done in the same transaction: what an effect writes into the journal itself.
        """

        def also(connection: sqlite3.Connection) -> None:
            if with_it:
                with_it(connection)
            if lead_id or contact_id:
                connection.execute(
                    "UPDATE entry SET lead_id = COALESCE(?, lead_id), contact_id = COALESCE(?, contact_id) "
                    "WHERE id = ?",
                    (lead_id, contact_id, row.entry_id),
                )

        await self._set_effect(row, now, state, outside_id=outside_id, detail=detail, also=also)

    async def replace_effect(
        self,
        row: EffectRow,
        now: float,
        follow: Sequence[Effect],
        detail: str,
        with_it: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        """Give an effect up and put others behind the entry's last, all at once."""

        def also(connection: sqlite3.Connection) -> None:
            if with_it:
                with_it(connection)
            last = connection.execute(
                "SELECT MAX(position) AS last FROM effect WHERE entry_id = ?", (row.entry_id,)
            ).fetchone()["last"]
            for position, one in enumerate(follow, last + 1):
                _add_effect(connection, row.entry_id, position, one)

        await self._set_effect(row, now, EffectState.DROPPED, detail=detail, also=also)

    async def _set_effect(
        self,
        row: EffectRow,
        now: float,
        state: EffectState,
        *,
        attempt: bool = False,
        outside_id: str | None = None,
        detail: str = "",
        also: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        def change(connection: sqlite3.Connection) -> None:
            updated = connection.execute(
                "UPDATE effect SET state = ?, attempts = attempts + ?, attempted_at = COALESCE(?, attempted_at), "
                "outside_id = COALESCE(?, outside_id) WHERE id = ?",
                (state.value, int(attempt), now if attempt else None, outside_id, row.id),
            )
            if not updated.rowcount:  # erased meanwhile
                return
            if also:
                also(connection)
            name = f"{row.effect.action} {state.value}"
            add_event(connection, row.entry_id, now, name, detail or outside_id or "", row.id)

        await self._database.write(change)

    async def only_letters_left(self, entry_id: int) -> None:
        """Nothing more is written into the CRM by this entry's plan: later ones of the same customer may start."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM lane WHERE entry_id = ?", (entry_id,))
            connection.execute("UPDATE entry SET stage = 'mailing' WHERE id = ? AND state = 'waiting'", (entry_id,))

        await self._database.write(change)

    async def finish(self, entry_id: int, now: float) -> None:
        await self._database.write(lambda connection: set_state(connection, entry_id, now, State.DONE))

    async def park(self, entry_id: int, now: float, reason: str, cure: str) -> None:
        await self._database.write(
            lambda connection: set_state(connection, entry_id, now, State.PARKED, reason=reason, cure=cure)
        )

    async def postpone(self, entry_id: int, now: float, due_at: float, reason: str, cure: str, *, counts: bool) -> None:
        """Wait until `due_at`; `counts` uses up one of the entry's tries."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE entry SET due_at = ?, reason = ?, cure = ?, tries = tries + ? "
                "WHERE id = ? AND state = 'waiting'",
                (due_at, reason, cure, int(counts), entry_id),
            )
            add_event(connection, entry_id, now, "waiting", reason)

        await self._database.write(change)

    async def try_at_once(self, now: float) -> None:
        """Forget when the neighbours were to be asked again: who starts the worker may have mended one.

        An entry that failed by itself keeps its time, and so does an unanswered write.
        """
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE entry SET due_at = ? WHERE state = 'waiting' AND due_at > ? AND tries = 0 "
                "AND NOT EXISTS (SELECT 1 FROM effect WHERE entry_id = entry.id AND effect.state = 'sending')",
                (now, now),
            )
        )

    async def settle_letter(self, message_id: str, evidence: str, now: float) -> bool:
        """Evidence that a letter of ours went out: its uncertain effect is done, and so is its entry."""

        def change(connection: sqlite3.Connection) -> bool:
            row = connection.execute(
                "SELECT * FROM effect WHERE letter_id = ? AND state = 'uncertain'", (message_id,)
            ).fetchone()
            if row is None:
                return False
            connection.execute("UPDATE effect SET state = 'done' WHERE id = ?", (row["id"],))
            add_event(connection, row["entry_id"], now, f"{row['action']} done", evidence, row["id"])
            connection.execute(
                "UPDATE entry SET state = 'waiting', due_at = ?, reason = '', cure = '' "
                "WHERE id = ? AND state = 'parked'",
                (now, row["entry_id"]),
            )
            return True

        return await self._database.write(change)

    async def mark_dead(self, address: str, reason: str, now: float) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO dead_address (address, reason, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (address.lower(), reason, now),
            )
        )

    async def _entries(self, statement: str, values: tuple[object, ...]) -> list[Entry]:
        return await self._database.read(
            lambda connection: [entry(row) for row in connection.execute(statement, values)]
        )


def _add_effect(connection: sqlite3.Connection, entry_id: int, position: int, one: Effect) -> None:
    letter = one if isinstance(one, SendConfirmation) else None
    connection.execute(
        "INSERT INTO effect (entry_id, position, action, payload, address, letter_id) VALUES (?, ?, ?, ?, ?, ?)",
        (
            entry_id,
            position,
            one.action,
            effect_codec.to_json(one),
            letter.to.lower() if letter else None,
            letter.message_id if letter else None,
        ),
    )
    if isinstance(one, AddTask) and one.serial_of:
        connection.execute("INSERT INTO serial_asked (lead_id, entry_id) VALUES (?, ?)", (one.serial_of, entry_id))
    if letter and letter.status:
        connection.execute(
            "INSERT INTO status_letter (lead_id, status_id, changed_at, entry_id) VALUES (?, ?, ?, ?)",
            (letter.status.lead_id, letter.status.status_id, letter.status.changed_at, entry_id),
        )
    if letter:
        link_letter(connection, letter.message_id, entry_id)
        connection.execute(
            "INSERT INTO participant (entry_id, address) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (entry_id, letter.to.lower()),
        )
