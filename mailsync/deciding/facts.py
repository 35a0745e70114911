"""What deciding has to know beside the letter: gathered by the worker, given as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mailsync.deciding.reference import OwnLetter


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact that AmoCRM has; `rule` says in Russian how it was found (it goes into the note)."""

    id: int
    rule: str
    by_sender: bool = True  # found by the address that wrote, not by one that the text names


@dataclass(frozen=True, slots=True)
class LeadContact:
    """The main contact of a lead."""

    id: int
    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadNow:
    """A lead as AmoCRM shows it at this moment; times are Unix seconds.

    `fields` holds the first value by field id, of a date field its ISO day in the account's zone; empty ones are
    missing.
    """

    id: int
    name: str
    status_id: int
    pipeline_id: int
    updated_at: float
    contact: LeadContact | None = None
    company_id: int | None = None
    fields: Mapping[int, str] = field(default_factory=dict)
    closed_at: float = 0.0  # when it was won or lost; 0: it is open


@dataclass(frozen=True, slots=True)
class KnownMachine:
    """A machine of the digital passport that the request names."""

    serial_number: str
    model: str | None
    lead_id: int
    contact_id: int | None = None
    telegram_id: str | None = None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A line of AmoCRM's own log: a lead came into a status, `at` in Unix seconds."""

    lead_id: int
    status_id: int
    pipeline_id: int | None
    at: float


@dataclass(frozen=True, slots=True)
class Thread:
    """An earlier request that this letter answers.

    `participants` are the addresses that belong to it: of its letters' senders, of the people asked, and those
    we wrote to. `sealed` is true where the letter quotes a Message-ID of ours of this thread: only its receivers
    know one.
    """

    entry_id: int
    reference: str
    lead_id: int | None
    participants: frozenset[str]
    sealed: bool = False
    uncertain: tuple[str, ...] = ()  # Message-IDs of our letters in it whose fate is unknown


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known outside the letter at the moment of deciding."""

    contact: KnownContact | None = None
    company_id: int | None = None
    open_leads: tuple[int, ...] = ()
    thread: Thread | None = None
    bounced: Thread | None = None  # the request whose confirmation a bounce is about
    bounced_to: str = ""  # to whom that letter of ours went
    own_letter: OwnLetter | None = None  # the letter itself is one of ours, come back
    duplicate_of: str | None = None  # reference of the entry that holds the same letter
    letters_today: int = 0  # letters of ours to this customer in the last day
    letters_this_hour: int = 0  # letters of ours to anybody in the last hour
    dead_address: bool = False
    age: float = 0.0  # seconds since the letter or request came
    machine: KnownMachine | None = None  # the first machine named that the digital passport knows


@dataclass(frozen=True, slots=True)
class Identity:
    """What this entry is called."""

    reference: str
    message_id: Callable[[str], str]  # purpose -> our Message-ID


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that deciding obeys."""

    confirm: bool = True
    per_address_per_day: int = 10
    per_hour: int = 1000
    tag: str = "почта"
    sent_copy: bool = True
