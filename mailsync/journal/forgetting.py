"""Forgetting what names a person: when they ask (152-ФЗ, article 21), or when the retention period has passed."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from crm.keys import Key, email_key, phone_key
from mailsync.errors import PermanentFailure
from mailsync.journal.rows import add_event

# ?1 the address or the number, ?2 and ?3 how a plan spells it in JSON (a number also with its extension), ?4 its lane.
OF_PERSON = """
SELECT id FROM entry WHERE sender = ?1 OR sender LIKE ?1 || ';%'
UNION SELECT entry_id FROM participant WHERE address = ?1
UNION SELECT entry_id FROM lane WHERE key = ?4
UNION SELECT entry_id FROM effect WHERE address = ?1 OR INSTR(payload, ?2) OR INSTR(payload, ?3)
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the journal's tables spell an address or a number."""

    name: str
    key: Key

    @property
    def quoted(self) -> tuple[str, str]:
        whole = json.dumps(self.name, ensure_ascii=False)
        return whole, f"{whole[:-1]};" if self.key.kind == "phone" else whole

    @property
    def lane(self) -> str:
        return f"{'address' if self.key.kind == 'email' else 'phone'}:{self.name}"


def person_of(who: str) -> Person:
    """Raises PermanentFailure for what is neither an e-mail address nor a phone number."""
    if address := email_key(who):
        return Person(who.strip().lower(), address)
    if number := phone_key(who):
        return Person(f"+{number.value}", number)
    raise PermanentFailure(
        "neither an e-mail address nor a phone number", cure="name the person as in client@firma.ru or +7 912 345-67-89"
    )


def forget_person(connection: sqlite3.Connection, person: Person, now: float) -> int:
    """Forget all entries of a person and their place in the index of contacts; returns how many entries."""
    rows = connection.execute(OF_PERSON, (person.name, *person.quoted, person.lane)).fetchall()
    for row in rows:
        _forget(connection, row["id"], now)
    connection.execute("DELETE FROM dead_address WHERE address = ?", (person.name,))
    _forget_in_index(connection, person.key)
    return len(rows)


def forget_before(connection: sqlite3.Connection, before: float, now: float, limit: int) -> int:
    """Forget entries that came and ended before, and addresses that refused letters; returns how many entries."""
    connection.execute("DELETE FROM dead_address WHERE at < ?", (before,))
    rows = connection.execute(
        "SELECT entry.id FROM entry JOIN raw ON raw.entry_id = entry.id WHERE received_at < ? "
        "AND state IN ('done', 'ignored') ORDER BY entry.id LIMIT ?",
        (before, limit),
    ).fetchall()
    for row in rows:
        _forget(connection, row["id"], now)
    return len(rows)


def _forget_in_index(connection: sqlite3.Connection, key: Key) -> None:
    """The key itself, and all keys of the contacts that have it: a person's address leads to their phone."""
    contacts = connection.execute(
        "SELECT entity_id FROM known_key WHERE entity_type = 'contacts' AND kind = ? AND value = ?",
        (key.kind, key.value),
    ).fetchall()
    connection.execute("DELETE FROM known_key WHERE kind = ? AND value = ?", (key.kind, key.value))
    connection.executemany(
        "DELETE FROM known_key WHERE entity_type = 'contacts' AND entity_id = ?",
        [(row["entity_id"],) for row in contacts],
    )


def _forget(connection: sqlite3.Connection, entry_id: int, now: float) -> None:
    statements: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("DELETE FROM raw WHERE entry_id = ?", (entry_id,)),
        ("DELETE FROM participant WHERE entry_id = ?", (entry_id,)),
        ("DELETE FROM effect WHERE entry_id = ?", (entry_id,)),
        ("DELETE FROM event WHERE entry_id = ?", (entry_id,)),
        ("DELETE FROM lane WHERE entry_id = ?", (entry_id,)),
        ("DELETE FROM app_request WHERE entry_id = ?", (entry_id,)),
        ("DELETE FROM thread WHERE entry_id = ?", (entry_id,)),
        (
            (
                "UPDATE entry SET sender = NULL, subject = NULL, message_id = NULL, reasons = '[]', cure = '', "
                "reason = CASE WHEN state IN ('waiting', 'parked') THEN 'erased' ELSE reason END, "
                "state = CASE state WHEN 'done' THEN 'done' ELSE 'ignored' END WHERE id = ?"
            ),
            (entry_id,),
        ),
    )
    for statement, values in statements:
        connection.execute(statement, values)
    add_event(connection, entry_id, now, "erased")
