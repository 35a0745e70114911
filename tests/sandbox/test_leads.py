"""Leads are written in arrays, answered with ids only, and read back in full."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.caller import Caller

HREF = "https://demo.amocrm.ru/api/v4"


async def test_a_new_lead_is_answered_with_its_ids_only(caller: Caller) -> None:
    answer = await caller.call("POST", "/api/v4/leads", [{"name": "Заказ 17", "price": 5, "request_id": "mail-17"}, {}])

    assert answer == (
        200,
        {
            "_links": {"self": {"href": f"{HREF}/leads"}},
            "_embedded": {
                "leads": [
                    {
                        "id": 30000001,
                        "request_id": "mail-17",
                        "_links": {"self": {"href": f"{HREF}/leads/30000001"}},
                    },
                    {"id": 30000002, "request_id": "1", "_links": {"self": {"href": f"{HREF}/leads/30000002"}}},
                ]
            },
        },
    )
    assert [lead.name for lead in caller.sandbox.leads.values()] == ["Заказ 17", "Сделка #30000002"]


async def test_a_lead_is_read_with_its_fields_tags_and_contacts(caller: Caller) -> None:
    contact_id = await caller.add("contacts", name="Иван Петров")
    lead_id = await caller.add(
        "leads",
        name="Заказ 17",
        price=1500,
        custom_fields_values=[
            {"field_id": 712629, "values": [{"value": "SN-1"}]},
            {"field_id": 712637, "values": [{"value": "В работе"}]},
        ],
        _embedded={"tags": [{"name": "почта"}], "contacts": [{"id": contact_id, "is_main": True}]},
    )

    answer = await caller.call("GET", f"/api/v4/leads/{lead_id}?with=contacts")

    assert answer == (
        200,
        {
            "id": 30000001,
            "name": "Заказ 17",
            "price": 1500,
            "responsible_user_id": 12380450,
            "group_id": 0,
            "status_id": 80953554,
            "pipeline_id": 10226282,
            "loss_reason_id": None,
            "created_by": 12380450,
            "updated_by": 12380450,
            "created_at": 1795446000,
            "updated_at": 1795446000,
            "closed_at": None,
            "closest_task_at": None,
            "is_deleted": False,
            "custom_fields_values": [
                {
                    "field_id": 712629,
                    "field_name": "Серийный номер",
                    "field_code": None,
                    "field_type": "text",
                    "is_computed": False,
                    "values": [{"value": "SN-1"}],
                },
                {
                    "field_id": 712637,
                    "field_name": "Статус сервиса",
                    "field_code": None,
                    "field_type": "select",
                    "is_computed": False,
                    "values": [{"value": "В работе", "enum_id": 901205, "enum_code": None}],
                },
            ],
            "score": None,
            "account_id": 5,
            "labor_cost": None,
            "is_price_computed": False,
            "_links": {"self": {"href": f"{HREF}/leads/30000001"}},
            "_embedded": {
                "tags": [{"id": 70001, "name": "почта", "color": None}],
                "companies": [],
                "contacts": [
                    {
                        "id": 40000001,
                        "is_main": True,
                        "_links": {"self": {"href": f"{HREF}/contacts/40000001"}},
                    }
                ],
            },
        },
    )


async def test_an_unfilled_lead_has_null_fields_and_no_contacts_key(caller: Caller) -> None:
    lead_id = await caller.add("leads")

    _, lead = await caller.call("GET", f"/api/v4/leads/{lead_id}")

    assert lead["custom_fields_values"] is None
    assert lead["_embedded"] == {"tags": [], "companies": []}


async def test_nothing_there_is_204_without_a_body(caller: Caller) -> None:
    assert await caller.call("GET", "/api/v4/leads") == (204, None)
    assert await caller.call("GET", "/api/v4/leads/17") == (204, None)
    await caller.add("leads")
    assert await caller.call("GET", "/api/v4/leads?page=2") == (204, None)


async def test_lists_are_walked_by_next(caller: Caller) -> None:
    for _ in range(3):
        await caller.add("leads")

    _, first = await caller.call("GET", "/api/v4/leads?limit=2&order[id]=desc")
    _, second = await caller.call("GET", first["_links"]["next"]["href"])

    assert first["_page"] == 1
    assert first["_links"]["next"]["href"] == f"{HREF}/leads?order%5Bid%5D=desc&limit=2&page=2"
    assert [lead["id"] for lead in first["_embedded"]["leads"]] == [30000003, 30000002]
    assert [lead["id"] for lead in second["_embedded"]["leads"]] == [30000001]
    assert "next" not in second["_links"]


@pytest.mark.parametrize(
    ("item", "refusal"),
    [
        ({"status_id": 1}, ("0", "NotSupportedChoice", "status_id")),
        ({"status_id": 80953604}, ("0", "NotSupportedChoice", "status_id")),  # of the other pipeline
        ({"status_id": 80953550}, ("0", "NotSupportedChoice", "status_id")),  # Unsorted
        ({"pipeline_id": 1}, ("0", "NotSupportedChoice", "pipeline_id")),
        ({"responsible_user_id": 1, "request_id": "a"}, ("a", "NotSupportedChoice", "responsible_user_id")),
        ({"loss_reason_id": 1401}, ("0", "NotSupportedChoice", "loss_reason_id")),
        ({"price": "5"}, ("0", "InvalidType", "price")),
        ({"name": "x" * 251}, ("0", "TooLong", "name")),
        ({"colour": "red"}, ("0", "NotExpected", "colour")),
        ({"_embedded": {"contacts": [{"id": 1}]}}, ("0", "NotSupportedChoice", "_embedded.contacts.0.id")),
        ({"_embedded": {"tags": [{"id": 1}]}}, ("0", "NotSupportedChoice", "_embedded.tags.0.id")),
        ({"_embedded": {"leads": []}}, ("0", "NotExpected", "_embedded.leads")),
        ({"_embedded": {"metadata": {}}}, ("0", "NotExpected", "_embedded.metadata")),  # of complex leads only
        ({"custom_fields_values": None}, ("0", "InvalidType", "custom_fields_values")),
        ("a lead", ("0", "InvalidType", "")),
    ],
)
async def test_what_the_account_does_not_have_is_refused_by_place(
    caller: Caller, item: Any, refusal: tuple[str, str, str]
) -> None:
    assert await caller.refused("POST", "/api/v4/leads", [item]) == [refusal]


async def test_one_bad_item_fails_the_whole_batch(caller: Caller) -> None:
    refused = await caller.refused("POST", "/api/v4/leads", [{"name": "good"}, {"status_id": 1, "request_id": "bad"}])

    assert refused == [("bad", "NotSupportedChoice", "status_id")]
    assert caller.sandbox.leads == {}
    assert caller.sandbox.applied == []


async def test_a_refusal_is_a_problem_document(caller: Caller) -> None:
    answer = await caller.http.post("/api/v4/leads", json=[{"custom_fields_values": [{"field_id": 1, "values": []}]}])

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "validation-errors": [
            {
                "request_id": "0",
                "errors": [
                    {
                        "code": "NotSupportedChoice",
                        "path": "custom_fields_values.0.field_id",
                        "detail": "The value you selected is not a valid choice.",
                    }
                ],
            }
        ],
        "title": "Bad Request",
        "type": "https://httpstatus.es/400",
        "status": 400,
        "detail": "Request validation failed",
    }


@pytest.mark.parametrize(
    ("path", "body", "status", "detail"),
    [
        ("/api/v4/leads", {"name": "x"}, 400, "Request body must be an array"),
        ("/api/v4/leads", [], 400, "Request data can not be empty"),
        ("/api/v4/leads", None, 400, "Request data can not be empty or is not valid JSON"),
        ("/api/v4/leads", [{}] * 251, 422, "Limit 250 items per request"),
        ("/api/v4/leads/complex", [{}] * 51, 422, "Limit 50 items per request"),
    ],
)
async def test_a_batch_is_an_array_of_bounded_length(
    caller: Caller, path: str, body: Any, status: int, detail: str
) -> None:
    answer = await caller.call("POST", path, body)

    assert (answer[0], answer[1]["detail"]) == (status, detail)


async def test_a_page_holds_at_most_250(caller: Caller) -> None:
    status, body = await caller.call("GET", "/api/v4/leads?limit=251")

    assert (status, body["detail"]) == (422, "Limit 250 per page")


async def test_a_single_change_is_answered_flat_and_leaves_the_rest(caller: Caller) -> None:
    lead_id = await caller.add("leads", name="Заказ", price=5)
    caller.clock.now += 60

    answer = await caller.call("PATCH", f"/api/v4/leads/{lead_id}", {"status_id": 80953558})

    assert answer == (
        200,
        {"id": 30000001, "updated_at": 1795446060, "_links": {"self": {"href": f"{HREF}/leads/30000001"}}},
    )
    assert caller.sandbox.leads[lead_id].price == 5
    assert caller.sandbox.leads[lead_id].status_id == 80953558


async def test_winning_sets_the_closing_time_and_reopening_clears_it(caller: Caller) -> None:
    lead_id = await caller.add("leads")

    await caller.call("PATCH", "/api/v4/leads", [{"id": lead_id, "status_id": 142}])
    assert caller.sandbox.leads[lead_id].closed_at == 1795446000
    await caller.call("PATCH", "/api/v4/leads", [{"id": lead_id, "status_id": 80953554}])
    assert caller.sandbox.leads[lead_id].closed_at is None


async def test_an_unknown_id_is_one_items_fault(caller: Caller) -> None:
    assert await caller.refused("PATCH", "/api/v4/leads", [{"id": 1, "price": 5}]) == [("0", "NotFound", "id")]


async def test_tags_are_replaced_added_and_taken_away(caller: Caller) -> None:
    lead_id = await caller.add("leads", _embedded={"tags": [{"name": "a"}]}, tags_to_add=[{"name": "b"}])

    def names() -> list[str]:
        return [tag.name for tag in caller.sandbox.leads[lead_id].tags]

    assert names() == ["a", "b"]
    change = {"tags_to_add": [{"name": "c"}], "tags_to_delete": [{"name": "a"}]}
    await caller.call("PATCH", f"/api/v4/leads/{lead_id}", change)
    assert names() == ["b", "c"]
    await caller.call("PATCH", f"/api/v4/leads/{lead_id}", {"_embedded": {"tags": [{"name": "d"}]}})
    assert names() == ["d"]
    await caller.call("PATCH", f"/api/v4/leads/{lead_id}", {"_embedded": {"tags": None}})
    assert names() == []


async def test_complex_makes_lead_contact_and_company_tied_to_each_other(caller: Caller) -> None:
    item = {
        "name": "Заказ",
        "request_id": "mail-17",
        "_embedded": {"contacts": [{"name": "Иван"}], "companies": [{"name": "ООО Завод"}]},
    }

    answer = await caller.call("POST", "/api/v4/leads/complex", [item, {"name": "Другой"}])

    assert answer == (
        200,
        [
            {
                "id": 30000001,
                "contact_id": 40000001,
                "company_id": 45000001,
                "request_id": ["mail-17"],
                "merged": False,
            },
            {"id": 30000002, "contact_id": None, "company_id": None, "request_id": ["1"], "merged": False},
        ],
    )
    assert [contact.name for contact in caller.sandbox.contacts_of(30000001)] == ["Иван"]
    _, contact = await caller.call("GET", "/api/v4/contacts/40000001?with=leads")
    assert [one["id"] for one in contact["_embedded"]["leads"]] == [30000001]
    assert [one["id"] for one in contact["_embedded"]["companies"]] == [45000001]


async def test_complex_names_the_place_inside_the_contact(caller: Caller) -> None:
    long_text = [{"field_code": "POSITION", "values": [{"value": "я" * 257}]}]
    item = {"_embedded": {"contacts": [{"name": "Иван", "custom_fields_values": long_text}]}}

    refused = await caller.refused("POST", "/api/v4/leads/complex", [item])

    assert refused == [("0", "TooLong", "_embedded.contacts.0.custom_fields_values.0.values.0.value")]


async def test_two_items_with_the_same_new_contact_make_two_contacts(caller: Caller) -> None:
    email = [{"field_code": "EMAIL", "values": [{"value": "a@b.ru"}]}]
    item = {"_embedded": {"contacts": [{"name": "Иван", "custom_fields_values": email}]}}

    await caller.call("POST", "/api/v4/leads/complex", [item, item])

    assert len(caller.sandbox.contacts) == 2


async def test_duplicate_control_merges_into_the_open_lead_of_a_known_contact(caller: Caller) -> None:
    caller.sandbox.switches.duplicate_control = True
    email = [{"field_code": "EMAIL", "values": [{"value": "a@b.ru"}]}]
    item = {"_embedded": {"contacts": [{"name": "Иван", "custom_fields_values": email}]}}
    await caller.call("POST", "/api/v4/leads/complex", [item])

    _, answer = await caller.call("POST", "/api/v4/leads/complex", [item])

    assert answer == [{"id": 30000001, "contact_id": 40000001, "company_id": None, "request_id": ["0"], "merged": True}]


async def test_a_deleted_lead_is_gone_but_listed_among_the_deleted(caller: Caller) -> None:
    lead_id = await caller.add("leads")
    caller.sandbox.leads[lead_id].is_deleted = True

    assert await caller.call("GET", f"/api/v4/leads/{lead_id}") == (204, None)
    assert await caller.call("GET", "/api/v4/leads") == (204, None)
    _, deleted = await caller.call("GET", "/api/v4/leads?with=only_deleted")
    assert [lead["id"] for lead in deleted["_embedded"]["leads"]] == [30000001]
