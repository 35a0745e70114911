"""What a lead says of its machine, and what becomes of the passport then (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from mailsync.deciding.effects import RegisterEquipment
from mailsync.deciding.facts import LeadNow
from mailsync.passport.equipment import SYNCED, Equipment, Line, Synced, SyncedName, serial_key
from mailsync.passport.sync import observed

WON = 142  # the same in every pipeline (fact sheet, 4.5)
TELEGRAM_ID_DIGITS = 20


@dataclass(frozen=True, slots=True)
class FieldIds:
    """The lead's fields in AmoCRM; 0: not used."""

    serial_number: int = 0
    model: int = 0
    telegram_id: int = 0
    service_status: int = 0
    maintenance_date: int = 0

    def of(self, name: SyncedName) -> int:
        return self.service_status if name == "service_status" else self.maintenance_date


def said_by(lead: LeadNow, ids: FieldIds) -> RegisterEquipment | None:
    """What the lead says of its machine; None where it has no serial number."""
    serial = _text(lead.fields, ids.serial_number)
    if not serial or not serial_key(serial):
        return None
    telegram_id = _text(lead.fields, ids.telegram_id) or ""
    is_number = telegram_id.isascii() and telegram_id.isdecimal() and len(telegram_id) <= TELEGRAM_ID_DIGITS
    return RegisterEquipment(
        serial_number=serial,
        lead_id=lead.id,
        seen_at=lead.updated_at,
        model=_text(lead.fields, ids.model),
        telegram_id=telegram_id if is_number else None,
        contact_id=lead.contact.id if lead.contact else None,
        synced=_synced(lead.fields, ids),
    )


def told(known: Equipment | None, said: RegisterEquipment, now: float) -> tuple[Equipment, tuple[Line, ...]]:
    """The machine after a lead has told of it, and the lines for its history; a repetition changes nothing.

    The deal that the machine was registered by is followed; any other one fills gaps and leaves a line.
    """
    if known is None:
        return _registered(said, now)
    if known.lead_id != said.lead_id:
        return _further_deal(known, said, now)
    lines = [*_renamed(known, said, now), *_corrected(known, said, now)]
    after = replace(
        known,
        key=serial_key(said.serial_number),
        serial_number=said.serial_number,
        model=said.model or known.model,
        telegram_id=said.telegram_id or known.telegram_id,
        contact_id=said.contact_id or known.contact_id,
    )
    for name in SYNCED:
        if name in said.synced:
            state, line = observed(after.synced(name), name, said.synced[name], said.seen_at)
            after = with_synced(after, name, state)
            lines += [line] if line else []
    return after, tuple(lines)


def with_synced(machine: Equipment, name: SyncedName, state: Synced) -> Equipment:
    """The machine with one of its two synced values replaced."""
    return (
        replace(machine, service_status=state) if name == "service_status" else replace(machine, maintenance_date=state)
    )


def _registered(said: RegisterEquipment, now: float) -> tuple[Equipment, tuple[Line, ...]]:
    first = {name: Synced(value, said.seen_at, "crm", value, said.seen_at) for name, value in said.synced.items()}
    machine = Equipment(
        key=serial_key(said.serial_number),
        serial_number=said.serial_number,
        lead_id=said.lead_id,
        registered_at=now,
        model=said.model,
        telegram_id=said.telegram_id,
        contact_id=said.contact_id,
        service_status=first.get("service_status", Synced()),
        maintenance_date=first.get("maintenance_date", Synced()),
    )
    return machine, (Line(now, "crm", "registered", str(said.lead_id)),)


def _further_deal(known: Equipment, said: RegisterEquipment, now: float) -> tuple[Equipment, tuple[Line, ...]]:
    new = said.lead_id not in known.deals
    filled = replace(
        known,
        model=known.model or said.model,
        telegram_id=known.telegram_id or said.telegram_id,
        contact_id=known.contact_id or said.contact_id,
        deals=known.deals | {said.lead_id},
    )
    return filled, (Line(now, "crm", "deal", str(said.lead_id)),) if new else ()


def _renamed(known: Equipment, said: RegisterEquipment, now: float) -> list[Line]:
    """A serial number mistyped at first and mended in the same deal."""
    if serial_key(said.serial_number) == known.key:
        return []
    return [Line(now, "crm", "serial_number", said.serial_number, known.serial_number)]


def _corrected(known: Equipment, said: RegisterEquipment, now: float) -> list[Line]:
    pairs = (("model", said.model, known.model), ("telegram_id", said.telegram_id, known.telegram_id))
    return [Line(now, "crm", name, value, old) for name, value, old in pairs if value and value != old]


def _synced(fields: Mapping[int, str], ids: FieldIds) -> dict[SyncedName, str | None]:
    """Both values as far as they are used and can be read."""
    found: dict[SyncedName, str | None] = {}
    if ids.service_status:
        found["service_status"] = _text(fields, ids.service_status)
    if ids.maintenance_date:
        text = _text(fields, ids.maintenance_date)
        day = _day(text) if text else None
        if day or not text:
            found["maintenance_date"] = day.isoformat() if day else None
    return found


def _text(fields: Mapping[int, str], field_id: int) -> str | None:
    return " ".join(fields.get(field_id, "").split()) or None


def _day(text: str) -> date | None:
    """A day as the port gives it (ISO), or as a manager types it into a plain text field."""
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
