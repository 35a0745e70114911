"""Notes of leads, contacts and companies (fact sheet, 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.actor import Actor
from crm.sandbox.api import paths  # noqa: F401 - makes {kind:entity} known
from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, hal, no_content
from crm.sandbox.checks import Check, anything, boolean, integer, mapping, moment, shape, string
from crm.sandbox.listing import NOTE_CONDITIONS, select
from crm.sandbox.problems import Problem, Refusal, not_a_choice
from crm.sandbox.records import Note
from crm.sandbox.store import Change

NOTE_KEYS: dict[str, Check] = {
    "entity_id": integer,
    "note_type": string,
    "params": mapping,
    "created_by": integer,
    "responsible_user_id": integer,
    "created_at": moment,
    "updated_at": moment,
    "request_id": anything,
    "is_need_to_trigger_digital_pipeline": boolean,
}

_CALL: Mapping[str, Check] = {
    "uniq": string,
    "duration": integer,
    "source": string,
    "link": string,
    "phone": string,
    "call_result": string,
    "call_status": integer,
    "call_responsible": anything,
}
_SMS: Mapping[str, Check] = {"text": string, "phone": string}
_SERVICE: Mapping[str, Check] = {"service": string, "text": string}

router = APIRouter(prefix="/api/v4/{kind:entity}", tags=["notes"])

# Types that the API may create, what their params may hold and what they must. Mail letters are not among them.
PARAMS: Mapping[str, tuple[Mapping[str, Check], tuple[str, ...]]] = {
    "common": ({"text": string}, ("text",)),
    "service_message": (_SERVICE, ("service", "text")),
    "extended_service_message": (_SERVICE, ("service", "text")),
    "attachment": ({"file_uuid": string, "version_uuid": string, "file_name": string}, ("file_uuid", "file_name")),
    "call_in": (_CALL, ("uniq", "duration", "source", "phone")),
    "call_out": (_CALL, ("uniq", "duration", "source", "phone")),
    "sms_in": (_SMS, ("text", "phone")),
    "sms_out": (_SMS, ("text", "phone")),
    "geolocation": (
        {"text": string, "address": string, "longitude": anything, "latitude": anything},
        ("text", "address", "longitude", "latitude"),
    ),
    "message_cashier": ({"status": string, "text": string}, ("status", "text")),
}


def check_note(actor: Actor, kind: str, item: Json, *, note: Note | None = None) -> list[Refusal]:
    """What is wrong with a note to be added, or changed if there is one already."""
    keys = NOTE_KEYS if note is None else NOTE_KEYS | {"id": integer}
    required = ("entity_id", "note_type", "params") if note is None else ()
    if refusals := shape(item, keys, required=required, unknown_keys=actor.switches.unknown_keys):
        return refusals
    refusals = []
    if note is None and actor.store.find(kind, item["entity_id"]) is None:
        refusals.append(not_a_choice("entity_id"))
    refusals += [
        not_a_choice(key)
        for key in ("created_by", "responsible_user_id")
        if key in item and item[key] not in {0, *actor.account.users}
    ]
    note_type = item.get("note_type", note.note_type if note else "")
    if note_type not in PARAMS:
        return [*refusals, not_a_choice("note_type")]
    return refusals + (_check_params(actor, note_type, item["params"]) if "params" in item else [])


def _check_params(actor: Actor, note_type: str, params: Json) -> list[Refusal]:
    keys, required = PARAMS[note_type]
    refusals = shape(params, keys, required=required, unknown_keys=actor.switches.unknown_keys)
    if "text" in required and params.get("text") == "":
        refusals.append(Refusal("NotBlank", "text", "This value should not be blank."))
    if note_type == "attachment" and not refusals and params["file_uuid"] not in actor.store.files:
        refusals.append(not_a_choice("file_uuid"))
    return [one.under("params") for one in refusals]


def add_note(actor: Actor, kind: str, item: Json) -> Note:
    """Append a checked note to its entity's feed and tell the listeners."""
    now = actor.store.now
    author: int = item.get("created_by", actor.user_id)
    note = Note(
        id=actor.store.next_id("notes"),
        entity=kind,
        entity_id=item["entity_id"],
        note_type=item["note_type"],
        params=item["params"],
        responsible_user_id=item.get("responsible_user_id", author),
        created_by=author,
        updated_by=author,
        created_at=item.get("created_at", now),
        updated_at=item.get("updated_at", now),
    )
    actor.store.add_note(note)
    subject = actor.store.table(kind)[note.entity_id]
    actor.store.record(Change("note", kind, subject, actor.user_id, actor.sandbox.clock(), note=note), note.id)
    return note


def change_note(actor: Actor, note: Note, item: Json) -> Note:
    """Carry out a checked change."""
    note.params = item.get("params", note.params)
    note.updated_by, note.updated_at = actor.user_id, actor.store.now
    actor.store.record(Change("update", "notes", note, actor.user_id, actor.sandbox.clock()), note.id)
    return note


def show_note(call: Call, note: Note) -> Json:
    """A note as read."""
    shown: dict[str, Any] = {
        "id": note.id,
        "entity_id": note.entity_id,
        "created_by": note.created_by,
        "updated_by": note.updated_by,
        "created_at": note.created_at,
        "updated_at": note.updated_at,
        "responsible_user_id": note.responsible_user_id,
        "group_id": 0,
        "note_type": note.note_type,
        "params": note.params,
        "account_id": call.account.id,
    }
    if "is_pinned" in call.embedded:
        shown["is_pinned"] = note.is_pinned
    return shown | {"_links": call.self_link(f"{note.entity}/{note.entity_id}/notes/{note.id}")}


def _written(call: Call, request_id: str, note: Note, *, changed: bool = False) -> Json:
    when = {"updated_at": note.updated_at} if changed else {}
    links = call.self_link(f"{note.entity}/{note.entity_id}/notes/{note.id}")
    return {"id": note.id, "entity_id": note.entity_id, **when, "request_id": request_id, "_links": links}


def _check_change(call: Call, kind: str, item: Json) -> list[Refusal]:
    note = _find(call, kind, item.get("id"))
    return [Refusal("NotFound", "id", "Entity not found")] if note is None else check_note(call, kind, item, note=note)


def _find(call: Call, kind: str, note_id: Any) -> Note | None:
    note = call.store.notes.get(note_id) if integer(note_id) else None
    return note if note is not None and note.entity == kind else None


@router.get("/notes", summary="Notes of all entities of a kind, paged")
async def list_notes(call: Here, kind: str) -> Response:
    """Oldest first; there is no search over their text."""
    return _page(call, [note for note in call.store.notes.values() if note.entity == kind])


@router.get("/{record_id:int}/notes", summary="Notes of one entity, paged")
async def list_feed(call: Here, kind: str, record_id: int) -> Response:
    """Oldest first."""
    return _page(call, call.store.feed(kind, record_id))


@router.get("/notes/{note_id:int}", summary="One note")
async def get_note(call: Here, kind: str, note_id: int) -> Response:
    """204 where there is none."""
    note = _find(call, kind, note_id)
    return no_content() if note is None else hal(show_note(call, note))


@router.get("/{record_id:int}/notes/{note_id:int}", summary="One note of one entity")
async def get_note_of(call: Here, kind: str, record_id: int, note_id: int) -> Response:
    """204 where there is none."""
    note = _find(call, kind, note_id)
    return no_content() if note is None or note.entity_id != record_id else hal(show_note(call, note))


@router.post("/notes", summary="Add notes", openapi_extra=OBJECTS)
async def add_notes(call: Here, kind: str) -> Response:
    """An array with an `entity_id` each."""
    return _add(call, kind, await call.batch())


@router.post("/{record_id:int}/notes", summary="Add notes to one entity", openapi_extra=OBJECTS)
async def add_notes_to(call: Here, kind: str, record_id: int) -> Response:
    """An array."""
    items = await call.batch()
    return _add(call, kind, [{**item, "entity_id": record_id} if isinstance(item, dict) else item for item in items])


@router.patch("/notes", summary="Change notes", openapi_extra=OBJECTS)
async def change_notes(call: Here, kind: str) -> Response:
    """An array with an `id` each."""
    changed = _change(call, kind, await call.batch())
    shown = [_written(call, request_id, note, changed=True) for request_id, note in changed]
    return hal({"_links": call.own_links, "_embedded": {"notes": shown}})


@router.patch("/{record_id:int}/notes", summary="Change notes of one entity", openapi_extra=OBJECTS)
async def change_notes_of(call: Here, kind: str, record_id: int) -> Response:
    """An array with an `id` each."""
    for item in await call.batch():
        _existing(call, kind, record_id, item.get("id") if isinstance(item, dict) else None)
    return await change_notes(call, kind)


@router.patch("/notes/{note_id:int}", summary="Change one note", openapi_extra=ONE_OBJECT)
async def change_one(call: Here, kind: str, note_id: int) -> Response:
    """An object; the answer is flat."""
    ((_, note),) = _change(call, kind, [await call.item() | {"id": note_id}])
    links = call.self_link(f"{kind}/{note.entity_id}/notes/{note.id}")
    return hal({"id": note.id, "entity_id": note.entity_id, "updated_at": note.updated_at, "_links": links})


@router.patch("/{record_id:int}/notes/{note_id:int}", summary="Change one note of one entity")
async def change_one_of(call: Here, kind: str, record_id: int, note_id: int) -> Response:
    """An object; the answer is flat."""
    _existing(call, kind, record_id, note_id)
    return await change_one(call, kind, note_id)


@router.post("/{record_id:int}/notes/{note_id:int}/pin", summary="Pin a note")
async def pin(call: Here, kind: str, record_id: int, note_id: int) -> Response:
    """To the top of the feed."""
    _existing(call, kind, record_id, note_id).is_pinned = True
    return no_content()


@router.post("/{record_id:int}/notes/{note_id:int}/unpin", summary="Unpin a note")
async def unpin(call: Here, kind: str, record_id: int, note_id: int) -> Response:
    """Back to its place."""
    _existing(call, kind, record_id, note_id).is_pinned = False
    return no_content()


def _page(call: Call, notes: list[Note]) -> Response:
    found = select(call, notes, NOTE_CONDITIONS, ("updated_at", "id"))
    return call.page("notes", found, lambda note: show_note(call, note))


def _add(call: Call, kind: str, items: list[Any]) -> Response:
    made = call.write(items, lambda item: check_note(call, kind, item), lambda item: add_note(call, kind, item))
    shown = [_written(call, request_id, note) for request_id, note in made]
    return hal({"_links": call.own_links, "_embedded": {"notes": shown}})


def _change(call: Call, kind: str, items: list[Any]) -> list[tuple[str, Note]]:
    return call.write(
        items,
        lambda item: _check_change(call, kind, item),
        lambda item: change_note(call, call.store.notes[item["id"]], item),
    )


def _existing(call: Call, kind: str, record_id: int, note_id: Any) -> Note:
    note = _find(call, kind, note_id)
    if note is None or note.entity_id != record_id:
        raise Problem(404, "Note not found")
    return note
