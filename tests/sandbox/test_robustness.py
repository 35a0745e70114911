"""Whatever is sent, the sandbox answers; it never breaks."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.sandbox import SandboxSettings, Switches, create_app
from tests.sandbox.caller import BASE_URL

WORDS = (
    "id name price status_id pipeline_id responsible_user_id created_at updated_at closed_at custom_fields_values "
    "field_id field_code values value enum_id enum_code _embedded contacts companies tags leads source metadata "
    "tags_to_add tags_to_delete request_id entity_id entity_type to_entity_id to_entity_type is_main note_type params "
    "text service file_uuid file_name complete_till result is_completed task_type_id destination settings sort "
    "is_unsorted_on statuses type enums external_id source_uid source_name form_id form_name form_page form_sent_at "
    "content_type file_size user_id loss_reason_id params email phone"
)
KNOWN = (1, 0, 142, 143, 30000001, 40000001, 50000001, 60000001, 10226282, 80953554, 712629, 712637, 712639, 712605)
LEAVES = (
    st.none()
    | st.booleans()
    | st.sampled_from(KNOWN)
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(("contacts", "leads", "companies", "common", "attachment", "EMAIL", "add_lead", "text", "", "я"))
    | st.text(max_size=5)
)
KEYS = st.sampled_from(WORDS.split()) | st.text(max_size=3)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=30
)
ITEMS = st.lists(st.dictionaries(KEYS, JSON, max_size=6), min_size=1, max_size=2) | JSON

WRITES = [
    *((method, f"/api/v4/{kind}") for method in ("POST", "PATCH") for kind in ("leads", "contacts", "companies")),
    *((method, f"/api/v4/leads/{path}") for method in ("POST", "PATCH") for path in ("notes", "30000001/notes")),
    *(("PATCH", f"/api/v4/{path}") for path in ("leads/30000001", "contacts/40000001", "leads/notes/50000001")),
    *(("POST", f"/api/v4/leads/{path}") for path in ("complex", "link", "unlink", "30000001/link", "pipelines")),
    *(("POST", f"/api/v4/leads/{path}") for path in ("tags", "custom_fields", "unsorted/forms", "unsorted/sip")),
    ("POST", "/api/v4/tasks"),
    ("PATCH", "/api/v4/tasks/60000001"),
    ("POST", "/api/v4/webhooks"),
    ("DELETE", "/api/v4/webhooks"),
    ("POST", "/api/v4/sources"),
    ("PUT", "/api/v4/leads/30000001/files"),
    ("POST", "/drive/v1.0/sessions"),
    ("POST", "/api/v4/leads/pipelines/10226282/statuses"),
    ("POST", "/oauth2/access_token"),
]
READS = (
    "/api/v4/leads /api/v4/contacts /api/v4/leads/notes /api/v4/tasks /api/v4/events /api/v4/webhooks /api/v4/account "
    "/api/v4/leads/links /api/v4/leads/custom_fields /api/v4/leads/unsorted /api/v4/sources"
)


async def answered(method: str, path: str, **options: Any) -> httpx.Response:
    app = create_app(SandboxSettings(switches=Switches(requests_per_second=100)), clock=lambda: 1795446000.0)
    bearer = {"Authorization": f"Bearer {app.state.sandbox.long_lived_token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL, headers=bearer) as http:
        await http.post("/api/v4/leads/complex", json=[{"_embedded": {"contacts": [{"name": "Иван"}]}}])
        note = {"note_type": "common", "params": {"text": "x"}}
        await http.post("/api/v4/leads/30000001/notes", json=[note])
        await http.post("/api/v4/tasks", json=[{"text": "x", "complete_till": 1}])
        answer = await http.request(method, path, **options)
        if method != "GET":
            for page in ("/", "/leads/detail/30000001", "/_sandbox/state", "/api/v4/leads?with=contacts,loss_reason"):
                assert (await http.get(page)).status_code < 400
        return answer


@pytest.mark.parametrize(("method", "path"), WRITES)
@given(body=ITEMS)
@settings(max_examples=25, deadline=None)
def test_any_body_is_answered(method: str, path: str, body: Any) -> None:
    assert asyncio.run(answered(method, path, json=body)).status_code < 500


@pytest.mark.parametrize("path", READS.split())
@given(
    query=st.dictionaries(
        st.from_regex(
            r"\A(with|page|limit|query|order|filter)(\[(id|statuses|updated_at|custom_fields_values|type|0|from|)\]){0,3}\Z"
        ),
        st.sampled_from(("", "1", "-1", "9" * 50, "id", "desc", "я", "712629")),
        max_size=4,
    )
)
@settings(max_examples=25, deadline=None)
def test_any_query_is_answered(path: str, query: dict[str, str]) -> None:
    assert asyncio.run(answered("GET", path, params=query)).status_code < 500


@pytest.mark.parametrize("body", [b"", b"\xff", b'["\\ud800"]', b"[NaN]", b"[" * 100_000, b"[1e400]"])
def test_what_is_no_json_is_400(body: bytes) -> None:
    assert asyncio.run(answered("POST", "/api/v4/leads", content=body)).status_code == 400
