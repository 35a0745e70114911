"""Sources: where an integration's leads come from (fact sheet, 11)."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, hal, no_content
from crm.sandbox.checks import Check, anything, boolean, integer, shape, string
from crm.sandbox.problems import Problem, Refusal, not_a_choice
from crm.sandbox.records import Source

MOST_SOURCES = 100
SOURCE_KEYS: dict[str, Check] = {
    "name": string,
    "external_id": string,
    "pipeline_id": integer,
    "default": boolean,
    "services": anything,
    "origin_code": anything,
    "request_id": anything,
}

router = APIRouter(prefix="/api/v4/sources", tags=["sources"])


@router.get("", summary="Sources")
async def list_sources(call: Here) -> Response:
    """204 where there are none."""
    return call.page("sources", list(call.store.sources.values()), lambda one: _show(call, one), total=True)


@router.get("/{source_id:int}", summary="One source")
async def get_source(call: Here, source_id: int) -> Response:
    """204 where there is none."""
    source = call.store.sources.get(source_id)
    return no_content() if source is None else hal(_show(call, source))


@router.post("", summary="Add sources", openapi_extra=OBJECTS)
async def add_sources(call: Here) -> Response:
    """An array of up to 100 in all."""
    items = await call.batch(MOST_SOURCES)
    if len(call.store.sources) + len(items) > MOST_SOURCES:
        raise Problem(422, f"Limit {MOST_SOURCES} sources")
    made = call.write(items, lambda item: _check(call, item), lambda item: _add(call, item))
    shown = [_show(call, one) | {"request_id": request_id} for request_id, one in made]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"sources": shown}})


@router.patch("", summary="Change sources", openapi_extra=OBJECTS)
async def change_sources(call: Here) -> Response:
    """An array with an `id` each; the sources come back in full."""
    changed = call.write(
        await call.batch(MOST_SOURCES), lambda item: _check_change(call, item), lambda item: _change(call, item)
    )
    shown = [_show(call, one) | {"request_id": request_id} for request_id, one in changed]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"sources": shown}})


@router.patch("/{source_id:int}", summary="Change one source", openapi_extra=ONE_OBJECT)
async def change_source(call: Here, source_id: int) -> Response:
    """An object; the source comes back in full."""
    item = await call.item() | {"id": source_id}
    ((_, source),) = call.write([item], lambda item: _check_change(call, item), lambda item: _change(call, item))
    return hal(_show(call, source))


@router.delete("/{source_id:int}", summary="Delete a source")
async def delete_source(call: Here, source_id: int) -> Response:
    """404 where there is none."""
    if call.store.sources.pop(source_id, None) is None:
        raise Problem(404, "Source not found")
    return no_content()


def _check(call: Call, item: Json) -> list[Refusal]:
    return _check_keys(call, item, SOURCE_KEYS, ("name", "external_id"))


def _check_change(call: Call, item: Json) -> list[Refusal]:
    if not integer(item.get("id")) or item["id"] not in call.store.sources:
        return [Refusal("NotFound", "id", "Entity not found")]
    return _check_keys(call, item, SOURCE_KEYS | {"id": integer}, ())


def _check_keys(call: Call, item: Json, keys: dict[str, Check], required: tuple[str, ...]) -> list[Refusal]:
    refusals = shape(item, keys, required=required, unknown_keys=call.switches.unknown_keys)
    if not refusals and item.get("pipeline_id", call.account.main_pipeline.id) not in call.account.pipelines:
        refusals.append(not_a_choice("pipeline_id"))
    return refusals


def _add(call: Call, item: Json) -> Source:
    source = Source(
        id=call.store.next_id("sources"),
        name=item["name"],
        external_id=item["external_id"],
        pipeline_id=item.get("pipeline_id", call.account.main_pipeline.id),
        default=item.get("default", False),
    )
    call.store.sources[source.id] = source
    return source


def _change(call: Call, item: Json) -> Source:
    changes = {key: item[key] for key in ("name", "external_id", "pipeline_id", "default") if key in item}
    changed = replace(call.store.sources[item["id"]], **changes)
    call.store.sources[changed.id] = changed
    return changed


def _show(call: Call, source: Source) -> Json:
    return {
        "id": source.id,
        "name": source.name,
        "pipeline_id": source.pipeline_id,
        "external_id": source.external_id,
        "default": source.default,
        "origin_code": None,
        "services": [],
        "_links": call.self_link(f"sources/{source.id}"),
    }
