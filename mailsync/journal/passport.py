"""The journal's side of the digital passport: machines and their history."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Mapping

from mailsync.journal.database import Database
from mailsync.journal.equipment import by_lead, equipment, find, line, save
from mailsync.journal.rows import insert_entry
from mailsync.passport.equipment import Equipment, Line, SyncedName, serial_key
from mailsync.passport.registering import with_synced
from mailsync.passport.sync import changed

HISTORY_SHOWN = 200
MACHINES_SHOWN = 100
SAME_MOMENT = 0.001  # seconds: a change made in sight of another one is later than it, whatever the clocks say


class Passport:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, serial_number: str) -> Equipment | None:
        """The machine with this serial number, however it is spelt."""
        key = serial_key(serial_number)
        return await self._database.read(lambda connection: find(connection, key)) if key else None

    async def of_lead(self, lead_id: int, key: str) -> Equipment | None:
        """The machine with this key, else the one that the lead has registered."""
        return await self._database.read(lambda connection: find(connection, key) or by_lead(connection, lead_id))

    async def of_telegram(self, telegram_id: str) -> list[Equipment]:
        """A customer's machines, the newest first."""

        def question(connection: sqlite3.Connection) -> list[Equipment]:
            rows = connection.execute(
                "SELECT * FROM equipment WHERE telegram_id = ? ORDER BY id DESC LIMIT ?", (telegram_id, MACHINES_SHOWN)
            )
            return [equipment(connection, row) for row in rows.fetchall()]

        return await self._database.read(question)

    async def history(self, equipment_id: int) -> list[Line]:
        """The machine's newest lines, the oldest of them first."""

        def question(connection: sqlite3.Connection) -> list[Line]:
            rows = connection.execute(
                "SELECT * FROM equipment_history WHERE equipment_id = ? ORDER BY id DESC LIMIT ?",
                (equipment_id, HISTORY_SHOWN),
            )
            return [line(row) for row in rows][::-1]

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
            machine = find(connection, serial_key(serial_number))
            if machine is None:
                return None
            lines: list[Line] = []
            for field, value in values.items():
                state = machine.synced(field)
                at = max(now, state.at + SAME_MOMENT)
                after, line = changed(state, field, value, at, "passport")
                machine = with_synced(machine, field, after)
                lines += [line] if line else []
            save(connection, machine, lines)
            if lines:
                insert_entry(connection, "passport", name, body_of(machine, tuple(lines)), now)
            return machine

        return await self._database.write(apply)
