"""Contacts and companies (fact sheet, 5). A POST never looks whether the person is known already."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox import entities
from crm.sandbox.actor import Actor
from crm.sandbox.api import paths  # noqa: F401 - makes {kind:person} known
from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, hal, no_content
from crm.sandbox.checks import integer
from crm.sandbox.entities import CONTACTS, KINDS, Kind
from crm.sandbox.listing import RECORD_CONDITIONS, search, select
from crm.sandbox.problems import Refusal
from crm.sandbox.records import Company, Contact, Record

router = APIRouter(prefix="/api/v4/{kind:person}", tags=["contacts and companies"])


def check_person(actor: Actor, kind: Kind, item: Json, *, creating: bool = True) -> list[Refusal]:
    """What is wrong with a contact or company."""
    if not creating and (not integer(item.get("id")) or actor.store.find(kind.plural, item["id"]) is None):
        return [Refusal("NotFound", "id", "Entity not found")]
    return entities.check_record(actor, kind, item, creating=creating)


def add_person(actor: Actor, kind: Kind, item: Json) -> Record:
    """Store a checked contact or company and tell the listeners."""
    record_id, shared = actor.store.next_id(kind.plural), entities.shared_values(actor, item)
    record: Record
    if kind is CONTACTS:
        record = Contact(
            id=record_id, first_name=item.get("first_name", ""), last_name=item.get("last_name", ""), **shared
        )
        record.name = record.name or f"{record.first_name} {record.last_name}".strip()
    else:
        record = Company(id=record_id, **shared)
    entities.fill(actor, kind, record, item)
    actor.store.table(kind.plural)[record_id] = record
    entities.tell(actor, kind, "add", record)
    return record


def change_person(actor: Actor, kind: Kind, item: Json) -> Record:
    """Carry out a checked change."""
    record: Record = actor.store.table(kind.plural)[item["id"]]
    before = entities.change_shared(actor, kind, record, item)
    if isinstance(record, Contact) and ("first_name" in item or "last_name" in item):
        record.first_name = item.get("first_name", record.first_name)
        record.last_name = item.get("last_name", record.last_name)
        record.name = item.get("name") or f"{record.first_name} {record.last_name}".strip()
    entities.tell(actor, kind, "update", record, before)
    return record


def show_person(call: Call, kind: Kind, record: Record) -> Json:
    """The contact or company as read."""
    names, state = {}, {}
    if isinstance(record, Contact):
        names = {"first_name": record.first_name, "last_name": record.last_name}
        state = {"is_unsorted": record.is_unsorted}
    embedded: Json = {"tags": entities.show_tags(record)}
    if kind is CONTACTS:
        embedded["companies"] = entities.show_linked(call, kind.plural, record.id, "companies")
    for other in ("leads", "contacts"):
        if other in call.embedded and other != kind.plural:
            embedded[other] = entities.show_linked(call, kind.plural, record.id, other)
    for other in ("customers", "catalog_elements"):
        if other in call.embedded:
            embedded[other] = []
    return {
        "id": record.id,
        "name": record.name,
        **names,
        "responsible_user_id": record.responsible_user_id,
        "group_id": record.group_id,
        **entities.show_authorship(record),
        "is_deleted": record.is_deleted,
        **state,
        "closest_task_at": entities.closest_task_at(call, kind, record),
        "custom_fields_values": entities.show_fields(call, kind, record),
        "account_id": call.account.id,
        "_links": call.self_link(f"{kind.plural}/{record.id}"),
        "_embedded": embedded,
    }


@router.get("", summary="Contacts or companies, paged")
async def list_people(call: Here, kind: str) -> Response:
    """`query` searches in every filled field."""
    rows = [one for one in call.store.table(kind).values() if not one.is_deleted]
    found = search(call, select(call, rows, RECORD_CONDITIONS, ("updated_at", "id")))
    return call.page(kind, found, lambda record: show_person(call, KINDS[kind], record))


@router.get("/{record_id:int}", summary="One contact or company")
async def get_person(call: Here, kind: str, record_id: int) -> Response:
    """204 where there is none."""
    record = call.store.find(kind, record_id)
    return no_content() if record is None else hal(show_person(call, KINDS[kind], record))


@router.post("", summary="Add contacts or companies", openapi_extra=OBJECTS)
async def add_people(call: Here, kind: str) -> Response:
    """An array; nobody is looked up first."""
    made = call.write(
        await call.batch(),
        lambda item: check_person(call, KINDS[kind], item),
        lambda item: add_person(call, KINDS[kind], item),
    )
    shown = [entities.written(call, KINDS[kind], request_id, record) for request_id, record in made]
    return hal({"_links": call.own_links, "_embedded": {kind: shown}})


@router.patch("", summary="Change contacts or companies", openapi_extra=OBJECTS)
async def change_people(call: Here, kind: str) -> Response:
    """An array with an `id` each."""
    changed = _change(call, kind, await call.batch())
    shown = [entities.written(call, KINDS[kind], request_id, record, changed=True) for request_id, record in changed]
    return hal({"_links": call.own_links, "_embedded": {kind: shown}})


@router.patch("/{record_id:int}", summary="Change one contact or company", openapi_extra=ONE_OBJECT)
async def change_one(call: Here, kind: str, record_id: int) -> Response:
    """An object; the answer is flat."""
    ((_, record),) = _change(call, kind, [await call.item() | {"id": record_id}])
    links = call.self_link(f"{kind}/{record.id}")
    return hal({"id": record.id, "name": record.name, "updated_at": record.updated_at, "_links": links})


def _change(call: Call, kind: str, items: list[Any]) -> list[tuple[str, Record]]:
    return call.write(
        items,
        lambda item: check_person(call, KINDS[kind], item, creating=False),
        lambda item: change_person(call, KINDS[kind], item),
    )
