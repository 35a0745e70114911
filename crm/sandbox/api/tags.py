"""Tags of leads, contacts and companies: each kind has its own, ids are given by name."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.api import paths  # noqa: F401 - makes {kind:entity} known
from crm.sandbox.call import OBJECTS, Here, Json, hal
from crm.sandbox.checks import Check, Text, anything, shape
from crm.sandbox.entities import TAG_LIMIT
from crm.sandbox.records import Tag

TAG_KEYS: dict[str, Check] = {"name": Text(TAG_LIMIT), "color": anything, "request_id": anything}

router = APIRouter(prefix="/api/v4/{kind:entity}/tags", tags=["tags"])


@router.get("", summary="Tags of a kind of entity, paged")
async def list_tags(call: Here, kind: str) -> Response:
    """`query` looks for a part of the name."""
    wanted = str(call.params.get("query", "")).casefold()
    found = [tag for tag in call.store.tags(kind) if wanted in tag.name.casefold()]
    return call.page("tags", found, show_tag)


@router.post("", summary="Add tags", openapi_extra=OBJECTS)
async def add_tags(call: Here, kind: str) -> Response:
    """An array; a name that is known keeps its id."""
    made = call.write(
        await call.batch(),
        lambda item: shape(item, TAG_KEYS, required=("name",), unknown_keys=call.switches.unknown_keys),
        lambda item: call.store.tag(kind, item["name"]),
    )
    shown = [show_tag(tag) | {"request_id": request_id} for request_id, tag in made]
    return hal({"_total_items": len(shown), "_embedded": {"tags": shown}})


def show_tag(tag: Tag) -> Json:
    """A tag as read; those of contacts never have a colour."""
    return {"id": tag.id, "name": tag.name, "color": tag.color}
