"""Contacts, companies and the links between entities."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.caller import Caller

HREF = "https://demo.amocrm.ru/api/v4"


def email(address: str) -> list[dict[str, Any]]:
    return [{"field_code": "EMAIL", "values": [{"value": address}]}]


def phone(number: str) -> list[dict[str, Any]]:
    return [{"field_code": "PHONE", "values": [{"value": number, "enum_code": "MOB"}]}]


async def test_a_contact_is_read_with_its_names(caller: Caller) -> None:
    answer = await caller.call("POST", "/api/v4/contacts", [{"first_name": "Иван", "last_name": "Петров"}])
    assert answer[1]["_embedded"]["contacts"] == [
        {
            "id": 40000001,
            "is_deleted": False,
            "is_unsorted": False,
            "request_id": "0",
            "_links": {"self": {"href": f"{HREF}/contacts/40000001"}},
        }
    ]

    assert await caller.call("GET", "/api/v4/contacts/40000001") == (
        200,
        {
            "id": 40000001,
            "name": "Иван Петров",
            "first_name": "Иван",
            "last_name": "Петров",
            "responsible_user_id": 12380450,
            "group_id": 0,
            "created_by": 12380450,
            "updated_by": 12380450,
            "created_at": 1795446000,
            "updated_at": 1795446000,
            "is_deleted": False,
            "is_unsorted": False,
            "closest_task_at": None,
            "custom_fields_values": None,
            "account_id": 5,
            "_links": {"self": {"href": f"{HREF}/contacts/40000001"}},
            "_embedded": {"tags": [], "companies": []},
        },
    )


async def test_the_same_person_twice_is_two_contacts(caller: Caller) -> None:
    for _ in range(2):
        await caller.add("contacts", name="Иван", custom_fields_values=email("a@b.ru"))

    assert len(caller.sandbox.contacts) == 2


async def test_changing_a_contact_names_it_in_the_answer(caller: Caller) -> None:
    contact_id = await caller.add("contacts", name="Иван")
    caller.clock.now += 60

    answer = await caller.call("PATCH", "/api/v4/contacts", [{"id": contact_id, "name": "Пётр"}])

    assert answer[1]["_embedded"]["contacts"] == [
        {
            "id": 40000001,
            "name": "Пётр",
            "updated_at": 1795446060,
            "request_id": "0",
            "_links": {"self": {"href": f"{HREF}/contacts/40000001"}},
        }
    ]
    assert await caller.call("PATCH", f"/api/v4/contacts/{contact_id}", {"last_name": "Орлов"}) == (
        200,
        {
            "id": 40000001,
            "name": "Орлов",
            "updated_at": 1795446060,
            "_links": {"self": {"href": f"{HREF}/contacts/40000001"}},
        },
    )


async def test_a_contact_cannot_be_tied_to_a_lead_in_its_own_post(caller: Caller) -> None:
    lead_id = await caller.add("leads")

    refused = await caller.refused("POST", "/api/v4/contacts", [{"_embedded": {"leads": [{"id": lead_id}]}}])

    assert refused == [("0", "NotExpected", "_embedded.leads")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ivan@zavod.ru", ["Иван", "Однофамилец"]),  # the second has it inside a longer address
        ("ZAVOD", ["Иван", "Однофамилец"]),
        ("9125551200", ["Иван"]),
        ("+7 (912) 555-12-00", ["Иван"]),
        ("89125551200", []),  # spelt with 8 it does not find +7
        ("никто", []),
    ],
)
async def test_query_is_a_text_search_with_phones_by_digits(caller: Caller, query: str, found: list[str]) -> None:
    await caller.add("contacts", name="Иван", custom_fields_values=email("ivan@zavod.ru") + phone("+79125551200"))
    await caller.add("contacts", name="Однофамилец", custom_fields_values=email("ivan@zavod.ru.com"))

    rows = await caller.rows(f"/api/v4/contacts?{urlencode({'query': query})}")

    assert [one["name"] for one in rows] == found


async def test_the_index_lags_behind_and_finds_what_was_not_asked_for(caller: Caller) -> None:
    caller.sandbox.switches.index_lag = 5
    await caller.add("contacts", name="Иван", custom_fields_values=email("a@b.ru"))
    await caller.add("contacts", name="Другой")
    assert await caller.call("GET", "/api/v4/contacts?query=a@b.ru") == (204, None)
    assert (await caller.call("GET", "/api/v4/contacts"))[0] == 200

    caller.clock.now += 5
    caller.sandbox.switches.false_hits = 1
    _, found = await caller.call("GET", "/api/v4/contacts?query=a@b.ru")

    assert [one["name"] for one in found["_embedded"]["contacts"]] == ["Иван", "Другой"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter[id][]=30000001", [30000001]),
        ("filter[id][0]=30000001&filter[id][1]=30000003", [30000001, 30000003]),
        ("filter[name][]=Заказ 2", [30000002]),
        ("filter[price][from]=2&filter[price][to]=3", [30000002, 30000003]),
        ("filter[statuses][0][pipeline_id]=10226282&filter[statuses][0][status_id]=142", [30000003]),
        ("filter[statuses][0][status_id]=142", []),
        ("filter[created_at][from]=1795446001", [30000003]),
        ("filter[custom_fields_values][712629][]=SN-2", [30000002]),
        ("filter[responsible_user_id][]=1", []),
        ("filter[closest_task_at][to]=1795450000", [30000001]),
        ("filter[unheard_of]=1", [30000001, 30000002, 30000003]),
        ("order[id]=desc", [30000003, 30000002, 30000001]),
        ("order[updated_at]=desc", [30000003, 30000001, 30000002]),
    ],
)
async def test_filters_and_order(caller: Caller, query: str, found: list[int]) -> None:
    for n in (1, 2):
        serial = [{"field_id": 712629, "values": [{"value": f"SN-{n}"}]}]
        await caller.add("leads", name=f"Заказ {n}", price=n, custom_fields_values=serial)
    caller.clock.now += 1
    await caller.add("leads", name="Заказ 3", price=3, status_id=142)
    for lead_id, till in ((30000001, 1795450000), (30000002, 1795450001)):
        await caller.add("tasks", text="Позвонить", complete_till=till, entity_id=lead_id, entity_type="leads")

    assert [lead["id"] for lead in await caller.rows(f"/api/v4/leads?{query}")] == found


async def test_filters_that_are_off_are_silently_ignored(caller: Caller) -> None:
    await caller.add("leads")
    caller.sandbox.switches.filters_enabled = False

    _, leads = await caller.call("GET", "/api/v4/leads?filter[id][]=1")
    _, account = await caller.call("GET", "/api/v4/account?with=is_api_filter_enabled")

    assert [lead["id"] for lead in leads["_embedded"]["leads"]] == [30000001]
    assert account["is_api_filter_enabled"] is False


async def test_links_are_written_with_is_main_and_read_with_main_contact(caller: Caller) -> None:
    lead_id = await caller.add("leads")
    first, second = await caller.add("contacts", name="Первый"), await caller.add("contacts", name="Второй")
    link = {"to_entity_id": first, "to_entity_type": "contacts"}
    main = {"to_entity_id": second, "to_entity_type": "contacts", "metadata": {"is_main": True}}

    await caller.call("POST", f"/api/v4/leads/{lead_id}/link", [link])
    answer = await caller.call("POST", f"/api/v4/leads/{lead_id}/link", [main])

    assert answer == (
        200,
        {
            "_total_items": 1,
            "_links": {"self": {"href": f"{HREF}/leads/30000001/link"}},
            "_embedded": {
                "links": [
                    {
                        "entity_id": 30000001,
                        "entity_type": "leads",
                        "to_entity_id": 40000002,
                        "to_entity_type": "contacts",
                        "metadata": {"main_contact": True},
                    }
                ]
            },
        },
    )
    _, links = await caller.call("GET", f"/api/v4/leads/{lead_id}/links")
    assert [(one["to_entity_id"], one["metadata"]) for one in links["_embedded"]["links"]] == [
        (40000001, {"main_contact": False}),
        (40000002, {"main_contact": True}),
    ]


async def test_a_contact_is_the_main_one_of_each_of_its_leads(caller: Caller) -> None:
    contact_id = await caller.add("contacts", name="Иван")
    leads = [await caller.add("leads", _embedded={"contacts": [{"id": contact_id}]}) for _ in range(2)]
    main = {"to_entity_id": leads[0], "to_entity_type": "leads", "metadata": {"is_main": True}}

    await caller.call("POST", f"/api/v4/contacts/{contact_id}/link", [main])

    _, links = await caller.call("GET", f"/api/v4/contacts/{contact_id}/links")
    assert [one["metadata"] for one in links["_embedded"]["links"]] == [{"main_contact": True}] * 2


async def test_linking_again_is_harmless_and_unlinking_is_204(caller: Caller) -> None:
    lead_id, contact_id = await caller.add("leads"), await caller.add("contacts", name="Иван")
    link = [{"to_entity_id": contact_id, "to_entity_type": "contacts"}]
    for _ in range(2):
        await caller.call("POST", f"/api/v4/leads/{lead_id}/link", link)
    assert [one.action for one in caller.sandbox.applied] == ["add", "add", "link"]

    assert await caller.call("POST", f"/api/v4/leads/{lead_id}/unlink", link) == (204, None)
    _, links = await caller.call("GET", f"/api/v4/leads/{lead_id}/links")
    assert links["_embedded"]["links"] == []


async def test_a_record_has_one_company(caller: Caller) -> None:
    lead_id = await caller.add("leads")
    for name in ("Первая", "Вторая"):
        company_id = await caller.add("companies", name=name)
        link = {"to_entity_id": company_id, "to_entity_type": "companies"}
        await caller.call("POST", f"/api/v4/leads/{lead_id}/link", [link])

    _, lead = await caller.call("GET", f"/api/v4/leads/{lead_id}")
    assert [one["id"] for one in lead["_embedded"]["companies"]] == [45000002]


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ({"to_entity_id": 1, "to_entity_type": "contacts"}, "to_entity_id"),
        ({"to_entity_id": 1, "to_entity_type": "leads"}, "to_entity_type"),
        ({"to_entity_id": 1}, "to_entity_type"),
    ],
)
async def test_links_to_nothing_are_refused(caller: Caller, link: dict[str, Any], path: str) -> None:
    lead_id = await caller.add("leads")

    refused = await caller.refused("POST", f"/api/v4/leads/{lead_id}/link", [link])

    assert [place for _, _, place in refused] == [path]


async def test_mass_links_name_their_entity(caller: Caller) -> None:
    lead_id, contact_id = await caller.add("leads"), await caller.add("contacts", name="Иван")
    link = {"entity_id": lead_id, "to_entity_id": contact_id, "to_entity_type": "contacts"}

    assert (await caller.call("POST", "/api/v4/leads/link", [link]))[0] == 200
    _, links = await caller.call("GET", f"/api/v4/leads/links?filter[entity_id][]={lead_id}")

    assert [one["to_entity_id"] for one in links["_embedded"]["links"]] == [contact_id]
