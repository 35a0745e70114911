"""Webhooks go out in the dialect of v2, in time or again by the table, and as badly as the switches say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from crm.sandbox import SandboxSettings, Switches, create_app, desk
from crm.sandbox.hooks.retries import EVENTS, wait_before
from tests.sandbox.caller import BASE_URL, Caller, Clock

HERE = "https://mail.example.ru/hook"


@dataclass
class Receiver(httpx.AsyncBaseTransport):
    """Where webhooks arrive: answers with `statuses` in turn, then with 200; a status of 0 never comes."""

    statuses: list[int] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        self.bodies.append((await request.aread()).decode())
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            await asyncio.sleep(3600)
        return httpx.Response(status)

    def pairs(self, number: int = 0) -> dict[str, str]:
        return dict(parse_qsl(self.bodies[number], keep_blank_values=True))


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def subscribed(clock: Clock, receiver: Receiver) -> AsyncIterator[Caller]:
    """A caller whose receiver hears of every change of leads, contacts, companies and tasks; no waits between tries."""
    switches = Switches(webhook_time_scale=0, webhook_deadline=0.05)
    settings = SandboxSettings(subdomain="demo", account_id=5, switches=switches)
    app = create_app(settings, clock=clock, webhook_transport=receiver)
    bearer = {"Authorization": f"Bearer {app.state.sandbox.long_lived_token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL, headers=bearer) as http:
        caller = Caller(app.state.sandbox, clock, http)
        wanted = [event for event in sorted(EVENTS) if event.endswith(("_lead", "_contact", "_company", "_task"))]
        await subscribe(caller, wanted)
        yield caller
        await app.state.sandbox.hooks.close()


async def subscribe(caller: Caller, events: list[str]) -> None:
    status, _ = await caller.call("POST", "/api/v4/webhooks", {"destination": HERE, "settings": events})
    assert status == 201


async def settled(caller: Caller) -> None:
    async with asyncio.timeout(5):
        await caller.sandbox.hooks.settled()


async def test_a_change_of_status_is_told_in_strings_without_contacts(subscribed: Caller, receiver: Receiver) -> None:
    await subscribe(subscribed, ["status_lead"])
    lead_id = await subscribed.add(
        "leads",
        name="Заказ 17",
        price=150000,
        custom_fields_values=[{"field_id": 712629, "values": [{"value": "SN-1"}]}],
        _embedded={"tags": [{"name": "почта"}]},
    )
    subscribed.clock.now += 60

    desk.move(subscribed.sandbox, lead_id, 142, user_id=12380454)
    await settled(subscribed)

    assert receiver.bodies[0].startswith(
        "leads%5Bstatus%5D%5B0%5D%5Bid%5D=30000001&leads%5Bstatus%5D%5B0%5D%5Bname%5D=%D0%97"
    )
    assert list(receiver.pairs().items()) == [
        ("leads[status][0][id]", "30000001"),
        ("leads[status][0][name]", "Заказ 17"),
        ("leads[status][0][status_id]", "142"),
        ("leads[status][0][old_status_id]", "80953554"),
        ("leads[status][0][price]", "150000"),
        ("leads[status][0][responsible_user_id]", "12380450"),
        ("leads[status][0][last_modified]", "1795446060"),
        ("leads[status][0][modified_user_id]", "12380454"),
        ("leads[status][0][created_user_id]", "12380450"),
        ("leads[status][0][date_create]", "1795446000"),
        ("leads[status][0][pipeline_id]", "10226282"),
        ("leads[status][0][tags][0][id]", "70001"),
        ("leads[status][0][tags][0][name]", "почта"),
        ("leads[status][0][account_id]", "5"),
        ("leads[status][0][custom_fields][0][id]", "712629"),
        ("leads[status][0][custom_fields][0][name]", "Серийный номер"),
        ("leads[status][0][custom_fields][0][values][0][value]", "SN-1"),
        ("leads[status][0][created_at]", "1795446000"),
        ("leads[status][0][updated_at]", "1795446060"),
        ("account[subdomain]", "demo"),
        ("account[id]", "5"),
        ("account[_links][self]", "https://demo.amocrm.ru"),
    ]


async def test_our_own_writes_are_told_as_well_with_dates_bare_and_the_account_first(
    subscribed: Caller, receiver: Receiver
) -> None:
    fields = [
        {"field_id": 712637, "values": [{"value": "Новое"}]},
        {"field_id": 712639, "values": [{"value": 1795424400}]},
    ]
    await subscribed.add("leads", name="Заказ 18", custom_fields_values=fields)
    await settled(subscribed)

    pairs = receiver.pairs()
    assert next(iter(pairs)) == "account[subdomain]"
    assert {key: value for key, value in pairs.items() if "custom_fields" in key} == {
        "leads[add][0][custom_fields][0][id]": "712637",
        "leads[add][0][custom_fields][0][name]": "Статус сервиса",
        "leads[add][0][custom_fields][0][values][0][value]": "Новое",
        "leads[add][0][custom_fields][0][values][0][enum]": "901201",
        "leads[add][0][custom_fields][1][id]": "712639",
        "leads[add][0][custom_fields][1][name]": "Дата ТО",
        "leads[add][0][custom_fields][1][values][0]": "1795381200",
    }


async def test_a_contact_knows_its_company_and_leads(subscribed: Caller, receiver: Receiver) -> None:
    await subscribe(subscribed, ["update_contact"])
    email = [{"field_code": "EMAIL", "values": [{"value": "zakaz@zavod.ru"}]}]
    item = {"_embedded": {"contacts": [{"name": "Иван"}], "companies": [{"name": "ООО Завод"}]}}
    await subscribed.call("POST", "/api/v4/leads/complex", [item])

    await subscribed.call("PATCH", "/api/v4/contacts/40000001", {"custom_fields_values": email})
    await settled(subscribed)

    assert list(receiver.pairs().items()) == [
        ("contacts[update][0][id]", "40000001"),
        ("contacts[update][0][name]", "Иван"),
        ("contacts[update][0][responsible_user_id]", "12380450"),
        ("contacts[update][0][date_create]", "1795446000"),
        ("contacts[update][0][last_modified]", "1795446000"),
        ("contacts[update][0][created_user_id]", "12380450"),
        ("contacts[update][0][modified_user_id]", "12380450"),
        ("contacts[update][0][company_name]", "ООО Завод"),
        ("contacts[update][0][linked_company_id]", "45000001"),
        ("contacts[update][0][account_id]", "5"),
        ("contacts[update][0][custom_fields][0][id]", "712605"),
        ("contacts[update][0][custom_fields][0][name]", "Email"),
        ("contacts[update][0][custom_fields][0][code]", "EMAIL"),
        ("contacts[update][0][custom_fields][0][values][0][value]", "zakaz@zavod.ru"),
        ("contacts[update][0][custom_fields][0][values][0][enum]", "901121"),
        ("contacts[update][0][linked_leads_id][30000001][ID]", "30000001"),
        ("contacts[update][0][created_at]", "1795446000"),
        ("contacts[update][0][updated_at]", "1795446000"),
        ("contacts[update][0][type]", "contact"),
        ("account[subdomain]", "demo"),
        ("account[id]", "5"),
        ("account[_links][self]", "https://demo.amocrm.ru"),
    ]


async def test_a_company_arrives_among_the_contacts(subscribed: Caller, receiver: Receiver) -> None:
    await subscribed.add("companies", name="ООО Завод")
    await settled(subscribed)

    assert receiver.pairs()["contacts[add][0][type]"] == "company"


async def test_a_note_is_told_under_its_entity_in_local_time(subscribed: Caller, receiver: Receiver) -> None:
    await subscribe(subscribed, ["note_lead"])
    lead_id = await subscribed.add("leads")
    note = {"note_type": "common", "params": {"text": "Письмо от клиента"}}

    await subscribed.call("POST", f"/api/v4/leads/{lead_id}/notes", [note])
    await settled(subscribed)

    assert receiver.pairs() == {
        "leads[note][0][note][text]": "Письмо от клиента",
        "leads[note][0][note][attachement]": "",
        "leads[note][0][note][date_create]": "2026-11-23 18:00:00",
        "leads[note][0][note][note_type]": "4",
        "leads[note][0][note][element_type]": "2",
        "leads[note][0][note][element_id]": "30000001",
        "leads[note][0][note][group_id]": "0",
        "leads[note][0][note][timestamp_x]": "2026-11-23 18:00:00",
        "leads[note][0][note][account_id]": "5",
        "leads[note][0][note][created_by]": "12380450",
        "leads[note][0][note][modified_by]": "12380450",
        "leads[note][0][note][main_user_id]": "12380450",
        "leads[note][0][note][id]": "50000001",
        "leads[note][0][note][created_at]": "1795446000",
        "leads[note][0][note][updated_at]": "1795446000",
        "account[subdomain]": "demo",
        "account[id]": "5",
        "account[_links][self]": "https://demo.amocrm.ru",
    }


async def test_a_deletion_is_told_in_three_keys(subscribed: Caller, receiver: Receiver) -> None:
    await subscribe(subscribed, ["delete_lead"])
    lead_id = await subscribed.add("leads")

    desk.delete(subscribed.sandbox, lead_id)
    await settled(subscribed)

    assert {key: value for key, value in receiver.pairs().items() if key.startswith("leads")} == {
        "leads[delete][0][id]": "30000001",
        "leads[delete][0][status_id]": "80953554",
        "leads[delete][0][pipeline_id]": "10226282",
    }


async def test_the_leads_of_one_batch_share_a_request(subscribed: Caller, receiver: Receiver) -> None:
    subscribed.sandbox.switches.webhook_entities = 2

    await subscribed.call("POST", "/api/v4/leads", [{"name": str(n)} for n in range(3)])
    await settled(subscribed)

    names = [sorted(value for key, value in receiver.pairs(n).items() if key.endswith("[name]")) for n in (0, 1)]
    assert names == [["0", "1"], ["2"]]


async def test_several_kinds_may_share_a_request(subscribed: Caller, receiver: Receiver) -> None:
    lead_id = await subscribed.add("leads")
    await settled(subscribed)
    receiver.bodies.clear()
    subscribed.sandbox.switches.webhook_mixed = True

    desk.move(subscribed.sandbox, lead_id, 142)
    await settled(subscribed)

    assert len(receiver.bodies) == 1
    assert {key.split("[0]")[0] for key in receiver.pairs() if key.startswith("leads")} == {
        "leads[update]",
        "leads[status]",
    }


async def test_the_digital_pipeline_tells_its_own_address_of_a_stage_in_short(
    subscribed: Caller, receiver: Receiver
) -> None:
    hook = {"pipeline_id": 10226282, "status_id": 142, "destination": HERE}
    assert await subscribed.call("PUT", "/_sandbox/stage-hooks", [hook]) == (200, [hook])
    await subscribed.call("DELETE", "/api/v4/webhooks", {"destination": HERE})

    lead_id = await subscribed.add("leads")
    desk.move(subscribed.sandbox, lead_id, 142)
    await subscribed.add("leads", status_id=142)
    await settled(subscribed)

    assert [receiver.pairs(n) for n in range(len(receiver.bodies))] == [
        {
            "leads[status][0][id]": "30000001",
            "leads[status][0][status_id]": "142",
            "leads[status][0][pipeline_id]": "10226282",
            "leads[status][0][old_status_id]": "80953554",
            "leads[status][0][old_pipeline_id]": "10226282",
            "account[id]": "5",
            "account[subdomain]": "demo",
        },
        {
            "leads[add][0][id]": "30000002",
            "leads[add][0][status_id]": "142",
            "leads[add][0][pipeline_id]": "10226282",
            "account[id]": "5",
            "account[subdomain]": "demo",
        },
    ]


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (200, []),
        (204, []),
        (302, [300.0, 900.0]),
        (404, [300.0, 900.0]),
        (0, [300.0, 900.0]),
        (499, [300.0, 900.0, 900.0, 3600.0]),
        (503, [300.0, 900.0, 900.0, 3600.0]),
    ],
)
def test_the_table_of_retries(status: int, waits: list[float]) -> None:
    tried = [wait_before(attempt, status) for attempt in range(2, 7)]

    assert [wait for wait in tried if wait is not None] == waits


@pytest.mark.parametrize(
    ("statuses", "tries"),
    [
        ([200], [200]),
        ([503, 200], [503, 200]),
        ([503] * 9, [503] * 5),
        ([404] * 9, [404] * 3),
        ([302] * 9, [302] * 3),
        ([0] * 9, [0] * 3),
        ([503, 404, 404, 200], [503, 404, 404]),
    ],
)
async def test_what_is_not_taken_comes_again(
    subscribed: Caller, receiver: Receiver, statuses: list[int], tries: list[int]
) -> None:
    receiver.statuses = statuses

    await subscribed.add("leads")
    await settled(subscribed)

    assert [one.status for one in subscribed.sandbox.deliveries] == tries
    assert [one.attempt for one in subscribed.sandbox.deliveries] == list(range(1, len(tries) + 1))
    assert len(set(receiver.bodies)) == 1


async def test_after_too_many_bad_answers_the_destination_is_switched_off(
    subscribed: Caller, receiver: Receiver
) -> None:
    subscribed.sandbox.switches.webhook_failures_to_disable = 4
    receiver.statuses = [503] * 5

    await subscribed.add("leads")
    await settled(subscribed)

    assert [hook["disabled"] for hook in await subscribed.rows("/api/v4/webhooks")] == [True]
    await subscribed.add("leads")
    await settled(subscribed)
    assert len(receiver.bodies) == 5
    subscribed.sandbox.hooks.enable()
    await subscribed.add("leads")
    await settled(subscribed)
    assert len(receiver.bodies) == 6


async def test_deliveries_are_shown_to_the_manager(subscribed: Caller) -> None:
    await subscribed.add("leads")
    await settled(subscribed)

    page = (await subscribed.http.get("/hooks")).text

    assert [text for text in (HERE, "leads[add]", "<td>200</td>") if text not in page] == []


async def test_webhooks_may_come_twice_or_never(subscribed: Caller, receiver: Receiver) -> None:
    subscribed.sandbox.switches.webhook_duplicates = 1
    await subscribed.add("leads")
    await settled(subscribed)
    assert len(receiver.bodies) == 2

    subscribed.sandbox.switches.webhook_loss_rate = 1
    await subscribed.add("leads")
    await settled(subscribed)
    assert len(receiver.bodies) == 2


async def test_webhooks_may_overtake_each_other(subscribed: Caller, receiver: Receiver) -> None:
    subscribed.sandbox.switches.webhook_reordering = True
    subscribed.sandbox.switches.webhook_entities = 1
    for name in ("первая", "вторая"):
        await subscribed.add("leads", name=name)
    await settled(subscribed)

    assert [receiver.pairs(n)["leads[add][0][name]"] for n in (0, 1)] == ["вторая", "первая"]


async def test_subscriptions_are_made_replaced_listed_and_ended(caller: Caller) -> None:
    assert await caller.call("GET", "/api/v4/webhooks") == (204, None)
    status, hook = await caller.call("POST", "/api/v4/webhooks", {"destination": HERE, "settings": ["add_lead"]})
    assert (status, hook) == (
        201,
        {
            "id": 1001,
            "destination": HERE,
            "created_at": 1795446000,
            "updated_at": 1795446000,
            "account_id": 5,
            "created_by": 12380450,
            "sort": 10,
            "disabled": False,
            "settings": ["add_lead"],
        },
    )
    await caller.call("POST", "/api/v4/webhooks", {"destination": HERE, "settings": ["status_lead"], "sort": 20})
    _, listed = await caller.call("GET", f"/api/v4/webhooks?filter[destination]={HERE}")
    assert [(one["id"], one["settings"]) for one in listed["_embedded"]["webhooks"]] == [(1001, ["status_lead"])]
    assert await caller.call("DELETE", "/api/v4/webhooks", {"destination": HERE}) == (204, None)
    assert (await caller.call("DELETE", "/api/v4/webhooks", {"destination": HERE}))[0] == 404


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ({"destination": HERE, "settings": ["made_up"]}, "settings.0"),
        ({"destination": "mail.example.ru", "settings": []}, "destination"),
        ({"destination": HERE}, "settings"),
    ],
)
async def test_subscriptions_that_are_refused(caller: Caller, item: dict[str, Any], path: str) -> None:
    assert [place for _, _, place in await caller.refused("POST", "/api/v4/webhooks", item)] == [path]


async def test_only_an_administrator_subscribes(caller: Caller) -> None:
    token = caller.sandbox.tokens.issue_access(60, user_id=12380454)
    item = {"destination": HERE, "settings": ["add_lead"]}

    answer = await caller.http.post("/api/v4/webhooks", json=item, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403
