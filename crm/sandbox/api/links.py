"""Links between entities (fact sheet, 5): written with `is_main`, read with `main_contact`."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.api import paths  # noqa: F401 - makes {kind:entity} known
from crm.sandbox.call import OBJECTS, Call, Here, Json, hal, no_content
from crm.sandbox.checks import anything, integer, mapping, shape, string
from crm.sandbox.params import values
from crm.sandbox.problems import Problem, Refusal, not_a_choice
from crm.sandbox.store import EntityKey

router = APIRouter(prefix="/api/v4/{kind:entity}", tags=["links"])

LINK_KEYS = {
    "entity_id": integer,
    "entity_type": string,
    "to_entity_id": integer,
    "to_entity_type": string,
    "metadata": mapping,
    "request_id": anything,
}
# What may be tied to what; the other direction of each is the same link.
PAIRS = {("leads", "contacts"), ("leads", "companies"), ("contacts", "companies")}


def check_link(call: Call, kind: str, item: Json) -> list[Refusal]:
    """What is wrong with one link of a record of this kind."""
    required = ("entity_id", "to_entity_id", "to_entity_type")
    if wrong := shape(item, LINK_KEYS, required=required, unknown_keys=call.switches.unknown_keys):
        return wrong
    other = item["to_entity_type"]
    if (kind, other) not in PAIRS and (other, kind) not in PAIRS:
        return [not_a_choice("to_entity_type")]
    refusals = []
    if call.store.find(kind, item["entity_id"]) is None:
        refusals.append(not_a_choice("entity_id"))
    if call.store.find(other, item["to_entity_id"]) is None:
        refusals.append(not_a_choice("to_entity_id"))
    return refusals


def tie(call: Call, kind: str, item: Json) -> Json:
    """Link, or link again: there is one link either way."""
    one, other = (kind, item["entity_id"]), (item["to_entity_type"], item["to_entity_id"])
    # A second company takes the place of the first.
    if "companies" in (kind, other[0]):
        owner = one if other[0] == "companies" else other
        company = other if other[0] == "companies" else one
        for company_id, _ in call.store.linked(owner, "companies"):
            if company_id != company[1]:
                call.store.unlink(owner, ("companies", company_id))
    metadata = item.get("metadata") or {}
    if call.store.link(one, other, is_main=bool(metadata.get("is_main"))):
        call.sandbox.tell_link("link", one, other, call.user_id)
    is_main = dict(call.store.links(one))[other]
    return show_link(one, other, is_main=is_main)


def show_link(one: EntityKey, other: EntityKey, *, is_main: bool) -> Json:
    """A link as read."""
    metadata = {"main_contact": is_main} if "contacts" in (one[0], other[0]) else None
    return {
        "entity_id": one[1],
        "entity_type": one[0],
        "to_entity_id": other[1],
        "to_entity_type": other[0],
        "metadata": metadata,
    }


def untie(call: Call, kind: str, item: Json) -> None:
    """Take a link away; none is no fault."""
    one, other = (kind, item["entity_id"]), (item["to_entity_type"], item["to_entity_id"])
    if call.store.unlink(one, other):
        call.sandbox.tell_link("unlink", one, other, call.user_id)


def _links_of(call: Call, kind: str, ids: Iterable[int]) -> list[Json]:
    wanted = call.filter if call.switches.filters_enabled else {}
    to_types, to_ids = values(wanted.get("to_entity_type")), values(wanted.get("to_entity_id"))
    return [
        show_link((kind, record_id), other, is_main=is_main)
        for record_id in ids
        for other, is_main in call.store.links((kind, record_id))
        if (not to_types or other[0] in to_types) and (not to_ids or str(other[1]) in to_ids)
    ]


def _answer(call: Call, links: list[Json]) -> Response:
    return hal({"_total_items": len(links), "_links": call.own_links, "_embedded": {"links": links}})


@router.get("/{record_id:int}/links", summary="Links of one entity")
async def list_links(call: Here, kind: str, record_id: int) -> Response:
    """An empty list where there are none."""
    return _answer(call, _links_of(call, kind, [record_id]))


@router.get("/links", summary="Links of several entities")
async def list_all_links(call: Here, kind: str) -> Response:
    """`filter[entity_id][]` names them."""
    ids = values(call.filter.get("entity_id"))
    if not ids:
        raise Problem(400, "filter[entity_id] is required")
    return _answer(call, _links_of(call, kind, [int(one) for one in ids if one.isdecimal() and len(one) < 20]))


@router.post("/{record_id:int}/link", summary="Link one entity", openapi_extra=OBJECTS)
async def link_one(call: Here, kind: str, record_id: int) -> Response:
    """Linking again is harmless."""
    return _link(call, kind, [{**item, "entity_id": record_id} for item in await _objects(call)])


@router.post("/link", summary="Link several entities", openapi_extra=OBJECTS)
async def link_many(call: Here, kind: str) -> Response:
    """Each item names its `entity_id`."""
    return _link(call, kind, await _objects(call))


@router.post("/{record_id:int}/unlink", summary="Unlink one entity", openapi_extra=OBJECTS)
async def unlink_one(call: Here, kind: str, record_id: int) -> Response:
    """204, whether there was a link or not."""
    return _unlink(call, kind, [{**item, "entity_id": record_id} for item in await _objects(call)])


@router.post("/unlink", summary="Unlink several entities", openapi_extra=OBJECTS)
async def unlink_many(call: Here, kind: str) -> Response:
    """Each item names its `entity_id`."""
    return _unlink(call, kind, await _objects(call))


def _link(call: Call, kind: str, items: list[Json]) -> Response:
    tied = call.write(items, lambda item: check_link(call, kind, item), lambda item: tie(call, kind, item))
    return _answer(call, [link for _, link in tied])


def _unlink(call: Call, kind: str, items: list[Json]) -> Response:
    call.write(items, lambda item: check_link(call, kind, item), lambda item: untie(call, kind, item))
    return no_content()


async def _objects(call: Call) -> list[Json]:
    items = await call.batch()
    if not all(isinstance(item, dict) for item in items):
        raise Problem(400, "Every item must be an object")
    return items
