"""Files: upload in parts to the account's drive, attach to an entity (fact sheet, 7)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from crm import cures, from_json
from crm.answers import Effect
from crm.api import Api, json_of
from crm.entities import EntityType, File
from crm.errors import OutcomeUnknown, Refused, Unavailable
from crm.oauth import ZONES
from crm.paging import entity, rows
from crm.settings import is_near

LARGEST = 314_572_800  # bytes
LARGEST_PART = 16 * 1024 * 1024
USUAL_PART = 131_072
NAME_LIMIT = 250
LONGEST_EXTENSION = 10


class Files:
    """Uploads are not deduplicated: the same bytes twice make two files."""

    def __init__(self, api: Api, base_url: str) -> None:
        self._api = api
        self._base_url = base_url
        self._drive: str | None = None

    async def upload(self, name: str, content: bytes, content_type: str = "application/octet-stream") -> File:
        """Store a file. Raises Refused for an empty or too large one; a lost answer is OutcomeUnknown, for a second
        upload makes a second file, though one that nothing shows until it is attached.
        """
        if not content or len(content) > LARGEST:
            raise Refused("a file must have between 1 byte and 300 MB", cure=cures.REFUSED)
        drive = await self.drive_url()
        session = await self._post_json(
            f"{drive}/v1.0/sessions",
            {"file_name": fitted_name(name), "file_size": len(content), "content_type": content_type},
            drive,
        )
        part_size = _part_size(session)
        url, sent = _url(session, "upload_url"), 0
        while True:
            part = content[sent : sent + part_size]
            answer = await self._post_part(url, part, content_type, drive)
            sent += len(part)
            if sent >= len(content):
                return _file(answer)
            url = _url(answer, "next_url")

    async def attach(self, entity_type: EntityType, entity_id: int, file_uuids: Sequence[str]) -> None:
        """List files on the entity's card; attaching again is harmless."""
        body = [{"file_uuid": uuid} for uuid in file_uuids]
        await self._api.write("PUT", f"/{entity_type}/{entity_id}/files", lambda: body, Effect.SET)

    async def of(self, entity_type: EntityType, entity_id: int) -> list[File]:
        """The files attached to an entity. The list tells uuids, so each is read by itself; those gone are left out."""
        path = f"/{entity_type}/{entity_id}/files"
        attached = [one async for one in rows(self._api, path, "files", from_json.file)]
        read = [one if one.name else await self.get(one.uuid) for one in attached]
        return [one for one in read if one is not None]

    async def get(self, uuid: str) -> File | None:
        """A file of the drive by its uuid."""
        drive = await self.drive_url()
        return await entity(self._api, f"{drive}/v1.0/files/{uuid}", from_json.file, origin=drive)

    async def drive_url(self) -> str:
        """Where this account's files live; asked for once."""
        if self._drive is None:
            body = await self._api.get("/account", (("with", "drive_url"),))
            found = str(body.get("drive_url", "")).rstrip("/") if isinstance(body, dict) else ""
            self._drive = _trusted(found, self._base_url)
        return self._drive

    async def _post_json(self, url: str, body: dict[str, Any], drive: str) -> dict[str, Any]:
        content = json.dumps(body, ensure_ascii=False).encode()
        answer = await self._api.call("POST", url, content=lambda: content, effect=Effect.CREATE, origin=drive)
        return _object(json_of(answer, Effect.CREATE))

    async def _post_part(self, url: str, part: bytes, content_type: str, drive: str) -> dict[str, Any]:
        answer = await self._api.call(
            "POST", url, content=lambda: part, effect=Effect.CREATE, content_type=content_type, origin=drive
        )
        return _object(json_of(answer, Effect.CREATE))


def fitted_name(name: str) -> str:
    """The name that `upload` stores, and that is to be looked for: at most 250 characters, the extension kept."""
    stem, dot, extension = name.rpartition(".")
    tail = dot + extension if stem and len(extension) <= LONGEST_EXTENSION else ""
    return name if len(name) <= NAME_LIMIT else name[: NAME_LIMIT - len(tail)] + tail


def _trusted(url: str, base_url: str) -> str:
    """The drive's origin, which the token is sent to: AmoCRM's own, or as near as the account, for a sandbox."""
    parts, home = urlsplit(url), urlsplit(base_url)
    host = parts.hostname or ""
    beside = (parts.scheme, host) == (home.scheme, home.hostname)
    near = bool(host) and is_near(host) and is_near(home.hostname or "")
    if beside or near or (parts.scheme == "https" and host.endswith(ZONES)):
        return url
    raise Unavailable("the account names no file service that can be trusted", cure=cures.UNREACHABLE)


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise OutcomeUnknown("the file service's answer cannot be read", cure=cures.LOOK_FIRST)
    return body


def _part_size(session: dict[str, Any]) -> int:
    """What the session says, a careful guess where it says nothing that makes sense."""
    told = session.get("max_part_size")
    return min(told, LARGEST_PART) if isinstance(told, int) and told > 0 else USUAL_PART


def _url(body: dict[str, Any], key: str) -> str:
    url = body.get(key)
    if not isinstance(url, str):
        raise OutcomeUnknown("the file service named no address for the next part", cure=cures.LOOK_FIRST)
    return url


def _file(body: dict[str, Any]) -> File:
    try:
        return from_json.file(body)
    except ValueError as error:
        raise OutcomeUnknown("the file service's answer names no file", cure=cures.LOOK_FIRST) from error
