"""What the account is made of: pipelines, users, fields, loss reasons, tags, sources, unsorted requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.sandbox.caller import Caller

HREF = "https://demo.amocrm.ru/api/v4"


async def test_the_account_tells_what_with_asks_for(caller: Caller) -> None:
    _, plain = await caller.call("GET", "/api/v4/account")
    assert (plain["id"], plain["subdomain"], plain["current_user_id"], plain["_embedded"]) == (5, "demo", 12380450, {})
    assert "is_api_filter_enabled" not in plain

    _, account = await caller.call(
        "GET", "/api/v4/account?with=is_api_filter_enabled,datetime_settings,task_types,version"
    )
    assert account["is_api_filter_enabled"] is True
    assert account["version"] == 11
    zone = account["_embedded"]["datetime_settings"]
    assert (zone["timezone"], zone["timezone_offset"]) == ("Europe/Moscow", "+03:00")
    assert [(one["id"], one["name"]) for one in account["_embedded"]["task_types"]] == [
        (1, "Связаться"),
        (2, "Встреча"),
    ]


async def test_pipelines_are_the_customers(caller: Caller) -> None:
    _, body = await caller.call("GET", "/api/v4/leads/pipelines")
    main, service = body["_embedded"]["pipelines"]

    assert (body["_total_items"], main["id"], main["name"], main["is_main"]) == (2, 10226282, "Клиенты", True)
    assert [(one["id"], one["name"], one["type"]) for one in main["_embedded"]["statuses"]] == [
        (80953550, "Неразобранное", 1),
        (80953554, "Заявка", 0),
        (80953558, "Принята", 0),
        (80953562, "Счёт выставлен", 0),
        (80953566, "Отгружено", 0),
        (80953570, "Готово к выдаче", 0),
        (142, "Успешно реализовано", 0),
        (143, "Закрыто и не реализовано", 0),
    ]
    assert [one["id"] for one in service["_embedded"]["statuses"]] == [80953600, 80953604, 80953608, 142, 143]
    _, status = await caller.call("GET", "/api/v4/leads/pipelines/10226282/statuses/142")
    assert status == {
        "id": 142,
        "name": "Успешно реализовано",
        "sort": 10000,
        "is_editable": False,
        "pipeline_id": 10226282,
        "color": "#CCFF66",
        "type": 0,
        "account_id": 5,
        "_links": {"self": {"href": f"{HREF}/leads/pipelines/10226282/statuses/142"}},
    }


async def test_pipelines_and_stages_come_and_go(caller: Caller) -> None:
    item = {
        "name": "Запчасти",
        "sort": 3,
        "is_main": True,
        "is_unsorted_on": False,
        "_embedded": {"statuses": [{"name": "Новая"}]},
    }
    _, body = await caller.call("POST", "/api/v4/leads/pipelines", [item])
    (pipeline,) = body["_embedded"]["pipelines"]
    assert [one["name"] for one in pipeline["_embedded"]["statuses"]][1] == "Новая"
    _, old = await caller.call("GET", "/api/v4/leads/pipelines/10226282")
    assert old["is_main"] is False

    path = f"/api/v4/leads/pipelines/{pipeline['id']}"
    _, stages = await caller.call("POST", f"{path}/statuses", [{"name": "Собрана", "sort": 30}])
    status_id = stages["_embedded"]["statuses"][0]["id"]
    await caller.add("leads", pipeline_id=pipeline["id"], status_id=status_id)
    assert await caller.call("DELETE", f"{path}/statuses/{status_id}") == (204, None)
    refused = await caller.refused("POST", "/api/v4/leads", [{"pipeline_id": pipeline["id"], "status_id": status_id}])
    assert refused == [("0", "NotSupportedChoice", "status_id")]
    assert await caller.call("DELETE", path) == (204, None)
    assert await caller.refused("POST", "/api/v4/leads", [{"pipeline_id": pipeline["id"]}]) == [
        ("0", "NotSupportedChoice", "pipeline_id")
    ]


async def test_a_stage_is_renamed_and_moved_but_not_a_closed_one(caller: Caller) -> None:
    path = "/api/v4/leads/pipelines/10226282/statuses"
    status, stage = await caller.call("PATCH", f"{path}/80953558", {"name": "В работе", "sort": 25, "color": "#ffffff"})
    assert (status, stage["name"], stage["color"]) == (200, "В работе", "#ffffff")
    stages = await caller.rows(path)
    assert [one["name"] for one in stages][1:4] == ["Заявка", "В работе", "Счёт выставлен"]
    assert (await caller.call("PATCH", f"{path}/142", {"name": "x"}))[0] == 404


async def test_pipelines_and_stages_have_their_limits(caller: Caller) -> None:
    stages = [{"name": f"Этап {n}", "sort": n} for n in range(94)]
    statuses = "/api/v4/leads/pipelines/10226282/statuses"
    assert (await caller.call("POST", statuses, stages))[0] == 422
    assert (await caller.call("POST", statuses, stages[:92]))[0] == 200
    pipeline = {"name": "Ещё", "sort": 9, "is_main": False, "is_unsorted_on": False}
    assert (await caller.call("POST", "/api/v4/leads/pipelines", [pipeline] * 49))[0] == 422
    assert (await caller.call("POST", "/api/v4/leads/pipelines", [pipeline] * 48))[0] == 200


async def test_an_archived_pipeline_takes_no_leads_but_keeps_its_own(caller: Caller) -> None:
    account = caller.sandbox.account
    lead_id = await caller.add("leads", pipeline_id=10226290)
    account.pipelines[10226290] = replace(account.pipelines[10226290], is_archive=True)
    assert await caller.refused("POST", "/api/v4/leads", [{"pipeline_id": 10226290}]) == [
        ("0", "NotSupportedChoice", "pipeline_id")
    ]
    assert (await caller.call("PATCH", f"/api/v4/leads/{lead_id}", {"price": 5}))[0] == 200
    _, pipeline = await caller.call("GET", "/api/v4/leads/pipelines/10226290")
    assert pipeline["is_archive"] is True


async def test_a_user_who_is_switched_off_is_responsible_for_nothing(caller: Caller) -> None:
    users = caller.sandbox.account.users
    users[12380454] = replace(users[12380454], is_active=False)
    _, user = await caller.call("GET", "/api/v4/users/12380454")
    assert user["rights"]["is_active"] is False
    assert await caller.refused("POST", "/api/v4/leads", [{"responsible_user_id": 12380454}]) == [
        ("0", "NotSupportedChoice", "responsible_user_id")
    ]


async def test_users_and_loss_reasons(caller: Caller) -> None:
    assert [user["name"] for user in await caller.rows("/api/v4/users")] == ["Анна Смирнова", "Павел Орлов"]
    _, user = await caller.call("GET", "/api/v4/users/12380454")
    assert (user["email"], user["rights"]["is_admin"]) == ("service@tdrusstankosbyt.ru", False)
    assert await caller.call("GET", "/api/v4/users/1") == (204, None)
    reasons = await caller.rows("/api/v4/leads/loss_reasons")
    assert [reason["name"] for reason in reasons] == ["Дорого", "Нет в наличии", "Спам"]


async def test_a_reason_belongs_to_a_lost_lead(caller: Caller) -> None:
    lead_id = await caller.add("leads", status_id=143, loss_reason_id=1401)
    _, lead = await caller.call("GET", f"/api/v4/leads/{lead_id}?with=loss_reason")
    assert lead["_embedded"]["loss_reason"] == [{"id": 1401, "name": "Дорого"}]

    await caller.call("PATCH", f"/api/v4/leads/{lead_id}", {"status_id": 80953554})
    assert caller.sandbox.leads[lead_id].loss_reason_id is None


async def test_field_definitions_are_listed_with_totals_and_made_with_201(caller: Caller) -> None:
    _, page = await caller.call("GET", "/api/v4/leads/custom_fields?limit=5")
    assert (page["_total_items"], page["_page_count"]) == (6, 2)
    assert page["_links"]["last"]["href"] == f"{HREF}/leads/custom_fields?limit=5&page=2"
    service = page["_embedded"]["custom_fields"][4]
    assert (service["id"], service["type"], service["enums"][0]) == (
        712637,
        "select",
        {"id": 901201, "value": "Новое", "sort": 500, "code": None},
    )

    item = {"name": "Срок", "type": "date"}
    status, made = await caller.call("POST", "/api/v4/leads/custom_fields", [item])
    field_id = made["_embedded"]["custom_fields"][0]["id"]
    assert (status, field_id) == (201, 720001)
    assert (await caller.call("GET", f"/api/v4/leads/custom_fields/{field_id}"))[1]["name"] == "Срок"
    path = "/api/v4/leads/custom_fields"
    _, changed = await caller.call("PATCH", f"{path}/{field_id}", {"name": "Готов к"})
    assert (changed["name"], changed["type"]) == ("Готов к", "date")
    assert await caller.refused("PATCH", path, [{"id": field_id, "type": "text"}]) == [("0", "NotExpected", "type")]
    assert await caller.refused("PATCH", path, [{"id": 1, "name": "x"}]) == [("0", "NotFound", "id")]
    assert await caller.call("DELETE", f"/api/v4/leads/custom_fields/{field_id}") == (204, None)
    assert await caller.call("GET", f"/api/v4/leads/custom_fields/{field_id}") == (204, None)
    unknown = await caller.refused("POST", "/api/v4/leads/custom_fields", [{"name": "x", "type": "magic"}])
    assert unknown == [("0", "NotSupportedChoice", "type")]


async def test_options_of_a_field_keep_their_ids_when_it_is_changed(caller: Caller) -> None:
    options = [{"id": 901201, "value": "Принято"}, {"value": "Отменено"}]
    _, page = await caller.call("PATCH", "/api/v4/leads/custom_fields", [{"id": 712637, "enums": options}])
    (changed,) = page["_embedded"]["custom_fields"]
    assert [(one["id"], one["value"]) for one in changed["enums"]] == [(901201, "Принято"), (910001, "Отменено")]


async def test_tags_are_named_once(caller: Caller) -> None:
    await caller.add("leads", _embedded={"tags": [{"name": "почта"}]})
    await caller.add("leads", tags_to_add=[{"name": "Почта"}])
    await caller.call("POST", "/api/v4/leads/tags", [{"name": "срочно"}])

    tags = await caller.rows("/api/v4/leads/tags")
    assert [(tag["id"], tag["name"]) for tag in tags] == [(70001, "почта"), (70002, "срочно")]
    assert [tag["name"] for tag in await caller.rows("/api/v4/leads/tags?query=СРО")] == ["срочно"]
    assert await caller.call("GET", "/api/v4/contacts/tags") == (204, None)


async def test_sources_are_registered_and_named_by_leads(caller: Caller) -> None:
    _, made = await caller.call("POST", "/api/v4/sources", [{"name": "Почта", "external_id": "mail"}])
    source_id = made["_embedded"]["sources"][0]["id"]
    lead_id = await caller.add("leads", _embedded={"source": {"external_id": "mail", "type": "widget"}})

    assert (await caller.call("GET", f"/api/v4/leads/{lead_id}?with=source_id"))[1]["source_id"] == source_id
    assert (await caller.call("PATCH", f"/api/v4/sources/{source_id}", {"name": "Ящик"}))[1]["name"] == "Ящик"
    refused = await caller.refused("PATCH", "/api/v4/sources", [{"id": source_id, "pipeline_id": 1}, {"id": 1}])
    assert refused == [("0", "NotSupportedChoice", "pipeline_id"), ("1", "NotFound", "id")]
    assert await caller.call("DELETE", f"/api/v4/sources/{source_id}") == (204, None)
    assert (await caller.call("DELETE", f"/api/v4/sources/{source_id}"))[0] == 404


def a_form(**changes: Any) -> dict[str, Any]:
    metadata = {"form_id": "1", "form_name": "Заявка", "form_page": "https://x", "form_sent_at": 1795446000}
    return {
        "source_uid": "s",
        "source_name": "Сайт",
        "metadata": metadata,
        "_embedded": {"leads": [{"name": "С сайта"}], "contacts": [{"name": "Иван"}]},
        **changes,
    }


async def test_a_form_waits_in_unsorted_until_it_is_accepted(caller: Caller) -> None:
    _, made = await caller.call("POST", "/api/v4/leads/unsorted/forms", [a_form(request_id="f-1")])
    (waiting,) = made["_embedded"]["unsorted"]
    assert (made["_total_items"], waiting["request_id"], waiting["category"]) == (1, "f-1", "forms")
    assert await caller.call("GET", "/api/v4/leads") == (204, None)

    path = f"/api/v4/leads/unsorted/{waiting['uid']}"
    assert (await caller.call("GET", path))[0] == 200
    status, _ = await caller.call("POST", f"{path}/accept", {"user_id": 12380454, "status_id": 80953558})
    assert status == 200
    (lead,) = await caller.rows("/api/v4/leads?with=contacts")
    assert (lead["name"], lead["status_id"], lead["responsible_user_id"]) == ("С сайта", 80953558, 12380454)
    assert [one["id"] for one in lead["_embedded"]["contacts"]] == [40000001]
    assert (await caller.call("GET", path))[0] == 404


async def test_a_form_may_be_declined(caller: Caller) -> None:
    _, made = await caller.call("POST", "/api/v4/leads/unsorted/forms", [a_form()])
    path = f"/api/v4/leads/unsorted/{made['_embedded']['unsorted'][0]['uid']}"

    assert (await caller.call("DELETE", f"{path}/decline", {"user_id": 12380450}))[0] == 200

    assert await caller.call("GET", "/api/v4/leads") == (204, None)
    _, summary = await caller.call("GET", "/api/v4/leads/unsorted/summary")
    assert (summary["total"], summary["accepted"], summary["declined"]) == (1, 0, 1)


async def test_forms_that_are_refused(caller: Caller) -> None:
    path = "/api/v4/leads/unsorted/forms"
    assert await caller.refused("POST", path, [a_form(metadata={"form_id": "1"})]) == [
        ("0", "FieldMissing", "metadata.form_name"),
        ("0", "FieldMissing", "metadata.form_page"),
        ("0", "FieldMissing", "metadata.form_sent_at"),
    ]
    assert await caller.refused("POST", path, [a_form(_embedded={"leads": [{"status_id": 1}]})]) == [
        ("0", "NotSupportedChoice", "_embedded.leads.0.status_id")
    ]


async def test_metadata_sends_a_complex_lead_into_unsorted(caller: Caller) -> None:
    metadata = {"category": "forms", "form_id": "1", "form_name": "x", "form_page": "y", "form_sent_at": 1}

    status, _ = await caller.call("POST", "/api/v4/leads/complex", [{"_embedded": {"metadata": metadata}}])

    assert status == 200
    assert await caller.call("GET", "/api/v4/leads") == (204, None)
