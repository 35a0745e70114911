"""Pipelines and their stages (fact sheet, 4.5); lists are not paged."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.account import LOST, UNSORTED, WON, Pipeline, Status
from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, hal, no_content
from crm.sandbox.checks import anything, boolean, integer, mapping, objects, shape, string
from crm.sandbox.problems import Problem, Refusal

PIPELINE_KEYS = {
    "name": string,
    "sort": integer,
    "is_main": boolean,
    "is_unsorted_on": boolean,
    "_embedded": mapping,
    "request_id": anything,
}
STATUS_KEYS = {"id": integer, "name": string, "sort": integer, "color": string, "type": integer, "request_id": anything}
MOST_PIPELINES = 50
MOST_STATUSES = 100

router = APIRouter(prefix="/api/v4/leads/pipelines", tags=["pipelines"])


@router.get("", summary="All pipelines with their stages")
async def list_pipelines(call: Here) -> Response:
    """In the account's order."""
    shown = [show_pipeline(call, one) for one in call.account.pipelines.values()]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"pipelines": shown}})


@router.get("/{pipeline_id:int}", summary="One pipeline")
async def get_pipeline(call: Here, pipeline_id: int) -> Response:
    """204 where there is none."""
    pipeline = call.account.pipelines.get(pipeline_id)
    return no_content() if pipeline is None else hal(show_pipeline(call, pipeline))


@router.get("/{pipeline_id:int}/statuses", summary="Stages of a pipeline")
async def list_statuses(call: Here, pipeline_id: int) -> Response:
    """From Unsorted to the two closed ones."""
    pipeline = _existing(call, pipeline_id)
    shown = [show_status(call, pipeline, one) for one in pipeline.statuses]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"statuses": shown}})


@router.get("/{pipeline_id:int}/statuses/{status_id:int}", summary="One stage")
async def get_status(call: Here, pipeline_id: int, status_id: int) -> Response:
    """204 where there is none."""
    pipeline = _existing(call, pipeline_id)
    status = pipeline.status(status_id)
    return no_content() if status is None else hal(show_status(call, pipeline, status))


@router.post("", summary="Add pipelines", openapi_extra=OBJECTS)
async def add_pipelines(call: Here) -> Response:
    """Each gets an Unsorted stage, the stages it names, and the two closed ones."""
    items = await call.batch(MOST_PIPELINES)
    if len(call.account.pipelines) + len(items) > MOST_PIPELINES:
        raise Problem(422, f"Limit {MOST_PIPELINES} pipelines")
    made = call.write(
        items,
        lambda item: _check_pipeline(call, item),
        lambda item: _add_pipeline(call, item),
    )
    shown = [show_pipeline(call, pipeline) | {"request_id": request_id} for request_id, pipeline in made]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"pipelines": shown}})


@router.post("/{pipeline_id:int}/statuses", summary="Add stages", openapi_extra=OBJECTS)
async def add_statuses(call: Here, pipeline_id: int) -> Response:
    """They come before the closed ones."""
    items = await call.batch(MOST_STATUSES)
    if len(_existing(call, pipeline_id).statuses) + len(items) > MOST_STATUSES:
        raise Problem(422, f"Limit {MOST_STATUSES} statuses per pipeline")
    made = call.write(
        items,
        lambda item: shape(item, STATUS_KEYS, required=("name", "sort"), unknown_keys=call.switches.unknown_keys),
        lambda item: _add_status(call, pipeline_id, item),
    )
    pipeline = call.account.pipelines[pipeline_id]
    shown = [show_status(call, pipeline, status) | {"request_id": request_id} for request_id, status in made]
    return hal({"_total_items": len(shown), "_links": call.own_links, "_embedded": {"statuses": shown}})


@router.patch("/{pipeline_id:int}", summary="Change a pipeline", openapi_extra=ONE_OBJECT)
async def change_pipeline(call: Here, pipeline_id: int) -> Response:
    """Name, order, which is the main one."""
    _existing(call, pipeline_id)
    ((_, pipeline),) = call.write(
        [await call.item()],
        lambda item: shape(item, PIPELINE_KEYS, unknown_keys=call.switches.unknown_keys),
        lambda item: _change_pipeline(call, pipeline_id, item),
    )
    return hal(show_pipeline(call, pipeline))


@router.patch("/{pipeline_id:int}/statuses/{status_id:int}", summary="Change a stage", openapi_extra=ONE_OBJECT)
async def change_status(call: Here, pipeline_id: int, status_id: int) -> Response:
    """Name, order, colour; not of Unsorted nor of the closed ones."""
    _editable(call, pipeline_id, status_id)
    ((_, status),) = call.write(
        [await call.item()],
        lambda item: shape(item, STATUS_KEYS, unknown_keys=call.switches.unknown_keys),
        lambda item: _change_status(call, pipeline_id, status_id, item),
    )
    return hal(show_status(call, call.account.pipelines[pipeline_id], status))


@router.delete("/{pipeline_id:int}", summary="Delete a pipeline")
async def delete_pipeline(call: Here, pipeline_id: int) -> Response:
    """Not the last one."""
    _existing(call, pipeline_id)
    if len(call.account.pipelines) == 1:
        raise Problem(400, "The last pipeline can not be deleted")
    del call.account.pipelines[pipeline_id]
    return no_content()


@router.delete("/{pipeline_id:int}/statuses/{status_id:int}", summary="Delete a stage")
async def delete_status(call: Here, pipeline_id: int, status_id: int) -> Response:
    """Not Unsorted nor the closed ones."""
    status = _editable(call, pipeline_id, status_id)
    pipeline = call.account.pipelines[pipeline_id]
    rest = tuple(one for one in pipeline.statuses if one != status)
    call.account.pipelines[pipeline_id] = replace(pipeline, statuses=rest)
    return no_content()


def _existing(call: Call, pipeline_id: int) -> Pipeline:
    pipeline = call.account.pipelines.get(pipeline_id)
    if pipeline is None:
        raise Problem(404, "Pipeline not found")
    return pipeline


def _editable(call: Call, pipeline_id: int, status_id: int) -> Status:
    status = _existing(call, pipeline_id).status(status_id)
    if status is None or not status.is_editable:
        raise Problem(404, "Status not found")
    return status


def _check_pipeline(call: Call, item: Json) -> list[Refusal]:
    required = ("name", "sort", "is_main", "is_unsorted_on")
    refusals = shape(item, PIPELINE_KEYS, required=required, unknown_keys=call.switches.unknown_keys)
    embedded = item.get("_embedded")
    if isinstance(embedded, dict):
        refusals += [one.under("_embedded") for one in shape(embedded, {"statuses": objects}, required=("statuses",))]
    if not refusals:
        for n, status in enumerate(_named_statuses(item)):
            refusals += [one.under(f"_embedded.statuses.{n}") for one in shape(status, STATUS_KEYS, required=("name",))]
    return refusals


def _named_statuses(item: Json) -> list[Json]:
    """The stages an item brings along; the closed ones have their fixed ids and are there anyway."""
    return [one for one in item.get("_embedded", {}).get("statuses", []) if one.get("id") not in (WON, LOST)]


def _add_pipeline(call: Call, item: Json) -> Pipeline:
    named = [_status(call, one) for one in _named_statuses(item)]
    statuses = (
        Status(call.store.next_id("statuses"), "Неразобранное", 10, "#c1c1c1", type=UNSORTED, is_editable=False),
        *(named or [Status(call.store.next_id("statuses"), "Первичный контакт", 20)]),
        Status(WON, "Успешно реализовано", 10_000, "#CCFF66", is_editable=False),
        Status(LOST, "Закрыто и не реализовано", 11_000, "#D5D8DB", is_editable=False),
    )
    pipeline = Pipeline(
        call.store.next_id("pipelines"), item["name"], statuses, item["sort"], is_unsorted_on=item["is_unsorted_on"]
    )
    call.account.pipelines[pipeline.id] = pipeline
    return _change_pipeline(call, pipeline.id, {"is_main": item["is_main"]})


def _change_pipeline(call: Call, pipeline_id: int, item: Json) -> Pipeline:
    if item.get("is_main"):
        for other in tuple(call.account.pipelines.values()):
            call.account.pipelines[other.id] = replace(other, is_main=False)
    changes = {key: item[key] for key in ("name", "sort", "is_main", "is_unsorted_on") if key in item}
    call.account.pipelines[pipeline_id] = replace(call.account.pipelines[pipeline_id], **changes)
    return call.account.pipelines[pipeline_id]


def _add_status(call: Call, pipeline_id: int, item: Json) -> Status:
    return _put_status(call, pipeline_id, _status(call, item))


def _change_status(call: Call, pipeline_id: int, status_id: int, item: Json) -> Status:
    changes = {key: item[key] for key in ("name", "sort", "color") if key in item}
    return _put_status(call, pipeline_id, replace(_editable(call, pipeline_id, status_id), **changes))


def _put_status(call: Call, pipeline_id: int, status: Status) -> Status:
    pipeline = call.account.pipelines[pipeline_id]
    others = (one for one in pipeline.statuses if one.id != status.id)
    statuses = tuple(sorted((*others, status), key=lambda one: one.sort))
    call.account.pipelines[pipeline_id] = replace(pipeline, statuses=statuses)
    return status


def _status(call: Call, item: Json) -> Status:
    return Status(call.store.next_id("statuses"), item["name"], item.get("sort", 20), item.get("color", "#99ccff"))


def show_pipeline(call: Call, pipeline: Pipeline) -> Json:
    """A pipeline as read."""
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "sort": pipeline.sort,
        "is_main": pipeline.is_main,
        "is_unsorted_on": pipeline.is_unsorted_on,
        "is_archive": pipeline.is_archive,
        "account_id": call.account.id,
        "_links": call.self_link(f"leads/pipelines/{pipeline.id}"),
        "_embedded": {"statuses": [show_status(call, pipeline, one) for one in pipeline.statuses]},
    }


def show_status(call: Call, pipeline: Pipeline, status: Status) -> Json:
    """A stage as read."""
    return {
        "id": status.id,
        "name": status.name,
        "sort": status.sort,
        "is_editable": status.is_editable,
        "pipeline_id": pipeline.id,
        "color": status.color,
        "type": status.type,
        "account_id": call.account.id,
        "_links": call.self_link(f"leads/pipelines/{pipeline.id}/statuses/{status.id}"),
    }
