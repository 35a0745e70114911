"""Notes, tasks and events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.caller import Caller

HREF = "https://demo.amocrm.ru/api/v4"


async def test_a_note_is_answered_with_ids_and_read_in_full(caller: Caller) -> None:
    lead_id = await caller.add("leads")
    note = {"entity_id": lead_id, "note_type": "common", "params": {"text": "Первая\nвторая"}, "request_id": "n-1"}

    answer = await caller.call("POST", "/api/v4/leads/notes", [note])

    assert answer == (
        200,
        {
            "_links": {"self": {"href": f"{HREF}/leads/notes"}},
            "_embedded": {
                "notes": [
                    {
                        "id": 50000001,
                        "entity_id": 30000001,
                        "request_id": "n-1",
                        "_links": {"self": {"href": f"{HREF}/leads/30000001/notes/50000001"}},
                    }
                ]
            },
        },
    )
    _, read = await caller.call("GET", f"/api/v4/leads/{lead_id}/notes/50000001")
    assert read == {
        "id": 50000001,
        "entity_id": 30000001,
        "created_by": 12380450,
        "updated_by": 12380450,
        "created_at": 1795446000,
        "updated_at": 1795446000,
        "responsible_user_id": 12380450,
        "group_id": 0,
        "note_type": "common",
        "params": {"text": "Первая\nвторая"},
        "account_id": 5,
        "_links": {"self": {"href": f"{HREF}/leads/30000001/notes/50000001"}},
    }


@pytest.mark.parametrize(
    ("note_type", "params"),
    [
        ("common", {"text": "x"}),
        ("service_message", {"service": "Почта", "text": "x"}),
        ("extended_service_message", {"service": "Почта", "text": "x" * 20_000}),
        ("call_in", {"uniq": "1", "duration": 5, "source": "x", "phone": "+7912", "link": "https://x"}),
        ("call_out", {"uniq": "1", "duration": 5, "source": "x", "phone": "+7912", "call_status": 4}),
        ("sms_in", {"text": "x", "phone": "+7912"}),
        ("sms_out", {"text": "x", "phone": "+7912"}),
        ("geolocation", {"text": "x", "address": "y", "longitude": "1", "latitude": "2"}),
        ("message_cashier", {"status": "created", "text": "x"}),
    ],
)
async def test_every_creatable_type_is_created(caller: Caller, note_type: str, params: dict[str, Any]) -> None:
    lead_id = await caller.add("leads")

    await caller.call("POST", f"/api/v4/leads/{lead_id}/notes", [{"note_type": note_type, "params": params}])

    assert [(note.note_type, note.params) for note in caller.sandbox.notes_of("leads", lead_id)] == [
        (note_type, params)
    ]


@pytest.mark.parametrize(
    ("note", "code", "path"),
    [
        ({"note_type": "amomail_message", "params": {}}, "NotSupportedChoice", "note_type"),
        ({"note_type": "common", "params": {}}, "FieldMissing", "params.text"),
        ({"note_type": "common", "params": {"text": ""}}, "NotBlank", "params.text"),
        ({"note_type": "common", "params": {"text": 5}}, "InvalidType", "params.text"),
        ({"note_type": "common"}, "FieldMissing", "params"),
        ({"note_type": "common", "params": {"text": "x"}, "text": "x"}, "NotExpected", "text"),
        (
            {"note_type": "attachment", "params": {"file_uuid": "x", "file_name": "y"}},
            "NotSupportedChoice",
            "params.file_uuid",
        ),
    ],
)
async def test_notes_that_are_refused(caller: Caller, note: dict[str, Any], code: str, path: str) -> None:
    lead_id = await caller.add("leads")

    assert await caller.refused("POST", f"/api/v4/leads/{lead_id}/notes", [note]) == [("0", code, path)]


async def test_a_note_on_nothing_is_refused(caller: Caller) -> None:
    note = {"entity_id": 1, "note_type": "common", "params": {"text": "x"}}

    assert await caller.refused("POST", "/api/v4/leads/notes", [note]) == [("0", "NotSupportedChoice", "entity_id")]


async def test_notes_are_changed_and_pinned(caller: Caller) -> None:
    lead_id = await caller.add("leads")
    note = {"note_type": "common", "params": {"text": "x"}}
    await caller.call("POST", f"/api/v4/leads/{lead_id}/notes", [note])

    status, _ = await caller.call("PATCH", f"/api/v4/leads/{lead_id}/notes/50000001", {"params": {"text": "y"}})
    assert status == 200
    assert await caller.call("POST", f"/api/v4/leads/{lead_id}/notes/50000001/pin") == (204, None)

    _, page = await caller.call("GET", "/api/v4/leads/notes?with=is_pinned&order[id]=desc")
    assert [(one["params"], one["is_pinned"]) for one in page["_embedded"]["notes"]] == [({"text": "y"}, True)]


async def test_a_task_is_made_read_and_finished(caller: Caller) -> None:
    lead_id = await caller.add("leads")
    task = {"text": "Позвонить", "complete_till": 1795600000, "entity_id": lead_id, "entity_type": "leads"}

    answer = await caller.call("POST", "/api/v4/tasks", [task])

    assert answer[1]["_embedded"]["tasks"] == [
        {"id": 60000001, "request_id": "0", "_links": {"self": {"href": f"{HREF}/tasks/60000001"}}}
    ]
    _, read = await caller.call("GET", "/api/v4/tasks/60000001")
    assert (read["result"], read["duration"], read["task_type_id"], read["is_completed"]) == ([], 0, 1, False)
    _, lead = await caller.call("GET", f"/api/v4/leads/{lead_id}")
    assert lead["closest_task_at"] == 1795600000

    done = {"is_completed": True, "result": {"text": "готово"}}
    await caller.call("PATCH", "/api/v4/tasks/60000001", done)
    _, read = await caller.call("GET", "/api/v4/tasks/60000001")
    assert (read["is_completed"], read["result"]) == (True, {"text": "готово"})


@pytest.mark.parametrize(
    ("task", "code", "path"),
    [
        ({"text": "x"}, "FieldMissing", "complete_till"),
        ({"complete_till": 1}, "FieldMissing", "text"),
        ({"text": "", "complete_till": 1}, "NotBlank", "text"),
        ({"text": "x", "complete_till": 1, "task_type_id": 9}, "NotSupportedChoice", "task_type_id"),
        ({"text": "x", "complete_till": 1, "entity_id": 1, "entity_type": "leads"}, "NotSupportedChoice", "entity_id"),
        ({"text": "x", "complete_till": 1, "entity_id": 1}, "NotSupportedChoice", "entity_type"),
        ({"text": "x", "complete_till": 1, "responsible_user_id": 1}, "NotSupportedChoice", "responsible_user_id"),
    ],
)
async def test_tasks_that_are_refused(caller: Caller, task: dict[str, Any], code: str, path: str) -> None:
    assert await caller.refused("POST", "/api/v4/tasks", [task]) == [("0", code, path)]


async def test_events_tell_a_change_of_status_newest_first(caller: Caller) -> None:
    lead_id = await caller.add("leads")
    await caller.call("PATCH", f"/api/v4/leads/{lead_id}", {"status_id": 142})

    _, page = await caller.call("GET", "/api/v4/events")

    assert [one["type"] for one in page["_embedded"]["events"]] == ["lead_status_changed", "lead_added"]
    assert page["_embedded"]["events"][0] == {
        "id": "01k00000000000000000000002",
        "type": "lead_status_changed",
        "entity_id": 30000001,
        "entity_type": "lead",
        "created_by": 12380450,
        "created_at": 1795446000,
        "value_before": [{"lead_status": {"id": 80953554, "pipeline_id": 10226282}}],
        "value_after": [{"lead_status": {"id": 142, "pipeline_id": 10226282}}],
        "account_id": 5,
        "_links": {"self": {"href": f"{HREF}/events/01k00000000000000000000002"}},
    }


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("filter[type]=lead_added,contact_added", ["contact_added", "lead_added"]),
        ("filter[type][]=lead_added", ["lead_added"]),
        ("filter[entity][]=contact", ["contact_added"]),
        ("filter[entity_id][]=30000001", ["lead_added"]),
        ("filter[created_at][from]=1795446001", []),
    ],
)
async def test_events_are_filtered_in_every_account(caller: Caller, query: str, types: list[str]) -> None:
    caller.sandbox.switches.filters_enabled = False
    await caller.add("leads")
    await caller.add("contacts", name="Иван")

    assert [one["type"] for one in await caller.rows(f"/api/v4/events?{query}")] == types


async def test_a_page_of_events_holds_at_most_100(caller: Caller) -> None:
    assert (await caller.call("GET", "/api/v4/events?limit=101"))[0] == 422
