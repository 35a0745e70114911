"""Which files hang on which entity (fact sheet, 7). Their notes in the feed are another matter."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from crm.sandbox.api import paths  # noqa: F401 - makes {kind:entity} known
from crm.sandbox.call import OBJECTS, Call, Here, Json, hal, no_content
from crm.sandbox.checks import shape, string
from crm.sandbox.problems import Problem, Refusal, not_a_choice

router = APIRouter(prefix="/api/v4/{kind:entity}/{record_id:int}/files", tags=["files"])
links_router = APIRouter(prefix="/api/v4/files", tags=["files"])


@links_router.get("/{file_uuid}/links", summary="Where a file is used")
async def list_file_links(call: Here, file_uuid: str) -> Response:
    """Entity ids and types."""
    used = [key for key, files in call.store.attached.items() if file_uuid in files]
    links = [{"entity_id": entity_id, "entity_type": kind} for kind, entity_id in used]
    return hal({"_links": call.own_links, "_embedded": {"links": links}})


@router.get("", summary="Files of one entity, paged")
async def list_files(call: Here, kind: str, record_id: int) -> Response:
    """204 where there are none."""
    files = [call.store.files[file_uuid] for file_uuid in call.store.attached[kind, record_id]]
    return call.page("files", files, lambda file: {"id": file.id, "file_uuid": file.uuid})


@router.put("", summary="Attach files", openapi_extra=OBJECTS)
async def attach(call: Here, kind: str, record_id: int) -> Response:
    """Attaching again is harmless."""
    call.write(
        await _batch_for(call, kind, record_id),
        lambda item: _check(call, item),
        lambda item: call.sandbox.attach(kind, record_id, item["file_uuid"], call.user_id),
    )
    return no_content()


@router.delete("", summary="Detach files", openapi_extra=OBJECTS)
async def detach(call: Here, kind: str, record_id: int) -> Response:
    """The files themselves stay."""
    call.write(
        await _batch_for(call, kind, record_id),
        lambda item: _check(call, item),
        lambda item: call.sandbox.detach(kind, record_id, item["file_uuid"], call.user_id),
    )
    return no_content()


async def _batch_for(call: Call, kind: str, record_id: int) -> list[Json]:
    if call.store.find(kind, record_id) is None:
        raise Problem(404, "Entity not found")
    return await call.batch()


def _check(call: Call, item: Json) -> list[Refusal]:
    if refusals := shape(item, {"file_uuid": string}, required=("file_uuid",), unknown_keys="ignore"):
        return refusals
    file = call.store.files.get(item["file_uuid"])
    return [not_a_choice("file_uuid")] if file is None or file.is_trashed else []
