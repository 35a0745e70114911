"""Tasks (fact sheet, 8)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.actor import Actor
from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, hal, no_content
from crm.sandbox.checks import Check, anything, boolean, integer, mapping, moment, shape, string
from crm.sandbox.listing import TASK_CONDITIONS, select
from crm.sandbox.problems import Refusal, not_a_choice
from crm.sandbox.records import Task
from crm.sandbox.store import Change

TASK_KEYS: dict[str, Check] = {
    "text": string,
    "complete_till": moment,
    "entity_id": integer,
    "entity_type": string,
    "task_type_id": integer,
    "responsible_user_id": integer,
    "duration": integer,
    "is_completed": boolean,
    "result": mapping,
    "created_by": integer,
    "updated_by": integer,
    "created_at": moment,
    "updated_at": moment,
    "request_id": anything,
}

router = APIRouter(prefix="/api/v4/tasks", tags=["tasks"])


@router.get("", summary="Tasks, paged")
async def list_tasks(call: Here) -> Response:
    """Open and finished ones."""
    orders = ("created_at", "complete_till", "id")
    found = select(call, call.store.tasks.values(), TASK_CONDITIONS, orders)
    return call.page("tasks", found, lambda task: show_task(call, task))


@router.get("/{task_id:int}", summary="One task, or 204")
async def get_task(call: Here, task_id: int) -> Response:
    """204 where there is none."""
    task = call.store.tasks.get(task_id)
    return no_content() if task is None else hal(show_task(call, task))


@router.post("", summary="Add tasks", openapi_extra=OBJECTS)
async def add_tasks(call: Here) -> Response:
    """An array; `text` and `complete_till` are required."""
    made = call.write(await call.batch(), lambda item: check_task(call, item), lambda item: add_task(call, item))
    shown = [{"id": task.id, "request_id": id_, "_links": call.self_link(f"tasks/{task.id}")} for id_, task in made]
    return hal({"_links": call.own_links, "_embedded": {"tasks": shown}})


@router.patch("", summary="Change tasks", openapi_extra=OBJECTS)
async def change_tasks(call: Here) -> Response:
    """An array with an id each."""
    changed = call.write(await call.batch(), lambda item: _check_change(call, item), lambda item: _change(call, item))
    shown = [_flat(call, task) | {"request_id": request_id} for request_id, task in changed]
    return hal({"_links": call.own_links, "_embedded": {"tasks": shown}})


@router.patch("/{task_id:int}", summary="Change one task", openapi_extra=ONE_OBJECT)
async def change_one(call: Here, task_id: int) -> Response:
    """An object; this is how a task is finished, with `is_completed` and a `result`."""
    item = await call.item() | {"id": task_id}
    ((_, task),) = call.write([item], lambda item: _check_change(call, item), lambda item: _change(call, item))
    return hal(_flat(call, task))


def check_task(actor: Actor, item: Json, *, creating: bool = True) -> list[Refusal]:
    """What is wrong with a task."""
    keys = TASK_KEYS if creating else TASK_KEYS | {"id": integer}
    required = ("text", "complete_till") if creating else ()
    if refusals := shape(item, keys, required=required, unknown_keys=actor.switches.unknown_keys):
        return refusals
    refusals = [
        not_a_choice(key)
        for key in ("responsible_user_id", "created_by", "updated_by")
        if key in item and item[key] not in actor.account.active_users
    ]
    if "task_type_id" in item and item["task_type_id"] not in actor.account.task_types:
        refusals.append(not_a_choice("task_type_id"))
    if isinstance(result := item.get("result"), dict):
        refusals += [one.under("result") for one in shape(result, {"text": string}, unknown_keys="ignore")]
    if item.get("text") == "":
        refusals.append(Refusal("NotBlank", "text", "This value should not be blank."))
    return refusals + _check_entity(actor, item)


def _check_entity(actor: Actor, item: Json) -> list[Refusal]:
    if "entity_id" not in item and "entity_type" not in item:
        return []
    if item.get("entity_type") not in ("leads", "contacts", "companies"):
        return [not_a_choice("entity_type")]
    found = actor.store.find(item["entity_type"], item.get("entity_id", 0))
    return [] if found is not None else [not_a_choice("entity_id")]


def add_task(actor: Actor, item: Json) -> Task:
    """Store a checked task and tell the listeners."""
    now = actor.store.now
    task = Task(
        id=actor.store.next_id("tasks"),
        text=item["text"],
        complete_till=item["complete_till"],
        responsible_user_id=item.get("responsible_user_id", actor.user_id),
        created_by=item.get("created_by", actor.user_id),
        updated_by=item.get("updated_by", actor.user_id),
        created_at=item.get("created_at", now),
        updated_at=item.get("updated_at", now),
        entity=item.get("entity_type"),
        entity_id=item.get("entity_id"),
        task_type_id=item.get("task_type_id", 1),
        duration=item.get("duration", 0),
        is_completed=item.get("is_completed", False),
        result=item.get("result", {}).get("text"),
    )
    actor.store.add_task(task)
    actor.store.record(Change("add", "tasks", task, actor.user_id, actor.sandbox.clock()), task.id)
    return task


def _check_change(call: Call, item: Json) -> list[Refusal]:
    if not integer(item.get("id")) or item["id"] not in call.store.tasks:
        return [Refusal("NotFound", "id", "Entity not found")]
    return check_task(call, item, creating=False)


def _change(call: Call, item: Json) -> Task:
    task = call.store.tasks[item["id"]]
    before: dict[str, Any] = {}
    for key in ("text", "complete_till", "responsible_user_id", "task_type_id", "duration", "is_completed"):
        if key in item and item[key] != getattr(task, key):
            before[key] = getattr(task, key)
            setattr(task, key, item[key])
    task.result = item.get("result", {}).get("text", task.result)
    task.updated_by, task.updated_at = call.user_id, item.get("updated_at", call.store.now)
    call.store.record(Change("update", "tasks", task, call.user_id, call.sandbox.clock(), before), task.id)
    return task


def show_task(call: Call, task: Task) -> Json:
    """A task as read; an empty result is `[]`, not null."""
    return {
        "id": task.id,
        "created_by": task.created_by,
        "updated_by": task.updated_by,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "responsible_user_id": task.responsible_user_id,
        "group_id": 0,
        "entity_id": task.entity_id,
        "entity_type": task.entity,
        "duration": task.duration,
        "is_completed": task.is_completed,
        "task_type_id": task.task_type_id,
        "text": task.text,
        "result": [] if task.result is None else {"text": task.result},
        "complete_till": task.complete_till,
        "account_id": call.account.id,
        "_links": call.self_link(f"tasks/{task.id}"),
    }


def _flat(call: Call, task: Task) -> Json:
    return {"id": task.id, "updated_at": task.updated_at, "_links": call.self_link(f"tasks/{task.id}")}
