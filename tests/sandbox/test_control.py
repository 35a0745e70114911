"""The control address turns switches, queues faults, moves leads and shows everything."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.caller import Caller


async def test_named_switches_are_turned_the_others_stay(caller: Caller) -> None:
    status, switches = await caller.call("PUT", "/_sandbox/switches", {"index_lag": 3, "unpaid": True})

    assert (status, switches["index_lag"], switches["unpaid"], switches["requests_per_second"]) == (200, 3, True, 7)
    assert (await caller.call("GET", "/api/v4/account"))[0] == 402


@pytest.mark.parametrize("changes", [{"no_such_switch": 1}, {"failure_rate_before": 2}, {"limit_answer": "xml"}])
async def test_switches_that_do_not_exist_are_refused(caller: Caller, changes: dict[str, Any]) -> None:
    assert (await caller.call("PUT", "/_sandbox/switches", changes))[0] == 400
    assert (await caller.call("GET", "/api/v4/account"))[0] == 200


async def test_faults_are_queued_and_forgotten(caller: Caller) -> None:
    fault = {"kind": "status", "status": 503, "method": "GET", "path": "/api/v4/account", "count": 5}
    assert (await caller.call("POST", "/_sandbox/faults", fault))[0] == 201
    assert (await caller.call("GET", "/api/v4/account"))[0] == 503
    assert [one["count"] for one in (await caller.call("GET", "/_sandbox/faults"))[1]] == [4]
    assert await caller.call("DELETE", "/_sandbox/faults") == (204, None)
    assert (await caller.call("GET", "/api/v4/account"))[0] == 200


async def test_the_state_tells_everything(caller: Caller) -> None:
    fields = [{"field_id": 712629, "values": [{"value": "SN-1"}]}]
    contact_id = await caller.add("contacts", name="Иван")
    lead_id = await caller.add(
        "leads", name="Заказ", custom_fields_values=fields, _embedded={"contacts": [{"id": contact_id}]}
    )
    note = {"note_type": "common", "params": {"text": "Письмо"}}
    await caller.call("POST", f"/api/v4/leads/{lead_id}/notes", [note])

    _, state = await caller.call("GET", "/_sandbox/state")

    assert [(one["name"], one["fields"], one["contacts"]) for one in state["leads"]] == [
        ("Заказ", {"712629": ["SN-1"]}, [40000001])
    ]
    assert [one["params"] for one in state["notes"]] == [{"text": "Письмо"}]
    assert [(one["action"], one["entity"], one["entity_id"]) for one in state["applied"]] == [
        ("add", "contacts", 40000001),
        ("add", "leads", 30000001),
        ("note", "leads", 50000001),
    ]
    assert state["applied"][0]["time"] == pytest.approx(1795446000.2)
    assert [(one["method"], one["status"]) for one in state["requests"]] == [("POST", 200)] * 3


async def test_a_person_moves_a_lead(caller: Caller) -> None:
    lead_id = await caller.add("leads")

    assert await caller.call("POST", f"/_sandbox/leads/{lead_id}/status", {"status_id": 142}) == (204, None)
    assert caller.sandbox.leads[lead_id].status_id == 142
    other = {"status_id": 80953604, "pipeline_id": 10226290}
    assert await caller.call("POST", f"/_sandbox/leads/{lead_id}/status", other) == (204, None)
    assert (await caller.call("POST", f"/_sandbox/leads/{lead_id}/status", {"status_id": 1}))[0] == 400
    assert (await caller.call("POST", "/_sandbox/leads/1/status", {"status_id": 142}))[0] == 404


async def test_a_person_deletes_restores_and_merges(caller: Caller) -> None:
    kept, swallowed = await caller.add("leads", name="a"), await caller.add("leads", name="b")
    contact_id = await caller.add("contacts", name="Иван")
    await caller.call(
        "POST", f"/api/v4/leads/{swallowed}/link", [{"to_entity_id": contact_id, "to_entity_type": "contacts"}]
    )
    note = {"note_type": "common", "params": {"text": "Письмо"}}
    await caller.call("POST", f"/api/v4/leads/{swallowed}/notes", [note])

    await caller.call("POST", f"/_sandbox/leads/{kept}/merge", {"swallowed_id": swallowed})

    assert await caller.call("GET", f"/api/v4/leads/{swallowed}") == (204, None)
    assert [contact.id for contact in caller.sandbox.contacts_of(kept)] == [contact_id]
    assert [one.params["text"] for one in caller.sandbox.notes_of("leads", kept)] == ["Письмо"]

    await caller.call("DELETE", f"/_sandbox/leads/{kept}")
    assert await caller.call("GET", f"/api/v4/leads/{kept}") == (204, None)
    await caller.call("POST", f"/_sandbox/leads/{kept}/restore")
    assert (await caller.call("GET", f"/api/v4/leads/{kept}"))[0] == 200


async def test_an_administrator_deletes_users_and_fields(caller: Caller) -> None:
    await caller.call("DELETE", "/_sandbox/users/12380454")
    assert await caller.refused("POST", "/api/v4/leads", [{"responsible_user_id": 12380454}]) == [
        ("0", "NotSupportedChoice", "responsible_user_id")
    ]
    await caller.call("DELETE", "/_sandbox/fields/leads/712629")
    item = {"custom_fields_values": [{"field_id": 712629, "values": [{"value": "x"}]}]}
    assert await caller.refused("POST", "/api/v4/leads", [item]) == [
        ("0", "NotSupportedChoice", "custom_fields_values.0.field_id")
    ]


async def test_what_is_served_is_described(caller: Caller) -> None:
    _, described = await caller.call("GET", "/openapi.json")

    described_post = described["paths"]["/api/v4/leads/complex"]["post"]
    assert described_post["summary"] == "Add leads with contact and company"
    assert described_post["requestBody"]["content"]["application/json"]["schema"]["type"] == "array"
    assert described_post["security"] == [{"HTTPBearer": []}]
    assert "/_sandbox/switches" in described["paths"]
