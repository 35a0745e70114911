"""The file service's own addresses, below `/drive` here; it answers plain JSON (fact sheet, 7)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from crm.sandbox.call import OBJECTS, ONE_OBJECT, Call, Here, Json, no_content
from crm.sandbox.checks import anything, integer, shape, string
from crm.sandbox.drive import UploadSession
from crm.sandbox.problems import Problem, ValidationFailed
from crm.sandbox.records import StoredFile
from crm.sandbox.sandbox import Sandbox

_MEDIA_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)


def _is_media_type(value: Any) -> bool:
    return isinstance(value, str) and (not value or _MEDIA_TYPE.fullmatch(value) is not None)


SESSION_KEYS = {
    "file_name": string,
    "file_size": integer,
    "content_type": _is_media_type,
    "file_uuid": string,
    "with_preview": anything,
}

router = APIRouter(prefix="/drive", tags=["files"])


@router.post("/v1.0/sessions", summary="Begin an upload", openapi_extra=ONE_OBJECT)
async def open_session(call: Here) -> Response:
    """Where the first part goes and how long a part may be; an empty file is refused."""
    item = await call.item()
    if refusals := shape(item, SESSION_KEYS, required=("file_name", "file_size"), unknown_keys="ignore"):
        raise ValidationFailed([("0", refusals)])
    if not 0 < item["file_size"] <= call.switches.drive_file_size:
        raise Problem(400, f"A file holds 1 to {call.switches.drive_file_size} bytes")
    if "file_uuid" in item and item["file_uuid"] not in call.store.files:
        raise Problem(404, "File not found")
    session = call.sandbox.drive.open_session(
        item["file_name"],
        item["file_size"],
        item.get("content_type") or "application/octet-stream",
        user_id=call.user_id,
        part_size=call.switches.drive_part_size,
        file_uuid=item.get("file_uuid"),
    )
    sizes = {"max_file_size": call.switches.drive_file_size, "max_part_size": session.part_size}
    return JSONResponse({"session_id": session.id, "upload_url": _upload_url(call.base_url, session), **sizes})


@router.post("/upload/{session_id:int}/{secret}", summary="Send the next part")
async def take_part(request: Request, session_id: int, secret: str) -> Response:
    """Raw octets; answers with the next address, after the last part with the file."""
    sandbox: Sandbox = request.app.state.sandbox
    base_url = str(request.base_url).rstrip("/")
    taken = sandbox.drive.take_part(session_id, secret, await request.body())
    if isinstance(taken, UploadSession):
        return JSONResponse({"session_id": taken.id, "next_url": _upload_url(base_url, taken)}, 202)
    return JSONResponse(show_file(base_url, taken), 201)


@router.get("/v1.0/files", summary="Files, paged")
async def list_files(call: Here) -> Response:
    """What the index has seen and the bin has not."""
    seen_until = call.sandbox.clock() - call.switches.index_lag
    found = [one for one in call.store.files.values() if not one.is_trashed and one.created_at <= seen_until]
    return call.page("files", found, lambda file: show_file(call.base_url, file), media_type="application/json")


@router.get("/v1.0/files/{file_uuid}", summary="One file")
async def get_file(call: Here, file_uuid: str) -> Response:
    """204 where there is none."""
    file = call.store.files.get(file_uuid)
    return no_content() if file is None else JSONResponse(show_file(call.base_url, file))


@router.patch("/v1.0/files/{file_uuid}", summary="Rename a file", openapi_extra=ONE_OBJECT)
async def rename_file(call: Here, file_uuid: str) -> Response:
    """An object with `name`."""
    file, item = _existing(call, file_uuid), await call.item()
    if refusals := shape(item, {"name": string}, required=("name",)):
        raise ValidationFailed([("0", refusals)])
    file.name = item["name"]
    return JSONResponse(show_file(call.base_url, file))


@router.delete("/v1.0/files", summary="Move files to the bin", openapi_extra=OBJECTS)
async def delete_files(call: Here) -> Response:
    """An array of objects with `uuid`; needs a scope of its own."""
    for item in await call.batch():
        _trash(call, str(item.get("uuid")) if isinstance(item, dict) else "")
    return no_content()


@router.delete("/v1.0/files/{file_uuid}", summary="Move a file to the bin")
async def delete_file(call: Here, file_uuid: str) -> Response:
    """Needs a scope of its own."""
    _trash(call, file_uuid)
    return no_content()


@router.get("/download/{file_uuid}", summary="The octets of a file")
async def download(call: Here, file_uuid: str) -> Response:
    """As they were uploaded."""
    file = _existing(call, file_uuid)
    return Response(file.content, media_type=file.content_type)


def _existing(call: Call, file_uuid: str) -> StoredFile:
    file = call.store.files.get(file_uuid)
    if file is None:
        raise Problem(404, "File not found")
    return file


def _trash(call: Call, file_uuid: str) -> None:
    if "files_delete" not in call.scopes:
        raise Problem(403, "The integration may not delete files")
    _existing(call, file_uuid).is_trashed = True


def _upload_url(base_url: str, session: UploadSession) -> str:
    return f"{base_url}/drive/upload/{session.id}/{session.secret}"


def show_file(base_url: str, file: StoredFile) -> Json:
    """A file as read."""
    author = {"id": file.created_by, "type": "user"}
    kind = file.content_type.partition("/")[0]
    download = f"{base_url}/drive/download/{file.uuid}"
    shown: dict[str, Any] = {
        "id": file.id,
        "uuid": file.uuid,
        "version_uuid": file.version_uuid,
        "name": file.name,
        "sanitized_name": re.sub(r"[^\w.-]", "_", file.name),
        "type": kind if kind in ("image", "audio", "video") else "document",
        "size": len(file.content),
        "source_id": None,
        "is_trashed": file.is_trashed,
        "has_multiple_versions": file.versions > 1,
        "metadata": {"extension": PurePosixPath(file.name).suffix.lstrip("."), "mime_type": file.content_type},
        "previews": None,
        "created_at": file.created_at,
        "created_by": author,
        "updated_at": file.created_at,
        "updated_by": author,
        "deleted_at": None,
        "deleted_by": None,
        "session_id": file.session_id,
    }
    links = {
        "self": {"href": f"{base_url}/drive/v1.0/files/{file.uuid}"},
        "download": {"href": download},
        "download_version": {"href": f"{download}?version_uuid={file.version_uuid}"},
    }
    return shown | {"_links": links}
