"""What happened in the account, newest first (fact sheet, 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.call import Call, Here, Json, hal, no_content
from crm.sandbox.listing import Condition, between, one_of
from crm.sandbox.params import values
from crm.sandbox.records import Event

MOST_EVENTS = 100

router = APIRouter(prefix="/api/v4/events", tags=["events"])


def _one_of_listed(attribute: str) -> Condition:
    """`filter[type]=a,b`: this list takes commas as well."""
    return lambda row, tree: str(getattr(row, attribute)) in ",".join(values(tree)).split(",")


# These work in every account, whether filters are switched on or not.
CONDITIONS: Mapping[str, Condition] = {
    "id": one_of("id"),
    "type": _one_of_listed("type"),
    "entity": _one_of_listed("entity_type"),
    "entity_id": one_of("entity_id"),
    "created_by": one_of("created_by"),
    "created_at": between("created_at"),
}


@router.get("", summary="Events, paged, at most 100")
async def list_events(call: Here) -> Response:
    """`filter[type]`, `filter[entity]`, `filter[entity_id]`, `filter[created_at]`."""
    wanted: dict[str, Any] = call.filter
    conditions = [(CONDITIONS[key], tree) for key, tree in wanted.items() if key in CONDITIONS]
    found = [one for one in reversed(call.store.events) if all(meets(one, tree) for meets, tree in conditions)]
    return call.page("events", found, lambda event: _show(call, event), most=MOST_EVENTS)


@router.get("/{event_id}", summary="One event")
async def get_event(call: Here, event_id: str) -> Response:
    """204 where there is none."""
    found = next((one for one in call.store.events if one.id == event_id), None)
    return no_content() if found is None else hal(_show(call, found))


def _show(call: Call, event: Event) -> Json:
    return {
        "id": event.id,
        "type": event.type,
        "entity_id": event.entity_id,
        "entity_type": event.entity_type,
        "created_by": event.created_by,
        "created_at": event.created_at,
        "value_before": event.value_before,
        "value_after": event.value_after,
        "account_id": call.account.id,
        "_links": call.self_link(f"events/{event.id}"),
    }
