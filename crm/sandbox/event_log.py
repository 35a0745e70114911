"""Changes as `GET /api/v4/events` tells them (fact sheet, 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crm.sandbox.hooks.bodies import SINGULARS
from crm.sandbox.records import Event
from crm.sandbox.store import Change, Store

_NOTES = {
    "common": "common_note_added",
    "attachment": "attachment_note_added",
    "service_message": "service_note_added",
    "extended_service_message": "service_note_added",
    "call_in": "incoming_call",
    "call_out": "outgoing_call",
    "sms_in": "incoming_sms",
    "sms_out": "outgoing_sms",
    "geolocation": "geo_note_added",
    "message_cashier": "message_to_cashier_note_added",
}
_ACTIONS = {"add": "added", "delete": "deleted", "restore": "restored"}

_FIELDS: dict[str, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    "responsible_user_id": ("entity_responsible_changed", lambda value: {"responsible_user": {"id": value}}),
    "name": ("name_field_changed", lambda value: {"name_field_value": {"name": value}}),
    "price": ("sale_field_changed", lambda value: {"sale_field_value": {"sale": value}}),
}

Values = list[dict[str, Any]]


def record_events(store: Store, change: Change) -> None:
    """Append what a change means, if it means anything to the list of events."""
    for type_, before, after in _happened(change):
        store.events.append(
            Event(
                id=f"01k{len(store.events) + 1:023d}",
                type=type_,
                entity_id=change.subject.id,
                entity_type=SINGULARS.get(change.entity, change.entity),
                created_by=change.user_id,
                created_at=int(change.time),
                value_before=before,
                value_after=after,
            )
        )


def _happened(change: Change) -> list[tuple[str, Values, Values]]:
    singular = SINGULARS.get(change.entity)
    if singular is None:
        return []
    if change.action in _ACTIONS:
        return [(f"{singular}_{_ACTIONS[change.action]}", [], [])]
    if change.note is not None:
        return [(_NOTES[change.note.note_type], [], [{"note": {"id": change.note.id}}])]
    if change.action in ("attach", "detach"):
        return []
    if change.action in ("link", "unlink"):
        kind, other_id = change.before["other"]
        value: Values = [{"link": {"entity": {"type": SINGULARS[kind], "id": other_id}}}]
        return [("entity_linked", [], value)] if change.action == "link" else [("entity_unlinked", value, [])]
    return _changed(change)


def _changed(change: Change) -> list[tuple[str, Values, Values]]:
    subject, before = change.subject, change.before
    happened: list[tuple[str, Values, Values]] = []
    if {"status_id", "pipeline_id"} & before.keys():
        was = {
            "id": before.get("status_id", subject.status_id),
            "pipeline_id": before.get("pipeline_id", subject.pipeline_id),
        }
        is_ = {"id": subject.status_id, "pipeline_id": subject.pipeline_id}
        happened.append(("lead_status_changed", [{"lead_status": was}], [{"lead_status": is_}]))
    happened += [
        (type_, [shown(before[key])], [shown(getattr(subject, key))])
        for key, (type_, shown) in _FIELDS.items()
        if key in before
    ]
    if before.get("is_completed") is False:
        happened.append(("task_completed", [], []))
    return happened
