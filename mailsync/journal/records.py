"""Rows of the journal as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mailsync.deciding.effects import Effect


class State(StrEnum):
    """How an entry stands; every entry ends in one of the last three."""

    WAITING = "waiting"  # for its next step, at `due_at`
    DONE = "done"
    IGNORED = "ignored"  # with the reason
    PARKED = "parked"  # with the reason and the cure: a person decides


class Stage(StrEnum):
    """How far a waiting entry has come."""

    STORED = "stored"
    READ = "read"
    PLANNED = "planned"
    MAILING = "mailing"  # all is done in AmoCRM, letters of ours are left


class EffectState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"  # written before the call; found later, its outcome is unknown
    DONE = "done"
    UNCERTAIN = "uncertain"  # may have happened, cannot be looked up: shown, never repeated by itself
    DROPPED = "dropped"  # given up with a reason, where it does not matter to the customer (a copy in Sent)


@dataclass(frozen=True, slots=True)
class Cursor:
    uidvalidity: int
    last_uid: int
    first_uid: int


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    source: str
    key: str
    reference: str
    received_at: float
    stage: Stage
    state: State
    due_at: float
    tries: int
    reason: str
    cure: str
    kind: str | None
    sender: str | None
    subject: str | None
    message_id: str | None
    thread_id: int | None
    lead_id: int | None
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class EffectRow:
    id: int
    entry_id: int
    position: int
    effect: Effect
    state: EffectState
    attempts: int
    attempted_at: float | None
    outside_id: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """A line of an entry's history."""

    at: float
    name: str
    effect_id: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class ReadingNote:
    """What the journal keeps of a reading: enough to order, find and list; the rest is read again from the bytes."""

    kind: str
    sender: str | None
    subject: str
    message_id: str | None
    answers: tuple[str, ...]  # Message-IDs that it may answer, the likeliest first
    content_key: str
    lanes: frozenset[str]
    addresses: frozenset[str] = frozenset()  # the customer's addresses, which belong to the thread
    lead_id: int | None = None  # the lead that it is about, where that is known from the start
