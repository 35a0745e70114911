"""The oracle: compares what the mailbox accepted, what AmoCRM applied, what the SMTP server accepted and the journal.

L lost, D1 twice in AmoCRM, D2 confirmed twice, U unresolved, X unexpected (fault plan, 8). All of them must be none.
It knows nothing of how the worker works: only rows of the journal and things outside.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MARK = re.compile(r"RS-[0-9A-Z]{7}[/-]\d+")
TEXTS = {"add_note": "notes", "add_task": "tasks", "upload_file": "files"}


@dataclass(frozen=True, slots=True)
class Outside:
    """What is there, counted: leads by reference, texts and files by marker, letters by Message-ID."""

    mailbox: frozenset[int]  # UIDs
    uidvalidity: int
    leads: Mapping[str, int]
    notes: Mapping[str, int]
    tasks: Mapping[str, int]
    files: Mapping[str, int]
    contacts: Mapping[str, int]  # by address
    sent: Mapping[str, int]
    copies: Mapping[str, int]  # in Sent
    recipients: Mapping[str, str] = field(default_factory=dict)  # by Message-ID


@dataclass(frozen=True, slots=True)
class Inside:
    """The journal's rows."""

    cursor: Any
    sightings: list[Any]
    entries: dict[int, Any]
    effects: list[Any]

    @classmethod
    def of(cls, connection: sqlite3.Connection, folder: str = "INBOX") -> Inside:
        connection.row_factory = sqlite3.Row
        return cls(
            connection.execute("SELECT * FROM cursor WHERE mailbox = ?", (folder,)).fetchone(),
            connection.execute("SELECT * FROM sighting WHERE mailbox = ?", (folder,)).fetchall(),
            {row["id"]: row for row in connection.execute("SELECT * FROM entry")},
            connection.execute("SELECT * FROM effect ORDER BY entry_id, position").fetchall(),
        )


def marks(texts: Iterable[str]) -> Counter[str]:
    """The first marker of each text, as the journal writes it."""
    found = (MARK.search(text) for text in texts)
    return Counter("RS-" + one.group()[3:].replace("-", "/") if one else "no marker" for one in found)


def at_any_time(inside: Inside, outside: Outside) -> list[str]:
    """What must hold at every moment, also while a worker is at work or lies stopped."""
    return [*_cursor(inside, outside), *_twice(outside), *_unexpected(inside, outside), *_too_early(inside, outside)]


def at_rest(inside: Inside, outside: Outside, *, uncertain: frozenset[str] = frozenset()) -> list[str]:
    """What must hold after the work is done. `uncertain`: the confirmations that a fault left in doubt, no others."""
    return [
        *at_any_time(inside, outside),
        *_lost_letters(inside, outside),
        *_lost_effects(inside, outside),
        *_unresolved(inside, outside, uncertain),
    ]


def _cursor(inside: Inside, outside: Outside) -> Iterator[str]:
    """Promise 1: the cursor has passed only what is stored."""
    cursor = inside.cursor
    if cursor is None or cursor["uidvalidity"] != outside.uidvalidity:
        return
    stored = {row["uid"] for row in inside.sightings if row["uidvalidity"] == cursor["uidvalidity"]}
    for uid in outside.mailbox:
        if cursor["first_uid"] <= uid <= cursor["last_uid"] and uid not in stored:
            yield f"L the cursor has passed UID {uid}, which is not stored"


def _twice(outside: Outside) -> Iterator[str]:
    for name in ("leads", "notes", "tasks", "files", "contacts"):
        for mark, count in getattr(outside, name).items():
            if count > 1 and mark != "no marker":
                yield f"D1 {count} {name} of {mark}"
    for name in ("sent", "copies"):
        for message_id, count in getattr(outside, name).items():
            if count > 1:
                yield f"D2 {count} times in {name}: {message_id}"


def _unexpected(inside: Inside, outside: Outside) -> Iterator[str]:
    """Nothing stands outside that the journal did not ask for before."""
    planned: dict[str, set[str]] = {name: set() for name in ("leads", "notes", "tasks", "files", "sent", "copies")}
    attempted: set[str] = set()
    for row in inside.effects:
        payload = json.loads(row["payload"])
        if row["action"] == "create_lead":
            planned["leads"].add(payload["reference"])
        elif name := TEXTS.get(row["action"]):
            planned[name].add(payload["marker"])
        elif row["letter_id"]:
            planned["sent"].add(row["letter_id"])
            planned["copies"].add(row["letter_id"])
            attempted |= {row["letter_id"]} if row["attempts"] else set()
    for name, wanted in planned.items():
        for mark in set(getattr(outside, name)) - wanted:
            yield f"X {name}: {mark}"
    for message_id in set(outside.sent) & planned["sent"] - attempted:
        yield f"X sent before the journal knew: {message_id}"


def _too_early(inside: Inside, outside: Outside) -> Iterator[str]:
    """A confirmation says that the request was taken: its lead stands by then."""
    leads = {row["entry_id"]: json.loads(row["payload"])["reference"] for row in _of(inside, "create_lead")}
    for row in _of(inside, "send_confirmation"):
        if row["letter_id"] in outside.sent and leads.get(row["entry_id"]) not in outside.leads:
            yield f"X confirmed before there was a lead: {row['letter_id']}"


def _lost_letters(inside: Inside, outside: Outside) -> Iterator[str]:
    cursor = inside.cursor
    if cursor is None or cursor["uidvalidity"] != outside.uidvalidity:
        yield from (f"L UID {uid} is not stored" for uid in outside.mailbox)
        return
    stored = {row["uid"]: row["entry_id"] for row in inside.sightings if row["uidvalidity"] == outside.uidvalidity}
    for uid in outside.mailbox:
        if uid >= cursor["first_uid"] and stored.get(uid) not in inside.entries:
            yield f"L UID {uid} is not stored"


def _lost_effects(inside: Inside, outside: Outside) -> Iterator[str]:
    """What the journal calls done stands outside; what has ended has no effect left undone."""
    for row in inside.effects:
        payload = json.loads(row["payload"])
        name, mark = "", ""
        match row["action"]:
            case "create_lead":
                name, mark = "leads", payload["reference"]
            case "add_note" | "add_task" | "upload_file":
                name, mark = TEXTS[row["action"]], payload["marker"]
            case "send_confirmation":
                name, mark = "sent", row["letter_id"]
        if name and row["state"] == "done" and not getattr(outside, name).get(mark):
            yield f"L {name}: {mark} is done in the journal and not there"
        if inside.entries[row["entry_id"]]["state"] == "done" and row["state"] in ("planned", "sending"):
            yield f"L entry {row['entry_id']} is done though effect {row['position']} is {row['state']}"
    with_effects = {row["entry_id"] for row in inside.effects}
    for number, entry in inside.entries.items():
        if entry["state"] == "done" and number not in with_effects:
            yield f"L entry {number} is done though nothing was"


def _unresolved(inside: Inside, outside: Outside, uncertain: frozenset[str]) -> Iterator[str]:
    for number, entry in inside.entries.items():
        if entry["state"] == "waiting":
            yield f"U entry {number} still waits: {entry['reason']}"
        if entry["state"] in ("parked", "ignored") and not entry["reason"]:
            yield f"U entry {number} is {entry['state']} without a reason"
        if entry["state"] == "parked" and not entry["cure"]:
            yield f"U entry {number} is parked without a cure"
    doubtful = {row["letter_id"] for row in inside.effects if row["letter_id"] and row["state"] == "uncertain"}
    for message_id in doubtful - uncertain:
        yield f"U uncertain without a reason to be: {message_id}"
    for message_id in uncertain - doubtful - set(outside.sent):
        yield f"U the fate of {message_id} is hidden"


def _of(inside: Inside, action: str) -> Iterator[Any]:
    return (row for row in inside.effects if row["action"] == action)
