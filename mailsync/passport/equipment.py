"""A machine in the digital passport, as values (pure)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

Source = Literal["crm", "passport", "app"]
SyncedName = Literal["service_status", "maintenance_date"]
SYNCED: tuple[SyncedName, ...] = ("service_status", "maintenance_date")
KEY_LIMIT = 100

_LOOKALIKES = str.maketrans("АВЕЁКМНОРСТУХ", "ABEEKMHOPCTYX")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


def serial_key(serial_number: str) -> str:
    """What makes two spellings the same serial number; "" for one that says nothing.

    Blanks and the number sign go, letters are upper case, Cyrillic look-alikes are Latin: «№ 44 55-а» is «4455-A».
    """
    plain = unicodedata.normalize("NFC", serial_number).upper().replace("№", "")
    kept = "".join(char for char in plain if not char.isspace() and unicodedata.category(char)[0] != "C")
    key = kept.translate(_LOOKALIKES).translate(_DASHES).strip("-.,:;#/\\")
    return key[:KEY_LIMIT] if any(map(str.isalnum, key)) else ""


@dataclass(frozen=True, slots=True)
class Synced:
    """A value that AmoCRM and the passport both may change.

    `at` is the time of the last change (Unix seconds), `source` who made it; `in_crm` is what the lead's field held
    when it was last read (at `crm_at`) or written: only what differs from it is a change made in AmoCRM. `refused` is
    a value that AmoCRM would not take (no such option): it is not offered again.
    """

    value: str | None = None
    at: float = 0.0
    source: Source = "crm"
    in_crm: str | None = None
    crm_at: float = 0.0
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a machine's history; `applied` is False where a later change had come before it."""

    at: float
    source: Source
    field: str  # registered, deal, request, model, telegram_id, serial_number, service_status, maintenance_date
    value: str | None = None
    previous: str | None = None
    applied: bool = True


@dataclass(frozen=True, slots=True)
class Equipment:
    """A registered machine. `lead_id` is the deal that it was registered by, `deals` are later won ones about it."""

    key: str
    serial_number: str
    lead_id: int
    registered_at: float
    model: str | None = None
    telegram_id: str | None = None
    contact_id: int | None = None
    service_status: Synced = Synced()
    maintenance_date: Synced = Synced()  # an ISO day
    deals: frozenset[int] = frozenset()
    id: int | None = None  # None: not in the journal yet

    def synced(self, name: SyncedName) -> Synced:
        return self.service_status if name == "service_status" else self.maintenance_date
