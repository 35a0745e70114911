"""`/passport/…`: the platform by its key, the customer by Telegram's signature; changes reach AmoCRM."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from mailsync.app import jobs_of, services_of
from mailsync.config import Config
from mailsync.errors import TemporaryFailure, UnknownOutcome
from mailsync.web import mini_app, passport
from mailsync.web.app import create_app
from mailsync.worker.assembly import Worker
from tests.passport.test_registration import DATE_FIELD, STATUS_FIELD, SYNCED, deal, filled, lines, machine, told, won
from tests.passport.visitors import BOT_TOKEN, init_data
from tests.worker.house import House, house

KEY = {"Authorization": "Bearer passport-key"}
WEB = Config.model_validate(
    SYNCED.model_dump()
    | {"web": {"passport_key": SecretStr("passport-key,older-key")}, "telegram": {"bot_token": SecretStr(BOT_TOKEN)}}
)
OWNER, STRANGER = 777, 888


class Platform:
    """The endpoint over a house of memory."""

    def __init__(self, here: House, worker: Worker, http: httpx.AsyncClient) -> None:
        self.here, self.worker, self.http = here, worker, http

    def visitor(self, telegram_id: int = OWNER) -> dict[str, str]:
        return {"Authorization": f"tma {init_data(telegram_id, self.here.clock.now())}"}

    async def patch(self, **values: Any) -> httpx.Response:
        self.here.clock.seconds += 60
        return await self.http.patch("/passport/equipment/4455", json=values, headers=KEY)

    async def work(self) -> None:
        assert await self.here.run_once() == 0


@asynccontextmanager
async def platform(config: Config = WEB) -> AsyncIterator[Platform]:
    async with house(config) as here:
        worker = await here.worker()
        app = create_app(services_of(config, worker, jobs_of(config, worker)), passport.router, mini_app.router)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mailsync.test") as http:
            yield Platform(here, worker, http)


@asynccontextmanager
async def registered() -> AsyncIterator[tuple[Platform, int]]:
    async with platform() as there:
        lead_id = await deal(there.here)
        await won(there.here, lead_id)
        yield there, lead_id


async def test_a_machine_is_told_in_full() -> None:
    async with registered() as (there, lead_id):
        contact_id = there.here.crm.leads[lead_id].contact_id
        expected = {
            "serial_number": "4455",
            "model": "16К20",
            "telegram_id": "777",
            "lead_id": lead_id,
            "contact_id": contact_id,
            "registered_at": "2026-11-18T11:07:40Z",
            "service_status": None,
            "maintenance_date": None,
            "history": [
                {
                    "at": "2026-11-18T11:07:40Z",
                    "source": "crm",
                    "field": "registered",
                    "value": str(lead_id),
                    "previous": None,
                    "applied": True,
                }
            ],
        }
        assert (await there.http.get("/passport/equipment/4455", headers=KEY)).json() == expected
        listed = await there.http.get("/passport/equipment", params={"telegram_id": "777"}, headers=KEY)
        assert listed.json() == [expected]
        assert (await there.http.get("/passport/equipment", headers=there.visitor())).json() == [expected]


@pytest.mark.parametrize(
    ("method", "path", "who", "status"),
    [
        ("GET", "/passport/equipment/4455", None, 401),
        ("GET", "/passport/equipment/4455", "wrong key", 401),
        ("GET", "/passport/equipment/4455", "forged", 401),
        ("GET", "/passport/equipment/4455", "stranger", 404),
        ("GET", "/passport/equipment/9999", "key", 404),
        ("GET", "/passport/equipment?telegram_id=777", "stranger", 403),
        ("GET", "/passport/equipment?telegram_id=abc", "key", 422),
        ("GET", "/passport/equipment", "key", 422),
        ("PATCH", "/passport/equipment/4455", "owner", 403),
        ("PATCH", "/passport/equipment/9999", "key", 404),
        ("POST", "/passport/requests", "key", 403),
        ("GET", "/passport/requests", "key", 403),
    ],
)
async def test_who_may_not_is_told_so(method: str, path: str, who: str | None, status: int) -> None:
    async with registered() as (there, _):
        headers = {
            None: {},
            "key": KEY,
            "wrong key": {"Authorization": "Bearer wrong"},
            "owner": there.visitor(),
            "stranger": there.visitor(STRANGER),
            "forged": {"Authorization": f"tma {init_data(OWNER, there.here.clock.now(), token='1:other')}"},
        }[who]
        body = {"service_status": "В работе"} if method == "PATCH" else {"kind": "service", "comment": "x"}
        answer = await there.http.request(method, path, headers=headers, json=body if method != "GET" else None)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"maintenance_date": "01.12.2026"},
        {"maintenance_date": 1795000000},
        {"maintenance_date": "2026-02-30"},
        {"service_status": "x" * 257},
        {"model": "16К25"},
    ],
)
async def test_a_change_that_cannot_be_is_refused_field_by_field(body: dict[str, Any]) -> None:
    async with registered() as (there, _):
        answer = await there.patch(**body)
        assert answer.status_code == 422
        assert answer.json()["problems"]


async def test_a_change_is_valid_at_once_and_reaches_the_lead_with_a_note() -> None:
    async with registered() as (there, lead_id):
        answer = await there.patch(service_status="Диагностика", maintenance_date="2027-05-20")
        assert (answer.json()["service_status"], answer.json()["maintenance_date"]) == ("Диагностика", "2027-05-20")
        assert here_fields(there, lead_id) == (None, None)
        await there.work()
        assert here_fields(there, lead_id) == ("Диагностика", "2027-05-20")
        (note,) = there.here.crm.notes.values()
        assert "Статус сервиса: Диагностика (было: не указано)" in note.text
        assert "Следующее ТО: 20.05.2027 (было: не указано)" in note.text
        writes = there.here.crm.writes
        await told(there.here, lead_id, action="update")
        assert there.here.crm.writes == writes
        assert len(await lines(there.here)) == 3


async def test_a_write_whose_answer_was_lost_is_looked_for_and_told_once() -> None:
    async with registered() as (there, lead_id):

        def lost(operation: str, applied: bool) -> None:
            if operation == "update_lead" and applied:
                there.here.crm.interfere = lambda *_: None
                raise UnknownOutcome("the link broke")

        there.here.crm.interfere = lost
        await there.patch(service_status="Диагностика")
        writes = there.here.crm.writes
        await there.work()
        assert here_fields(there, lead_id)[0] == "Диагностика"
        assert len(there.here.crm.notes) == 1
        assert there.here.crm.writes == writes + 2


async def test_changes_in_quick_succession_reach_the_lead_as_the_last_one() -> None:
    async with registered() as (there, lead_id):
        for status in ("Новое", "Диагностика", "В работе"):
            await there.patch(service_status=status)
        await there.work()
        assert here_fields(there, lead_id)[0] == "В работе"
        assert len(there.here.crm.notes) == 1
        assert [one.value for one in (await lines(there.here))[1:]] == ["Новое", "Диагностика", "В работе"]


async def test_a_value_that_amocrm_has_no_field_for_is_told_by_a_note() -> None:
    fieldless = Config.model_validate(WEB.model_dump() | {"amocrm": {"fields": {"service_status": 0}}})
    async with platform(fieldless) as there:
        lead_id = await deal(there.here)
        await won(there.here, lead_id)
        await there.patch(maintenance_date="2027-05-20")
        await there.work()
        (note,) = there.here.crm.notes.values()
        assert "Следующее ТО: 20.05.2027 (было: не указано)" in note.text
        assert here_fields(there, lead_id) == (None, None)


async def test_what_amocrm_refuses_is_a_task_once_and_holds_nothing_up() -> None:
    async with registered() as (there, lead_id):
        there.here.crm.options = {STATUS_FIELD: ("Новое", "В работе")}
        await there.patch(service_status="Разобран")
        await there.work()
        await filled(there.here, lead_id, date="2027-01-01")
        (task,) = there.here.crm.tasks.values()
        assert "AmoCRM не принял изменение из Цифрового паспорта" in task.text
        assert "Статус сервиса: Разобран" in task.text
        assert "choose one of Новое, В работе" in task.text
        found = await machine(there.here)
        assert (found.service_status.value, found.maintenance_date.value) == ("Разобран", "2027-01-01")
        await there.patch(service_status="В работе")
        await there.work()
        assert here_fields(there, lead_id)[0] == "В работе"


async def test_an_equal_value_does_nothing() -> None:
    async with registered() as (there, _):
        await there.patch(service_status="Диагностика")
        await there.work()
        entries, writes = len(await there.here.entries()), there.here.crm.writes
        assert (await there.patch(service_status="Диагностика")).status_code == 200
        await there.work()
        assert (len(await there.here.entries()), there.here.crm.writes) == (entries, writes)


async def test_a_change_overtaken_in_amocrm_is_not_written() -> None:
    async with registered() as (there, lead_id):
        await there.patch(service_status="Диагностика")
        there.here.clock.seconds += 60
        there.here.crm.fill(lead_id, {STATUS_FIELD: "Завершено"})
        await there.work()
        assert here_fields(there, lead_id)[0] == "Завершено"
        assert (await machine(there.here)).service_status.value == "Завершено"
        assert there.here.crm.notes == {}


async def test_a_change_made_in_amocrm_before_loses_and_stays_in_the_history() -> None:
    async with registered() as (there, lead_id):
        there.here.clock.seconds += 60
        there.here.crm.fill(lead_id, {STATUS_FIELD: "Завершено"})
        await there.patch(service_status="Диагностика")
        await there.work()
        assert here_fields(there, lead_id)[0] == "Диагностика"
        kept = [(one.source, one.value, one.applied) for one in (await lines(there.here))[1:]]
        assert kept == [("passport", "Диагностика", True), ("crm", "Завершено", False)]


async def test_a_change_waits_while_amocrm_is_away_and_is_valid_all_the_same() -> None:
    async with registered() as (there, lead_id):

        def away(_operation: str, _applied: bool) -> None:
            raise TemporaryFailure("no answer", neighbour="crm")

        there.here.crm.interfere = away
        await there.patch(maintenance_date="2027-05-20")
        assert await there.here.run_once() == 1
        shown = await there.http.get("/passport/equipment/4455", headers=there.visitor())
        assert shown.json()["maintenance_date"] == "2027-05-20"
        there.here.crm.interfere = lambda *_: None
        there.here.clock.seconds += 600
        await there.work()
        assert here_fields(there, lead_id)[1] == "2027-05-20"


async def test_the_changes_of_both_sides_in_turn_end_equal() -> None:
    async with registered() as (there, lead_id):
        await there.patch(maintenance_date="2027-01-01")
        await there.work()
        await filled(there.here, lead_id, date="2027-02-02")
        await there.patch(maintenance_date=None)
        await there.work()
        await filled(there.here, lead_id, date="2027-03-03")
        assert (await machine(there.here)).maintenance_date.value == "2027-03-03"
        assert there.here.crm.leads[lead_id].fields[DATE_FIELD] == "2027-03-03"


async def test_a_customer_asks_for_service_on_his_machine() -> None:
    async with registered() as (there, first):
        body = {"kind": "service", "serial_number": "4455", "comment": "Не включается шпиндель", "phone": "89123456789"}
        headers = there.visitor() | {"Idempotency-Key": "tap-1"}
        answer = await there.http.post("/passport/requests", json=body, headers=headers)
        assert answer.status_code == 202
        again = await there.http.post("/passport/requests", json=body, headers=headers)
        assert again.json() == answer.json()
        asked = (await there.http.get("/passport/requests", headers=there.visitor())).json()
        assert [(one["reference"], one["state"], one["lead_status"]) for one in asked] == [
            (answer.json()["reference"], "Принята, передаём менеджеру", None)
        ]
        await there.work()
        lead_id = max(there.here.crm.leads)
        made = there.here.crm.leads[lead_id]
        assert made.lead.name.startswith(f"Сервис {answer.json()['reference']}")
        assert (made.lead.serial_number, made.lead.telegram_id) == ("4455", "777")
        assert made.contact_id == there.here.crm.leads[first].contact_id
        (note,) = there.here.crm.notes.values()
        assert f"Станок из Цифрового паспорта: 16К20, зав. № 4455, сделка {first}" in note.text
        assert (await state(there)) == ("Передана менеджеру", None)
        there.here.crm.move(lead_id, 80953558)
        await told(there.here, lead_id)
        assert (await state(there)) == ("В работе", "в работе")
        await won(there.here, lead_id)
        assert (await state(there)) == ("Выполнена", "выполнена")
        fields = [one.field for one in await lines(there.here)]
        assert fields == ["registered", "request", "deal"]


async def test_a_customer_orders_parts_in_his_own_words() -> None:
    async with registered() as (there, _):
        body = {"kind": "parts", "serial_number": "4455", "items": [{"name": "Ремень клиновой", "quantity": 4}]}
        assert (await there.http.post("/passport/requests", json=body, headers=there.visitor())).status_code == 202
        await there.work()
        made = there.here.crm.leads[max(there.here.crm.leads)].lead
        assert made.tags == ("приложение", "заказ")
        assert "Ремень клиновой — 4 шт" in next(iter(there.here.crm.notes.values())).text


async def test_a_serial_number_with_a_slash_has_its_address() -> None:
    async with platform() as there:
        await won(there.here, await deal(there.here, serial_number="ДМГ-2207/14"))
        for address in ("ДМГ-2207%2F14", "ДМГ-2207/14", "дмг-2207%2F14/"):
            shown = await there.http.get(f"/passport/equipment/{address}", headers=KEY)
            assert shown.json()["serial_number"] == "ДМГ-2207/14"
        assert 'route="/passport/equipment/{serial_number' in (await there.http.get("/metrics")).text


@pytest.mark.parametrize("content", [b"{", b"[" * 100_000, b'{"maintenance_date": "15.01.2027"}', b"[]"])
async def test_who_may_not_change_a_machine_is_told_nothing_of_its_form(content: bytes) -> None:
    async with registered() as (there, _):
        for headers, status in (({}, 401), (there.visitor(), 403), (KEY, 422)):
            answer = await there.http.patch("/passport/equipment/4455", content=content, headers=headers)
            assert answer.status_code == status


async def test_a_change_is_read_whatever_its_content_type() -> None:
    async with registered() as (there, _):
        headers = KEY | {"Content-Type": "application/x-www-form-urlencoded"}  # what curl -d says
        body = b'{"maintenance_date": "2027-01-15"}'
        answer = await there.http.patch("/passport/equipment/4455", content=body, headers=headers)
        assert answer.json()["maintenance_date"] == "2027-01-15"


async def test_the_last_request_of_a_day_may_be_repeated_until_it_is_answered() -> None:
    async with registered() as (there, _):
        body = {"kind": "service", "serial_number": "4455"}

        async def ask(mark: int) -> httpx.Response:
            headers = there.visitor() | {"Idempotency-Key": str(mark)}
            return await there.http.post("/passport/requests", json=body, headers=headers)

        last = [await ask(mark) for mark in range(20)][-1]
        assert (await ask(19)).json() == last.json()
        assert (await ask(20)).status_code == 429


async def test_a_model_longer_than_a_forms_field_is_no_obstacle() -> None:
    async with registered() as (there, lead_id):
        there.here.crm.leads[lead_id].fields[712631] = "Станок " * 30
        await filled(there.here, lead_id)
        body = {"kind": "service", "serial_number": "4455"}
        assert (await there.http.post("/passport/requests", json=body, headers=there.visitor())).status_code == 202


async def test_a_request_about_a_foreign_machine_is_refused_and_there_is_a_daily_cap() -> None:
    async with registered() as (there, _):
        foreign = {"kind": "service", "serial_number": "4455"}
        answer = await there.http.post("/passport/requests", json=foreign, headers=there.visitor(STRANGER))
        assert answer.status_code == 404
        wordless = await there.http.post("/passport/requests", json={"kind": "service"}, headers=there.visitor())
        assert wordless.status_code == 422
        for _ in range(20):
            await there.http.post("/passport/requests", json=foreign, headers=there.visitor())
        assert (await there.http.post("/passport/requests", json=foreign, headers=there.visitor())).status_code == 429


async def test_without_keys_nobody_comes_in() -> None:
    async with platform(SYNCED) as there:
        for headers in (KEY, there.visitor()):
            answer = await there.http.get("/passport/equipment/4455", headers=headers)
            assert answer.status_code == 503
            assert answer.json()["cure"].startswith("set MAILSYNC_")


async def test_a_customer_does_not_see_what_is_between_us_and_others() -> None:
    async with registered() as (there, lead_id):
        await filled(there.here, lead_id, telegram=str(STRANGER))
        shown = (await there.http.get("/passport/equipment", headers=there.visitor(STRANGER))).json()
        assert [line["field"] for line in shown[0]["history"]] == ["registered"]
        assert (await there.http.get("/passport/equipment", headers=there.visitor())).json() == []


def here_fields(there: Platform, lead_id: int) -> tuple[str | None, str | None]:
    held = there.here.crm.leads[lead_id].fields
    return held.get(STATUS_FIELD), held.get(DATE_FIELD)


async def state(there: Platform) -> tuple[str, str | None]:
    (asked,) = (await there.http.get("/passport/requests", headers=there.visitor())).json()
    return asked["state"], asked["lead_status"]
