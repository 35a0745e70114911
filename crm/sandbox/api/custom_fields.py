"""Definitions of custom fields (fact sheet, 4.6)."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.account import FieldDefinition, Option
from crm.sandbox.api import paths  # noqa: F401 - makes {kind:entity} known
from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, hal, no_content
from crm.sandbox.checks import Check, Nullable, anything, integer, objects, shape, string
from crm.sandbox.params import values
from crm.sandbox.problems import Refusal, not_a_choice
from crm.sandbox.value_types import PARSERS

FIELD_KEYS: dict[str, Check] = {
    "name": string,
    "type": string,
    "code": Nullable(string),
    "sort": integer,
    "enums": Nullable(objects),
    "is_api_only": anything,
    "required_statuses": anything,
    "group_id": anything,
    "request_id": anything,
}


router = APIRouter(prefix="/api/v4/{kind:entity}/custom_fields", tags=["custom fields"])


@router.get("", summary="Custom fields of a kind of entity, paged")
async def list_fields(call: Here, kind: str) -> Response:
    """With the total, which other lists do not tell."""
    found = [one for one in call.account.fields[kind].values() if _wanted(call, one)]
    return call.page("custom_fields", found, lambda one: show_field(call, kind, one), total=True)


@router.get("/{field_id:int}", summary="One custom field")
async def get_field(call: Here, kind: str, field_id: int) -> Response:
    """204 where there is none."""
    definition = call.account.fields[kind].get(field_id)
    return no_content() if definition is None else hal(show_field(call, kind, definition))


@router.post("", summary="Add custom fields", openapi_extra=OBJECTS, status_code=201)
async def add_fields(call: Here, kind: str) -> Response:
    """An array; the definitions come back in full."""
    made = call.write(await call.batch(), lambda item: _check(call, item), lambda item: _add(call, kind, item))
    shown = [show_field(call, kind, one) | {"request_id": request_id} for request_id, one in made]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"custom_fields": shown}}, 201)


@router.patch("", summary="Change custom fields", openapi_extra=OBJECTS)
async def change_fields(call: Here, kind: str) -> Response:
    """An array with an `id` each; the definitions come back in full."""
    changed = call.write(
        await call.batch(),
        lambda item: _check_change(call, kind, item),
        lambda item: _change(call, kind, item),
    )
    shown = [show_field(call, kind, one) | {"request_id": request_id} for request_id, one in changed]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"custom_fields": shown}})


@router.patch("/{field_id:int}", summary="Change one custom field", openapi_extra=ONE_OBJECT)
async def change_field(call: Here, kind: str, field_id: int) -> Response:
    """An object; the definition comes back in full."""
    item = await call.item() | {"id": field_id}
    ((_, changed),) = call.write(
        [item], lambda item: _check_change(call, kind, item), lambda item: _change(call, kind, item)
    )
    return hal(show_field(call, kind, changed))


@router.delete("/{field_id:int}", summary="Delete a custom field")
async def delete_field(call: Here, kind: str, field_id: int) -> Response:
    """Writes that name it are refused from now on."""
    call.account.fields[kind].pop(field_id, None)
    return no_content()


def _wanted(call: Call, definition: FieldDefinition) -> bool:
    types = ",".join(values(call.filter.get("type"))).split(",")
    return types == [""] or definition.type in types


def _check(call: Call, item: Json) -> list[Refusal]:
    refusals = shape(item, FIELD_KEYS, required=("name", "type"), unknown_keys=call.switches.unknown_keys)
    return refusals or ([] if item["type"] in PARSERS else [not_a_choice("type")])


def _check_change(call: Call, kind: str, item: Json) -> list[Refusal]:
    if not integer(item.get("id")) or item["id"] not in call.account.fields[kind]:
        return [Refusal("NotFound", "id", "Entity not found")]
    if "type" in item:
        return [Refusal("NotExpected", "type", "This field was not expected.")]
    return shape(item, FIELD_KEYS | {"id": integer}, unknown_keys=call.switches.unknown_keys)


def _change(call: Call, kind: str, item: Json) -> FieldDefinition:
    changed = replace(
        call.account.fields[kind][item["id"]], **{key: item[key] for key in ("name", "code") if key in item}
    )
    if item.get("enums"):
        changed = replace(changed, options=_options(call, item))
    call.account.fields[kind][changed.id] = changed
    return changed


def _options(call: Call, item: Json) -> tuple[Option, ...]:
    """Options keep the id they come with; others are new."""
    return tuple(
        Option(one.get("id") or call.store.next_id("options"), one.get("value", ""), one.get("code"))
        for one in item.get("enums") or ()
    )


def _add(call: Call, kind: str, item: Json) -> FieldDefinition:
    fresh = FieldDefinition(
        call.store.next_id("fields"), item["name"], item["type"], item.get("code"), _options(call, item)
    )
    call.account.fields[kind][fresh.id] = fresh
    return fresh


def show_field(call: Call, kind: str, definition: FieldDefinition) -> Json:
    """A definition as read."""
    sorts = list(call.account.fields[kind])
    enums = [
        {"id": one.id, "value": one.value, "sort": 500 + n, "code": one.code}
        for n, one in enumerate(definition.options)
    ]
    return {
        "id": definition.id,
        "name": definition.name,
        "code": definition.code,
        "sort": 500 + sorts.index(definition.id),
        "type": definition.type,
        "entity_type": kind,
        "is_predefined": definition.code is not None,
        "is_deletable": definition.code is None,
        "is_computed": False,
        "remind": None,
        "currency": None,
        "enums": enums or None,
        "is_api_only": False,
        "is_visible": True,
        "is_required": False,
        "required_statuses": [],
        "group_id": None,
        "account_id": call.account.id,
        "_links": call.self_link(f"{kind}/custom_fields/{definition.id}"),
    }
