"""Notes of leads, contacts and companies (fact sheet, 6)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.actor import Actor
from crm.sandbox.api import paths  # noqa: F401 - makes {kind:entity} known
from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, hal, no_content
from crm.sandbox.checks import integer
from crm.sandbox.listing import NOTE_CONDITIONS, select
from crm.sandbox.note_checks import check_note
from crm.sandbox.problems import Problem, Refusal
from crm.sandbox.records import Note
from crm.sandbox.store import Change

router = APIRouter(prefix="/api/v4/{kind:entity}", tags=["notes"])


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
