"""The journal's side of requests made in the Mini App."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass

from mailsync.errors import PermanentFailure
from mailsync.journal.database import Database
from mailsync.journal.equipment import append
from mailsync.journal.records import State
from mailsync.journal.rows import insert_entry
from mailsync.passport.equipment import Equipment, Line, Source

SOURCE: Source = "app"
DAY = 86_400.0
SHOWN = 50


class TooManyRequests(PermanentFailure):
    """A customer has made as many requests in a day as he may."""


@dataclass(frozen=True, slots=True)
class AppRequest:
    """A request made in the Mini App, as far as its maker is to see it."""

    reference: str
    kind: str
    serial_number: str | None
    created_at: float
    state: State
    lead_status_id: int | None


class AppRequests:
    """`most_a_day` is for one customer."""

    def __init__(self, database: Database, most_a_day: int = 20) -> None:
        self._database = database
        self._most_a_day = most_a_day

    async def store(
        self, body: bytes, telegram_id: str, kind: str, machine: Equipment | None, mark: str | None, now: float
    ) -> tuple[str, bool]:
        """Store a request as an ingest request; returns its reference and whether it is new.

        A customer's request with a `mark` that he has given before is that one again. Raises TooManyRequests.
        """
        key = f"{SOURCE}:{telegram_id}:{_hash(mark)}" if mark else f"{SOURCE}:{secrets.token_hex(16)}"

        def change(connection: sqlite3.Connection) -> tuple[str, bool]:
            if known := connection.execute("SELECT reference FROM entry WHERE key = ?", (key,)).fetchone():
                return str(known["reference"]), False
            if _count(connection, telegram_id, now - DAY) >= self._most_a_day:
                raise TooManyRequests("too many requests today", cure="позвоните нам или напишите завтра")
            return _insert(connection, key, body, telegram_id, kind, machine, now), True

        return await self._database.write(change)

    async def of_telegram(self, telegram_id: str) -> list[AppRequest]:
        """A customer's requests, the newest first."""

        def question(connection: sqlite3.Connection) -> list[AppRequest]:
            rows = connection.execute(
                "SELECT reference, app_request.kind, serial_number, received_at, state, lead_status_id "
                "FROM app_request JOIN entry ON entry.id = entry_id WHERE telegram_id = ? "
                "ORDER BY entry_id DESC LIMIT ?",
                (telegram_id, SHOWN),
            )
            return [_request(row) for row in rows]

        return await self._database.read(question)

    async def status_of(self, lead_id: int) -> int | None:
        """The status last seen of a lead that a request of the Mini App has made (0: none yet); None for others."""

        def question(connection: sqlite3.Connection) -> int | None:
            row = connection.execute(
                "SELECT COALESCE(lead_status_id, 0) AS status FROM app_request JOIN entry ON entry.id = entry_id "
                "WHERE lead_id = ? LIMIT 1",
                (lead_id,),
            ).fetchone()
            return int(row["status"]) if row else None

        return await self._database.read(question)


def _count(connection: sqlite3.Connection, telegram_id: str, since: float) -> int:
    row = connection.execute(
        "SELECT COUNT(*) AS n FROM app_request JOIN entry ON entry.id = entry_id "
        "WHERE telegram_id = ? AND received_at >= ?",
        (telegram_id, since),
    ).fetchone()
    return int(row["n"])


def _insert(
    connection: sqlite3.Connection,
    key: str,
    body: bytes,
    telegram_id: str,
    kind: str,
    machine: Equipment | None,
    now: float,
) -> str:
    entry_id, _ = insert_entry(connection, SOURCE, key, body, now)
    reference = str(connection.execute("SELECT reference FROM entry WHERE id = ?", (entry_id,)).fetchone()["reference"])
    connection.execute(
        "INSERT INTO app_request (entry_id, telegram_id, kind, serial_number) VALUES (?, ?, ?, ?)",
        (entry_id, telegram_id, kind, machine.serial_number if machine else None),
    )
    if machine and machine.id:
        append(connection, machine.id, Line(now, SOURCE, "request", f"{kind}: {reference}"))
    return reference


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
