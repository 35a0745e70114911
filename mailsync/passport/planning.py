"""What follows for the digital passport when a lead changes, or the passport itself (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mailsync.deciding.effects import AddNote, AddTask, Effect, FieldChange, RegisterEquipment, UpdateLead
from mailsync.deciding.facts import LeadNow
from mailsync.deciding.plan import Plan
from mailsync.deciding.reference import marker
from mailsync.passport.equipment import SYNCED, Equipment, Synced, SyncedName
from mailsync.passport.registering import WON, FieldIds, said_by, told

LABELS: dict[SyncedName, str] = {"service_status": "Статус сервиса", "maintenance_date": "Следующее ТО"}
ASK_SERIAL = "Укажите серийный номер, чтобы станок появился в Цифровом паспорте"


def plan_for_lead(
    lead: LeadNow, known: Equipment | None, ids: FieldIds, reference: str, position: int, now: float
) -> Plan:
    """The effects of a lead as it is now on its machine in the passport, and of the machine on the lead.

    Nothing at all where the lead is no concern of the passport's. `known` is the machine with the lead's serial
    number, else the one that this lead has registered.
    """
    said = said_by(lead, ids)
    own = known is not None and known.lead_id == lead.id
    if said is None or not (own or lead.status_id == WON):
        return Plan()
    after, _ = told(known, said, now)
    effects: list[Effect] = [said] if after != known else []
    effects += _back_to_lead(after, said, lead, ids, reference, position + len(effects))
    if not effects:
        return Plan(ignored="the passport and the lead agree")
    return Plan(tuple(effects), reasons=(_reason(known, said),))


def ask_for_serial(lead: LeadNow, reference: str, position: int) -> Plan:
    """A won deal whose machine nobody can find: its manager is asked, once."""
    mark = marker(reference, position)
    task = AddTask(entity_id=lead.id, text=f"{ASK_SERIAL} ({mark})", marker=mark, serial_of=lead.id)
    return Plan((task,), reasons=("a won lead without a serial number: the manager is asked for it",))


def refused_change(effect: UpdateLead, why: str, mark: str) -> AddTask:
    """What follows when AmoCRM would not take a change made in the passport: a person decides."""
    values = ", ".join(f"{LABELS[one.name]}: {shown(one.name, one.value)}" for one in effect.changes)
    text = f"AmoCRM не принял изменение из Цифрового паспорта ({mark}). {values}. {why}"
    return AddTask(entity_id=effect.lead_id, text=text, marker=mark)


def change_note(lead_id: int, changes: Sequence[tuple[SyncedName, str | None, str | None]], mark: str) -> AddNote:
    """The note that tells managers of changes (name, value, previous) made in the passport."""
    lines = [
        f"{LABELS[name]}: {shown(name, value)} (было: {shown(name, previous)})" for name, value, previous in changes
    ]
    return AddNote(entity_id=lead_id, text="\n".join((f"Изменено в Цифровом паспорте · {mark}", *lines)), marker=mark)


def shown(name: SyncedName, value: str | None) -> str:
    """A value as people read it."""
    if value is None:
        return "не указано"
    return f"{date.fromisoformat(value):%d.%m.%Y}" if name == "maintenance_date" else value


def _back_to_lead(
    machine: Equipment, said: RegisterEquipment, lead: LeadNow, ids: FieldIds, reference: str, position: int
) -> list[Effect]:
    """What the passport has newer than the fields of the deal that the machine was registered by."""
    if machine.lead_id != said.lead_id:
        return []
    differing = [n for n in SYNCED if n in said.synced and _is_behind(machine.synced(n), said.synced[n], said.seen_at)]
    if not differing:
        return []
    changes = tuple(
        FieldChange(name=n, field_id=ids.of(n), value=machine.synced(n).value, before=lead.fields.get(ids.of(n)))
        for n in differing
    )
    told_of = [(name, machine.synced(name).value, said.synced[name]) for name in differing]
    note = change_note(said.lead_id, told_of, marker(reference, position + 1))
    return [UpdateLead(lead_id=said.lead_id, serial_key=machine.key, changes=changes), note]


def _is_behind(state: Synced, held: str | None, at: float) -> bool:
    """Whether the lead holds an older value; a reading older than one before it tells nothing."""
    return state.value != held and at >= state.crm_at and not (state.value and state.value == state.refused)


def _reason(known: Equipment | None, said: RegisterEquipment) -> str:
    if known is None:
        return f"lead {said.lead_id} is won: its machine is registered"
    if known.lead_id != said.lead_id:
        return f"lead {said.lead_id} is a further deal about a machine registered by {known.lead_id}"
    return f"lead {said.lead_id} and its machine are brought into step"
