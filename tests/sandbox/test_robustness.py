"""Whatever is sent, the sandbox answers; it never breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
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

FIELDS = [
    {"field_id": 712629, "values": [{"value": "SN"}]},
    {"field_id": 712637, "values": [{"enum_id": 901201}]},
    {"field_id": 712639, "values": [{"value": 1795446000}]},
]
TAGS = {"tags": [{"name": "a"}, {"id": 70001}]}
PERSON = {
    "name": "Иван",
    "custom_fields_values": [{"field_code": "EMAIL", "values": [{"value": "a", "enum_code": "WORK"}]}],
}
LEAD = {"name": "x", "price": 1, "status_id": 80953554, "pipeline_id": 10226282, "responsible_user_id": 12380450}
LEAD |= {"created_at": 1, "closed_at": None, "loss_reason_id": None, "custom_fields_values": FIELDS, "request_id": "r"}
LINK = {"entity_id": 30000001, "to_entity_id": 40000001, "to_entity_type": "contacts", "metadata": {"is_main": True}}
NOTE = {"entity_id": 30000001, "note_type": "service_message", "params": {"service": "x", "text": "y"}, "created_at": 1}
TASK = {"text": "x", "complete_till": 1, "entity_id": 30000001, "entity_type": "leads", "result": {"text": "y"}}
FORM = {"form_id": "1", "form_name": "x", "form_page": "y", "form_sent_at": 1, "category": "forms"}
WAITING = {
    "source_uid": "s",
    "source_name": "n",
    "metadata": FORM,
    "_embedded": {"leads": [LEAD], "contacts": [PERSON]},
}
STAGE = {"name": "x", "sort": 20, "color": "#fff"}
PIPELINE = {"name": "x", "sort": 3, "is_main": False, "is_unsorted_on": True, "_embedded": {"statuses": [STAGE]}}

# A call that is accepted as it stands; each example spoils one place of it.
WRITES: dict[tuple[str, str], Any] = {
    ("POST", "/api/v4/leads"): [
        LEAD | {"_embedded": {**TAGS, "contacts": [{"id": 40000001}], "source": {"external_id": "m"}}}
    ],
    ("PATCH", "/api/v4/leads"): [{"id": 30000001, **LEAD, "tags_to_delete": [{"name": "a"}]}],
    ("PATCH", "/api/v4/leads/30000001"): LEAD | {"_embedded": TAGS},
    ("POST", "/api/v4/leads/complex"): [
        LEAD | {"_embedded": {"contacts": [PERSON], "companies": [{"name": "x"}], "metadata": FORM}}
    ],
    ("POST", "/api/v4/contacts"): [PERSON | {"first_name": "a", "_embedded": {"tags": [{"name": "a"}]}}],
    ("PATCH", "/api/v4/contacts/40000001"): PERSON,
    ("POST", "/api/v4/companies"): [
        {"name": "x", "custom_fields_values": [{"field_id": 712621, "values": [{"value": "1"}]}]}
    ],
    ("POST", "/api/v4/leads/link"): [LINK],
    ("POST", "/api/v4/leads/unlink"): [LINK],
    ("POST", "/api/v4/leads/30000001/link"): [LINK],
    ("POST", "/api/v4/leads/notes"): [NOTE],
    ("PATCH", "/api/v4/leads/notes"): [{"id": 50000001, "params": {"text": "y"}}],
    ("PATCH", "/api/v4/leads/notes/50000001"): {"params": {"text": "y"}},
    ("POST", "/api/v4/tasks"): [TASK],
    ("PATCH", "/api/v4/tasks/60000001"): TASK | {"is_completed": True},
    ("POST", "/api/v4/leads/unsorted/forms"): [WAITING],
    ("POST", "/api/v4/leads/unsorted/sip"): [WAITING | {"metadata": {"phone": "1", "called_at": 1, "duration": 1}}],
    ("POST", "/api/v4/leads/pipelines"): [PIPELINE],
    ("POST", "/api/v4/leads/pipelines/10226282/statuses"): [STAGE],
    ("POST", "/api/v4/leads/tags"): [{"name": "x"}],
    ("POST", "/api/v4/leads/custom_fields"): [{"name": "x", "type": "select", "enums": [{"value": "a", "sort": 1}]}],
    ("POST", "/api/v4/webhooks"): {"destination": "http://127.0.0.1:9/", "settings": [], "sort": 1},
    ("DELETE", "/api/v4/webhooks"): {"destination": "http://127.0.0.1:9/"},
    ("POST", "/api/v4/sources"): [{"name": "x", "external_id": "m", "pipeline_id": 10226282}],
    ("PUT", "/api/v4/leads/30000001/files"): [{"file_uuid": "x"}],
    ("POST", "/drive/v1.0/sessions"): {"file_name": "a", "file_size": 1, "content_type": "text/plain"},
    ("POST", "/oauth2/access_token"): {"client_id": "x", "client_secret": "y", "grant_type": "refresh_token"},
}


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every place of a JSON value, the whole of it included."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


def spoilt(tree: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy with something else in one place."""
    if not place:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[place[0]] = spoilt(tree[place[0]], place[1:], value)
    return copy


READS = (
    "/api/v4/leads /api/v4/contacts /api/v4/leads/notes /api/v4/tasks /api/v4/events /api/v4/webhooks /api/v4/account "
    "/api/v4/leads/links /api/v4/leads/custom_fields /api/v4/leads/unsorted /api/v4/sources"
)


Ask = Callable[..., int]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Calls one account, which remembers all that was written before; the status of the answer."""
    switches = Switches(requests_per_second=1_000_000, unknown_keys="ignore")
    app = create_app(SandboxSettings(switches=switches), clock=lambda: 1795446000.0)
    bearer = {"Authorization": f"Bearer {app.state.sandbox.long_lived_token}"}
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL, headers=bearer)
    with asyncio.Runner() as runner:

        def ask(method: str, path: str, **options: Any) -> int:
            return runner.run(http.request(method, path, **options)).status_code

        ask("POST", "/api/v4/leads/complex", json=[{"_embedded": {"contacts": [{"name": "Иван"}]}}])
        note = {"note_type": "common", "params": {"text": "x"}}
        ask("POST", "/api/v4/leads/30000001/notes", json=[note])
        ask("POST", "/api/v4/tasks", json=[{"text": "x", "complete_till": 1}])
        yield ask


@pytest.mark.parametrize(("method", "path"), WRITES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_body_is_answered(ask: Ask, method: str, path: str, data: st.DataObject) -> None:
    whole = WRITES[method, path]
    place, value = data.draw(st.sampled_from(places(whole))), data.draw(JSON)

    assert ask(method, path, json=spoilt(whole, place, value)) < 500


@pytest.mark.parametrize("path", ["/", "/leads/detail/30000001", "/contacts/list", "/_sandbox/state", *READS.split()])
def test_what_was_written_can_be_shown(ask: Ask, path: str) -> None:
    assert ask("GET", path) < 300 or "links" in path


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
def test_any_query_is_answered(ask: Ask, path: str, query: dict[str, str]) -> None:
    assert ask("GET", path, params=query) < 500


@pytest.mark.parametrize("body", [b"", b"\xff", b'["\\ud800"]', b"[NaN]", b"[" * 100_000])
def test_what_is_no_json_is_400(ask: Ask, body: bytes) -> None:
    assert ask("POST", "/api/v4/leads", content=body) == 400
