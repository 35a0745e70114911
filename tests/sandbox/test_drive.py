"""Files go up in parts, in order, each part to an address that works once."""

from __future__ import annotations

from typing import Any

import httpx

from tests.sandbox.caller import Caller


async def opened(caller: Caller, size: int = 10, **fields: Any) -> dict[str, Any]:
    item = {"file_name": "Заявка 1.pdf", "file_size": size, "content_type": "application/pdf", **fields}
    status, session = await caller.call("POST", "/drive/v1.0/sessions", item)
    assert status == 200, session
    assert isinstance(session, dict)
    return session


async def sent(caller: Caller, url: str, part: bytes) -> httpx.Response:
    caller.clock.now += 0.2
    return await caller.http.post(url, content=part)


async def uploaded(caller: Caller, content: bytes = b"0123456789", **fields: Any) -> dict[str, Any]:
    session = await opened(caller, len(content), **fields)
    file: dict[str, Any] = (await sent(caller, session["upload_url"], content)).json()
    return file


async def test_the_account_tells_where_the_drive_is(caller: Caller) -> None:
    _, account = await caller.call("GET", "/api/v4/account?with=drive_url")

    assert account["drive_url"] == "https://demo.amocrm.ru/drive"


async def test_a_file_goes_up_in_parts(caller: Caller) -> None:
    caller.sandbox.switches.drive_part_size = 4
    session = await opened(caller)
    assert (session["max_part_size"], session["max_file_size"]) == (4, 314572800)

    second = await sent(caller, session["upload_url"], b"0123")
    third = await sent(caller, second.json()["next_url"], b"4567")
    last = await sent(caller, third.json()["next_url"], b"89")

    assert set(second.json()) == {"session_id", "next_url"}
    file = last.json()
    assert caller.sandbox.files[file["uuid"]].content == b"0123456789"
    assert (last.headers["content-type"], file["name"], file["sanitized_name"], file["size"], file["type"]) == (
        "application/json",
        "Заявка 1.pdf",
        "Заявка_1.pdf",
        10,
        "document",
    )
    assert file["metadata"] == {"extension": "pdf", "mime_type": "application/pdf"}
    download = await caller.http.get(file["_links"]["download"]["href"])
    assert download.content == b"0123456789"


async def test_an_address_works_once_and_a_failed_part_ends_the_session(caller: Caller) -> None:
    caller.sandbox.switches.drive_part_size = 4
    session = await opened(caller)
    second = await sent(caller, session["upload_url"], b"0123")

    assert (await sent(caller, session["upload_url"], b"4567")).status_code == 400
    assert (await sent(caller, second.json()["next_url"], b"4567")).status_code == 404


async def test_a_part_must_fit(caller: Caller) -> None:
    caller.sandbox.switches.drive_part_size = 4
    for part in (b"", b"01234"):
        session = await opened(caller)
        assert (await sent(caller, session["upload_url"], part)).status_code == 400
    session = await opened(caller, size=2)
    assert (await sent(caller, session["upload_url"], b"012")).status_code == 400


async def test_a_session_lives_a_day(caller: Caller) -> None:
    session = await opened(caller)
    caller.clock.now += 86_400

    assert (await sent(caller, session["upload_url"], b"0123456789")).status_code == 404


async def test_empty_and_huge_files_are_refused(caller: Caller) -> None:
    for size in (0, 314_572_801):
        item = {"file_name": "a", "file_size": size}
        assert (await caller.call("POST", "/drive/v1.0/sessions", item))[0] == 400


async def test_the_same_file_twice_is_two_files_but_a_version_is_not(caller: Caller) -> None:
    first, second = await uploaded(caller), await uploaded(caller)
    version = await uploaded(caller, b"new", file_uuid=first["uuid"])

    assert first["uuid"] != second["uuid"]
    assert version["uuid"] == first["uuid"]
    assert version["version_uuid"] != first["version_uuid"]
    assert version["has_multiple_versions"] is True
    assert len(caller.sandbox.files) == 2


async def test_a_file_hangs_on_a_lead_and_its_note_is_another_matter(caller: Caller) -> None:
    lead_id, file = await caller.add("leads"), await uploaded(caller)
    files = f"/api/v4/leads/{lead_id}/files"

    for _ in range(2):
        assert await caller.call("PUT", files, [{"file_uuid": file["uuid"]}]) == (204, None)

    assert await caller.rows(files) == [{"id": 80001, "file_uuid": file["uuid"]}]
    assert caller.sandbox.notes == {}
    _, used = await caller.call("GET", f"/api/v4/files/{file['uuid']}/links")
    assert used["_embedded"]["links"] == [{"entity_id": lead_id, "entity_type": "leads"}]

    params = {"file_uuid": file["uuid"], "version_uuid": file["version_uuid"], "file_name": "Заявка 1.pdf"}
    await caller.call("POST", f"/api/v4/leads/{lead_id}/notes", [{"note_type": "attachment", "params": params}])
    assert [note.params for note in caller.sandbox.notes_of("leads", lead_id)] == [params]

    assert await caller.call("DELETE", files, [{"file_uuid": file["uuid"]}]) == (204, None)
    assert await caller.call("GET", files) == (204, None)


async def test_an_unknown_file_cannot_be_attached(caller: Caller) -> None:
    lead_id = await caller.add("leads")

    refused = await caller.refused("PUT", f"/api/v4/leads/{lead_id}/files", [{"file_uuid": "x"}])

    assert refused == [("0", "NotSupportedChoice", "file_uuid")]


async def test_the_index_of_files_lags_too(caller: Caller) -> None:
    caller.sandbox.switches.index_lag = 5
    file = await uploaded(caller)
    assert await caller.call("GET", "/drive/v1.0/files") == (204, None)
    assert (await caller.call("GET", f"/drive/v1.0/files/{file['uuid']}"))[0] == 200

    caller.clock.now += 5
    assert [one["uuid"] for one in await caller.rows("/drive/v1.0/files")] == [file["uuid"]]


async def test_files_are_renamed_and_thrown_away(caller: Caller) -> None:
    file = await uploaded(caller)
    path = f"/drive/v1.0/files/{file['uuid']}"

    assert (await caller.call("PATCH", path, {"name": "b.pdf"}))[1]["name"] == "b.pdf"
    assert await caller.call("DELETE", path) == (204, None)
    assert await caller.call("GET", "/drive/v1.0/files") == (204, None)


async def test_the_drive_needs_its_scope(caller: Caller) -> None:
    def bearer(*scopes: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {caller.sandbox.tokens.issue_access(60, scopes=scopes)}"}

    file = await uploaded(caller)
    path = f"/drive/v1.0/files/{file['uuid']}"
    assert (await caller.http.get(path, headers=bearer("crm"))).status_code == 403
    assert (await caller.http.get(path, headers=bearer("crm", "files"))).status_code == 200
    assert (await caller.http.delete(path, headers=bearer("crm", "files"))).status_code == 403
