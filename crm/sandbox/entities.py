"""What leads, contacts and companies have in common when they are checked, written and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from crm.sandbox.actor import Actor
from crm.sandbox.call import Call, Json
from crm.sandbox.checks import Check, Nullable, Text, anything, integer, mapping, moment, objects, shape
from crm.sandbox.problems import Refusal, not_a_choice
from crm.sandbox.records import Record, Tag
from crm.sandbox.store import Change
from crm.sandbox.value_types import FieldRules
from crm.sandbox.values import FieldReader, show_values

NAME_LIMIT = 250
TAG_LIMIT = 100

SHARED_KEYS: dict[str, Check] = {
    "name": Text(NAME_LIMIT),
    "responsible_user_id": integer,
    "created_by": integer,
    "updated_by": integer,
    "created_at": moment,
    "updated_at": moment,
    "custom_fields_values": anything,
    "tags_to_add": objects,
    "_embedded": mapping,
    "request_id": anything,
}
CHANGE_KEYS: Mapping[str, Check] = {"id": integer, "tags_to_delete": objects}


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What tells one entity kind from another on the wire; `element_type` is the number v2 has for it."""

    plural: str
    singular: str
    element_type: int
    keys: Mapping[str, Check]
    embedded_keys: Mapping[str, Check]


LEADS = Kind(
    "leads",
    "lead",
    2,
    SHARED_KEYS
    | {
        "price": integer,
        "status_id": integer,
        "pipeline_id": integer,
        "closed_at": Nullable(moment),
        "loss_reason_id": Nullable(integer),
        "visitor_uid": anything,
    },
    {"tags": Nullable(objects), "contacts": objects, "companies": objects, "source": mapping},
)
CONTACTS = Kind(
    "contacts",
    "contact",
    1,
    SHARED_KEYS | {"first_name": Text(NAME_LIMIT), "last_name": Text(NAME_LIMIT)},
    {"tags": Nullable(objects)},
)
COMPANIES = Kind("companies", "company", 3, SHARED_KEYS, {"tags": Nullable(objects)})
KINDS: Mapping[str, Kind] = {kind.plural: kind for kind in (LEADS, CONTACTS, COMPANIES)}


def reader(actor: Actor, kind: Kind) -> FieldReader:
    """Reads this kind's custom fields by the rules of the moment."""
    rules = FieldRules(actor.text_limit, ZoneInfo(actor.account.time_zone), actor.store.files.__contains__)
    return FieldReader(actor.account.fields[kind.plural], rules)


def check_record(actor: Actor, kind: Kind, item: Json, *, creating: bool) -> list[Refusal]:
    """What is wrong with the parts that all kinds share."""
    keys = kind.keys if creating else {**kind.keys, **CHANGE_KEYS}
    refusals = shape(item, keys, unknown_keys=actor.switches.unknown_keys)
    authors = actor.account.users.keys() | {0}  # 0 is the robot: it may have written, but is responsible for nothing
    allowed = {"responsible_user_id": actor.account.active_users, "created_by": authors, "updated_by": authors}
    refusals += [not_a_choice(key) for key in allowed if integer(item.get(key)) and item[key] not in allowed[key]]
    embedded = item.get("_embedded")
    if isinstance(embedded, dict):
        wrong = shape(embedded, kind.embedded_keys, unknown_keys=actor.switches.unknown_keys)
        refusals += [one.under("_embedded") for one in wrong]
        refusals += _check_tags(actor, kind, embedded.get("tags"), "_embedded.tags")
    for key in ("tags_to_add", "tags_to_delete"):
        refusals += _check_tags(actor, kind, item.get(key), key)
    return refusals + reader(actor, kind).read(item.get("custom_fields_values", []))[1]


def _check_tags(actor: Actor, kind: Kind, tags: Any, place: str) -> list[Refusal]:
    if not objects(tags):
        return []
    refusals = []
    for n, tag in enumerate(tags):
        if "name" in tag:
            if not Text(TAG_LIMIT)(tag["name"]) or not tag["name"].strip():
                refusals.append(Refusal("InvalidType", f"{place}.{n}.name", "This value is not a tag name."))
        elif actor.store.tag_by_id(kind.plural, tag.get("id", 0)) is None:
            refusals.append(not_a_choice(f"{place}.{n}.id"))
    return refusals


def shared_values(actor: Actor, item: Json) -> dict[str, Any]:
    """Constructor arguments of a new record, but for its id and what only its kind has."""
    now = actor.store.now
    return {
        "name": item.get("name", ""),
        "responsible_user_id": item.get("responsible_user_id", actor.user_id),
        "created_by": item.get("created_by", actor.user_id),
        "updated_by": item.get("updated_by", actor.user_id),
        "created_at": item.get("created_at", now),
        "updated_at": item.get("updated_at", now),
        "searchable_at": actor.sandbox.clock(),
    }


def change_shared(actor: Actor, kind: Kind, record: Record, item: Json) -> dict[str, Any]:
    """Take over what all kinds share, tags and fields included; returns the former values of what changed."""
    before: dict[str, Any] = {}
    for key in ("name", "responsible_user_id", "created_by", "created_at"):
        if key in item and getattr(record, key) != item[key]:
            before[key] = getattr(record, key)
            setattr(record, key, item[key])
    record.updated_by = item.get("updated_by", actor.user_id)
    record.updated_at = item.get("updated_at", actor.store.now)
    record.searchable_at = actor.sandbox.clock()
    fill(actor, kind, record, item)
    return before


def fill(actor: Actor, kind: Kind, record: Record, item: Json) -> None:
    """Set the fields and tags that an item names; other fields stay as they are."""
    values, _ = reader(actor, kind).read(item.get("custom_fields_values", []))
    record.fields.update(values)
    embedded = item.get("_embedded", {})
    tags = record.tags
    if "tags" in embedded:
        tags = _tags(actor, kind, embedded["tags"])
    tags += _tags(actor, kind, item.get("tags_to_add"))
    removed = _tags(actor, kind, item.get("tags_to_delete"))
    record.tags = tuple(dict.fromkeys(tag for tag in tags if tag not in removed))


def _tags(actor: Actor, kind: Kind, raw: list[Json] | None) -> tuple[Tag, ...]:
    named = [
        actor.store.tag(kind.plural, one["name"]) if "name" in one else actor.store.tag_by_id(kind.plural, one["id"])
        for one in raw or ()
    ]
    return tuple(tag for tag in named if tag is not None)


def tell(actor: Actor, kind: Kind, action: str, record: Record, before: dict[str, Any] | None = None) -> None:
    """Log a write and tell whoever listens."""
    change = Change(action, kind.plural, record, actor.user_id, actor.sandbox.clock(), before or {})
    actor.store.record(change, record.id)


def show_authorship(record: Record) -> Json:
    """Who and when."""
    return {
        "created_by": record.created_by,
        "updated_by": record.updated_by,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def show_fields(call: Call, kind: Kind, record: Record) -> Any:
    """`custom_fields_values`: null where nothing is filled."""
    return show_values(call.account.fields[kind.plural], record.fields)


def show_tags(record: Record) -> list[Json]:
    """`_embedded.tags`."""
    return [{"id": tag.id, "name": tag.name, "color": tag.color} for tag in record.tags]


def show_linked(call: Call, kind: str, record_id: int, other: str) -> list[Json]:
    """`_embedded` of tied records; contacts say whether they are the main one."""
    shown = []
    for other_id, is_main in call.store.linked((kind, record_id), other):
        main = {"is_main": is_main} if other == "contacts" else {}
        shown.append({"id": other_id, **main, "_links": call.self_link(f"{other}/{other_id}")})
    return shown


def closest_task_at(call: Call, kind: Kind, record: Record) -> int | None:
    """When the next open task of a record is due."""
    due = [task.complete_till for task in call.store.agenda(kind.plural, record.id) if not task.is_completed]
    return min(due, default=None)


def written(call: Call, kind: Kind, request_id: str, record: Record, *, changed: bool = False) -> Json:
    """What the answer to a mass write tells of one item: ids only, no fields."""
    if changed:
        named = {"name": record.name} if kind is CONTACTS else {}
        told: Json = {"id": record.id, **named, "updated_at": record.updated_at, "request_id": request_id}
    else:
        newer = {"is_deleted": False, "is_unsorted": False} if kind is CONTACTS else {}
        told = {"id": record.id, **newer, "request_id": request_id}
    return told | {"_links": call.self_link(f"{kind.plural}/{record.id}")}
