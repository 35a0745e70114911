"""Notes, tasks, events, files and links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.entities import Event, File, Link, Note, Task
from crm.from_json.reader import Reader


def note(body: Any) -> Note:
    r = Reader(body)
    params = r.raw("params")
    return Note(
        id=r.id(),
        entity_id=r.integer("entity_id") or 0,
        note_type=r.text("note_type"),
        params=dict(params) if isinstance(params, Mapping) else {},
        created_by=r.integer("created_by"),
        responsible_user_id=r.integer("responsible_user_id"),
        created_at=r.moment("created_at"),
        updated_at=r.moment("updated_at"),
        extra=r.rest(),
    )


def task(body: Any) -> Task:
    r = Reader(body)
    result = r.raw("result")  # `[]` when empty
    return Task(
        id=r.id(),
        text=r.text("text"),
        complete_till=r.moment("complete_till"),
        entity_id=r.integer("entity_id"),
        entity_type=r.text_or_none("entity_type"),
        task_type_id=r.integer("task_type_id"),
        responsible_user_id=r.integer("responsible_user_id"),
        is_completed=r.flag("is_completed"),
        result=str(result.get("text", "")) if isinstance(result, Mapping) else None,
        duration=r.integer("duration") or 0,
        created_at=r.moment("created_at"),
        updated_at=r.moment("updated_at"),
        extra=r.rest(),
    )


def event(body: Any) -> Event:
    r = Reader(body)
    return Event(
        id=r.text("id"),
        type=r.text("type"),
        entity_id=r.integer("entity_id"),
        entity_type=r.text_or_none("entity_type"),
        created_by=r.integer("created_by"),
        created_at=r.moment("created_at"),
        value_before=r.objects("value_before"),
        value_after=r.objects("value_after"),
        extra=r.rest(),
    )


def file(body: Any) -> File:
    r = Reader(body)
    links = body.get("_links")
    download = links.get("download") if isinstance(links, Mapping) else None
    uuid = r.text("uuid") or r.text("file_uuid")  # a lead's list of files has the longer name
    if not uuid:
        raise ValueError("a file without uuid")
    return File(
        uuid=uuid,
        version_uuid=r.text_or_none("version_uuid"),
        name=r.text("name"),
        size=r.integer("size") or 0,
        type=r.text("type"),
        download_url=download.get("href") if isinstance(download, Mapping) else None,
        extra=r.rest(),
    )


def link(body: Any) -> Link:
    r = Reader(body)
    found = r.raw("metadata")
    metadata = found if isinstance(found, Mapping) else {}
    return Link(
        to_entity_id=r.integer("to_entity_id") or 0,
        to_entity_type=r.text("to_entity_type"),
        entity_id=r.integer("entity_id"),
        entity_type=r.text_or_none("entity_type"),
        is_main=bool(metadata.get("main_contact", metadata.get("is_main", False))),
    )
