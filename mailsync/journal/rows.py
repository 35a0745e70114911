"""Small statements that several parts of the journal share."""

from __future__ import annotations

import sqlite3
from typing import Any

from mailsync.deciding import effects as effect_codec
from mailsync.deciding.reference import reference
from mailsync.journal.records import EffectRow, EffectState, Entry, Stage, State

AT_ONCE = 0.0  # due whatever the clock says: it may be set back
ENTRY_COLUMNS = (
    "entry.id, source, key, reference, received_at, stage, state, due_at, tries, reason, cure, kind, sender, subject, "
    "message_id, thread_id, lead_id, contact_id"
)


def entry(row: Any) -> Entry:
    fields = {name: row[name] for name in row.keys()}  # noqa: SIM118 - sqlite3.Row iterates over values
    return Entry(**(fields | {"stage": Stage(row["stage"]), "state": State(row["state"])}))


def effect(row: Any) -> EffectRow:
    return EffectRow(
        id=row["id"],
        entry_id=row["entry_id"],
        position=row["position"],
        effect=effect_codec.from_json(row["payload"]),
        state=EffectState(row["state"]),
        attempts=row["attempts"],
        attempted_at=row["attempted_at"],
        outside_id=row["outside_id"],
    )


def add_event(
    connection: sqlite3.Connection, entry_id: int, now: float, name: str, detail: str = "", effect_id: int | None = None
) -> None:
    connection.execute(
        "INSERT INTO event (entry_id, effect_id, at, name, detail) VALUES (?, ?, ?, ?, ?)",
        (entry_id, effect_id, now, name, detail),
    )


def insert_entry(connection: sqlite3.Connection, source: str, key: str, body: bytes, now: float) -> tuple[int, bool]:
    """Store one thing that came in; returns its id and whether it is new (False: its key is known, nothing changed)."""
    known = connection.execute("SELECT id FROM entry WHERE key = ?", (key,)).fetchone()
    if known:
        return int(known["id"]), False
    attempt = 0
    while connection.execute("SELECT 1 FROM entry WHERE reference = ?", (reference(key, attempt),)).fetchone():
        attempt += 1
    row = connection.execute(
        "INSERT INTO entry (source, key, reference, received_at, due_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (source, key, reference(key, attempt), now, AT_ONCE),
    ).fetchone()
    entry_id = int(row["id"])
    connection.execute("INSERT INTO raw (entry_id, body) VALUES (?, ?)", (entry_id, body))
    add_event(connection, entry_id, now, "stored")
    return entry_id, True


def set_state(
    connection: sqlite3.Connection, entry_id: int, now: float, state: State, *, reason: str = "", cure: str = ""
) -> None:
    """End a waiting entry: it waits no more and keeps nobody waiting. What was ended meanwhile (erased) stays so."""
    updated = connection.execute(
        "UPDATE entry SET state = ?, reason = ?, cure = ? WHERE id = ? AND state = 'waiting'",
        (state.value, reason, cure, entry_id),
    )
    if not updated.rowcount:
        return
    connection.execute("DELETE FROM lane WHERE entry_id = ?", (entry_id,))
    add_event(connection, entry_id, now, state.value, reason)


def retry(connection: sqlite3.Connection, entry_id: int, now: float) -> bool:
    """Let a parked or waiting entry try again at once, whatever is uncertain about it; False for any other."""
    updated = connection.execute(
        "UPDATE entry SET state = 'waiting', due_at = ?, tries = 0, reason = '', cure = '' "
        "WHERE id = ? AND state IN ('parked', 'waiting')",
        (now, entry_id),
    )
    if updated.rowcount:
        connection.execute(
            "UPDATE effect SET state = 'planned' WHERE entry_id = ? AND state = 'uncertain'", (entry_id,)
        )
        add_event(connection, entry_id, now, "retried by hand")
    return bool(updated.rowcount)


def link_letter(connection: sqlite3.Connection, message_id: str, entry_id: int) -> None:
    """Remember that a Message-ID leads to an entry; the first one to use it keeps it."""
    connection.execute(
        "INSERT INTO thread (message_id, entry_id) VALUES (?, ?) ON CONFLICT DO NOTHING", (message_id, entry_id)
    )


def thread_of(connection: sqlite3.Connection, message_id: str) -> list[int]:
    """The entry behind a Message-ID and, where that one answers a request itself, the request; empty if unknown."""
    row = connection.execute(
        "SELECT entry.id, entry.thread_id FROM thread JOIN entry ON entry.id = thread.entry_id "
        "WHERE thread.message_id = ?",
        (message_id,),
    ).fetchone()
    return [number for number in (row["thread_id"], row["id"]) if number] if row else []


def remember(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Keep a single fact; the newest value counts."""
    connection.execute(
        "INSERT INTO remembered (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def remembered(connection: sqlite3.Connection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM remembered WHERE name = ?", (name,)).fetchone()
    return str(row["value"]) if row else None
