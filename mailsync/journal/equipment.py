"""Machines as rows: read and written within a transaction of whoever calls."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from mailsync.passport.equipment import SYNCED, Equipment, Line, Synced

_COLUMNS = "key serial_number model telegram_id lead_id contact_id registered_at".split()
_STATE_COLUMNS = ("", "_at", "_source", "_in_crm", "_crm_at", "_refused")


def find(connection: sqlite3.Connection, key: str) -> Equipment | None:
    row = connection.execute("SELECT * FROM equipment WHERE key = ?", (key,)).fetchone()
    return equipment(connection, row) if row else None


def by_lead(connection: sqlite3.Connection, lead_id: int) -> Equipment | None:
    row = connection.execute("SELECT * FROM equipment WHERE lead_id = ? ORDER BY id LIMIT 1", (lead_id,)).fetchone()
    return equipment(connection, row) if row else None


def equipment(connection: sqlite3.Connection, row: sqlite3.Row) -> Equipment:
    deals = connection.execute(
        "SELECT value FROM equipment_history WHERE equipment_id = ? AND field = 'deal'", (row["id"],)
    )
    return Equipment(
        id=row["id"],
        **{name: row[name] for name in _COLUMNS},
        service_status=_synced(row, "service_status"),
        maintenance_date=_synced(row, "maintenance_date"),
        deals=frozenset(int(one["value"]) for one in deals),
    )


def _synced(row: sqlite3.Row, name: str) -> Synced:
    return Synced(*(row[f"{name}{suffix}"] for suffix in _STATE_COLUMNS))


def save(connection: sqlite3.Connection, machine: Equipment, lines: Sequence[Line]) -> None:
    values = {name: getattr(machine, name) for name in _COLUMNS}
    for name in SYNCED:
        state = machine.synced(name)
        held = (state.value, state.at, state.source, state.in_crm, state.crm_at, state.refused)
        values |= {f"{name}{suffix}": value for suffix, value in zip(_STATE_COLUMNS, held, strict=True)}
    if machine.id is None:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        row = connection.execute(
            f"INSERT INTO equipment ({names}) VALUES ({marks}) RETURNING id",  # noqa: S608 - column names only
            tuple(values.values()),
        ).fetchone()
        equipment_id = int(row["id"])
    else:
        equipment_id = machine.id
        sets = ", ".join(f"{name} = ?" for name in values)
        connection.execute(
            f"UPDATE equipment SET {sets} WHERE id = ?",  # noqa: S608 - column names only
            (*values.values(), equipment_id),
        )
    for line in lines:
        append(connection, equipment_id, line)


def append(connection: sqlite3.Connection, equipment_id: int, line: Line) -> None:
    connection.execute(
        "INSERT INTO equipment_history (equipment_id, at, source, field, value, previous, applied) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (equipment_id, line.at, line.source, line.field, line.value, line.previous, int(line.applied)),
    )


def line(row: sqlite3.Row) -> Line:
    return Line(row["at"], row["source"], row["field"], row["value"], row["previous"], bool(row["applied"]))
