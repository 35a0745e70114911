"""The journal's side of the digital passport: machines, their history, requests made in the Mini App."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mailsync.deciding.effects import RecordLeadStatus, RegisterEquipment, UpdateLead
from mailsync.journal.database import Database
from mailsync.journal.records import State
from mailsync.journal.rows import insert_entry
from mailsync.passport.equipment import SYNCED, Equipment, Line, Synced, SyncedName, serial_key
from mailsync.passport.registering import told, with_synced
from mailsync.passport.sync import changed

Change = Callable[[sqlite3.Connection], None]
HISTORY_SHOWN = 200
MACHINES_SHOWN = 100
REQUESTS_SHOWN = 50
SAME_MOMENT = 0.001  # seconds: a change made in sight of another one is later than it, whatever the clocks say

_COLUMNS = "key serial_number model telegram_id lead_id contact_id registered_at".split()
_STATE_COLUMNS = ("", "_at", "_source", "_in_crm", "_crm_at", "_refused")


@dataclass(frozen=True, slots=True)
class AppRequest:
    """A request made in the Mini App, as far as its maker is to see it."""

    reference: str
    kind: str
    serial_number: str | None
    created_at: float
    state: State
    lead_status_id: int | None


class Passport:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, serial_number: str) -> Equipment | None:
        """The machine with this serial number, however it is spelt."""
        key = serial_key(serial_number)
        return await self._database.read(lambda connection: _find(connection, key)) if key else None

    async def of_lead(self, lead_id: int, key: str) -> Equipment | None:
        """The machine with this key, else the one that the lead has registered."""
        return await self._database.read(lambda connection: _find(connection, key) or _by_lead(connection, lead_id))

    async def of_telegram(self, telegram_id: str) -> list[Equipment]:
        """A customer's machines, the newest first."""

        def question(connection: sqlite3.Connection) -> list[Equipment]:
            rows = connection.execute(
                "SELECT * FROM equipment WHERE telegram_id = ? ORDER BY id DESC LIMIT ?", (telegram_id, MACHINES_SHOWN)
            )
            return [_equipment(connection, row) for row in rows.fetchall()]

        return await self._database.read(question)

    async def history(self, equipment_id: int) -> list[Line]:
        """The machine's newest lines, the oldest of them first."""

        def question(connection: sqlite3.Connection) -> list[Line]:
            rows = connection.execute(
                "SELECT * FROM equipment_history WHERE equipment_id = ? ORDER BY id DESC LIMIT ?",
                (equipment_id, HISTORY_SHOWN),
            )
            return [_line(row) for row in rows][::-1]

        return await self._database.read(question)

    async def asked(self, lead_id: int) -> bool:
        """Whether the manager of a won deal was asked for its serial number."""
        return await self._database.read(
            lambda connection: (
                connection.execute("SELECT 1 FROM serial_asked WHERE lead_id = ?", (lead_id,)).fetchone() is not None
            )
        )

    async def change(
        self,
        serial_number: str,
        values: Mapping[SyncedName, str | None],
        now: float,
        body_of: Callable[[Equipment, tuple[Line, ...]], bytes],
    ) -> Equipment | None:
        """Change values in the passport at once, and store the entry that carries them to AmoCRM, all or nothing.

        `body_of` gives the entry's body for the machine and what changed on it; None where there is no such machine.
        """
        name = f"passport:{secrets.token_hex(16)}"

        def apply(connection: sqlite3.Connection) -> Equipment | None:
            machine = _find(connection, serial_key(serial_number))
            if machine is None:
                return None
            lines: list[Line] = []
            for field, value in values.items():
                state = machine.synced(field)
                at = max(now, state.at + SAME_MOMENT)
                after, line = changed(state, field, value, at, "passport")
                machine = with_synced(machine, field, after)
                lines += [line] if line else []
            _save(connection, machine, lines)
            if lines:
                insert_entry(connection, "passport", name, body_of(machine, tuple(lines)), now)
            return machine

        return await self._database.write(apply)

    async def store_request(
        self, body: bytes, telegram_id: str, kind: str, machine: Equipment | None, mark: str | None, now: float
    ) -> tuple[str, bool]:
        """Store a request made in the Mini App as an ingest request; returns its reference and whether it is new.

        A customer's request with a `mark` that he has given before is that one again.
        """
        key = f"app:{telegram_id}:{_hash(mark)}" if mark else f"app:{secrets.token_hex(16)}"
        serial_number = machine.serial_number if machine else None

        def store(connection: sqlite3.Connection) -> tuple[str, bool]:
            entry_id, new = insert_entry(connection, "app", key, body, now)
            row = connection.execute("SELECT reference FROM entry WHERE id = ?", (entry_id,)).fetchone()
            if not new:
                return str(row["reference"]), False
            connection.execute(
                "INSERT INTO app_request (entry_id, telegram_id, kind, serial_number) VALUES (?, ?, ?, ?)",
                (entry_id, telegram_id, kind, serial_number),
            )
            if machine and machine.id:
                _append(connection, machine.id, Line(now, "app", "request", f"{kind}: {row['reference']}"))
            return str(row["reference"]), True

        return await self._database.write(store)

    async def requests_since(self, telegram_id: str, since: float) -> int:
        """How many requests a customer has made in the Mini App since a time."""

        def question(connection: sqlite3.Connection) -> int:
            row = connection.execute(
                "SELECT COUNT(*) AS n FROM app_request JOIN entry ON entry.id = entry_id "
                "WHERE telegram_id = ? AND received_at >= ?",
                (telegram_id, since),
            ).fetchone()
            return int(row["n"])

        return await self._database.read(question)

    async def requests_of(self, telegram_id: str) -> list[AppRequest]:
        """A customer's requests, the newest first."""

        def question(connection: sqlite3.Connection) -> list[AppRequest]:
            rows = connection.execute(
                "SELECT reference, app_request.kind, serial_number, received_at, state, lead_status_id "
                "FROM app_request JOIN entry ON entry.id = entry_id WHERE telegram_id = ? "
                "ORDER BY entry_id DESC LIMIT ?",
                (telegram_id, REQUESTS_SHOWN),
            )
            return [_request(row) for row in rows]

        return await self._database.read(question)

    async def request_status(self, lead_id: int) -> int | None:
        """The status last seen of a lead that a request of the Mini App has made (0: none yet); None for others."""

        def question(connection: sqlite3.Connection) -> int | None:
            row = connection.execute(
                "SELECT COALESCE(lead_status_id, 0) AS status FROM app_request JOIN entry ON entry.id = entry_id "
                "WHERE lead_id = ? LIMIT 1",
                (lead_id,),
            ).fetchone()
            return int(row["status"]) if row else None

        return await self._database.read(question)


def applied(effect: RegisterEquipment | RecordLeadStatus | UpdateLead, now: float) -> Change:
    """What an effect does to the passport, to be run in the transaction that ends it."""

    def apply(connection: sqlite3.Connection) -> None:
        match effect:
            case RegisterEquipment():
                key = serial_key(effect.serial_number)
                known = _find(connection, key) or _by_lead(connection, effect.lead_id)
                _save(connection, *told(known, effect, now))
            case RecordLeadStatus():
                connection.execute(
                    "UPDATE app_request SET lead_status_id = ? "
                    "WHERE entry_id IN (SELECT id FROM entry WHERE lead_id = ?)",
                    (effect.status_id, effect.lead_id),
                )
            case UpdateLead():
                _written(connection, effect)

    return apply


def refused(effect: UpdateLead) -> Change:
    """AmoCRM would not take these values: they stay in the passport alone."""

    def apply(connection: sqlite3.Connection) -> None:
        machine = _find(connection, effect.serial_key)
        if machine is None:
            return
        for one in effect.changes:
            machine = with_synced(machine, one.name, replace(machine.synced(one.name), refused=one.value))
        _save(connection, machine, ())

    return apply


def _written(connection: sqlite3.Connection, effect: UpdateLead) -> None:
    """The lead's fields hold our values now. One that was overtaken holds another, which the next look finds."""
    machine = _find(connection, effect.serial_key)
    if machine is None:
        return
    for one in effect.changes:
        machine = with_synced(machine, one.name, replace(machine.synced(one.name), in_crm=one.value))
    _save(connection, machine, ())


def _find(connection: sqlite3.Connection, key: str) -> Equipment | None:
    row = connection.execute("SELECT * FROM equipment WHERE key = ?", (key,)).fetchone()
    return _equipment(connection, row) if row else None


def _by_lead(connection: sqlite3.Connection, lead_id: int) -> Equipment | None:
    row = connection.execute("SELECT * FROM equipment WHERE lead_id = ? ORDER BY id LIMIT 1", (lead_id,)).fetchone()
    return _equipment(connection, row) if row else None


def _equipment(connection: sqlite3.Connection, row: sqlite3.Row) -> Equipment:
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


def _save(connection: sqlite3.Connection, machine: Equipment, lines: tuple[Line, ...] | list[Line]) -> None:
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
        _append(connection, equipment_id, line)


def _append(connection: sqlite3.Connection, equipment_id: int, line: Line) -> None:
    connection.execute(
        "INSERT INTO equipment_history (equipment_id, at, source, field, value, previous, applied) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (equipment_id, line.at, line.source, line.field, line.value, line.previous, int(line.applied)),
    )


def _line(row: sqlite3.Row) -> Line:
    return Line(row["at"], row["source"], row["field"], row["value"], row["previous"], bool(row["applied"]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _request(row: sqlite3.Row) -> AppRequest:
    return AppRequest(
        reference=row["reference"],
        kind=row["kind"],
        serial_number=row["serial_number"],
        created_at=row["received_at"],
        state=State(row["state"]),
        lead_status_id=row["lead_status_id"],
    )
