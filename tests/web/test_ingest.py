"""Requests of the site, the bot, the cart and the Mini App: accepted at once, a lead each, nothing twice."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.journal.records import State
from mailsync.web.ingest import TEST_WAITERS
from tests.web.endpoint import BEARER, WEB, endpoint, working
from tests.web.slow_journal import while_the_disk_is_slow, with_time_ahead
from tests.worker.house import CONFIG, letter

CART: dict[str, Any] = {
    "source": "cart",
    "contact": {
        "name": "Иванов Пётр",
        "phone": "8 (495) 123-45-67 доб. 12",
        "email": "Ivanov@Zavod.example",
        "company": "ООО «Станкомаш»",
        "inn": "7707083893",
    },
    "telegram_id": 123456789,
    "equipment": {"model": "16K20", "serial_number": " 4455 "},
    "items": [{"name": "Патрон токарный", "part_number": "7100-0035", "quantity": 2, "unit": "штук"}],
    "comment": "Нужно срочно",
    "page": "https://tdrusstankosbyt.ru/cart",
}


async def test_a_cart_becomes_a_lead_with_everything_it_said_and_a_confirmation() -> None:
    async with endpoint() as there:
        answer = await there.http.post("/ingest/leads", json=CART, headers=BEARER)
        assert answer.status_code == 202
        reference = answer.json()["reference"]
        assert answer.json() == {"status": "accepted", "reference": reference}
        await there.work()
        (lead,) = there.here.crm.leads.values()
        made = lead.lead
        assert made.name == f"Заказ {reference}: корзина, Патрон токарный"
        assert (made.serial_number, made.equipment_model, made.telegram_id) == ("4455", "16К20", "123456789")
        assert made.tags == ("корзина", "заказ")
        assert made.contact
        assert made.contact.phones == ("+74951234567;ext=12",)
        assert made.contact.emails == ("ivanov@zavod.example",)
        assert made.company
        assert made.company.inn == "7707083893"
        (note,) = there.here.crm.notes.values()
        assert "1. Патрон токарный, 7100-0035 — 2 шт" in note.text
        assert "Нужно срочно" in note.text
        (sent,) = there.here.submission.accepted
        confirmation = message_from_bytes(sent.raw, policy=default)
        assert confirmation["Subject"] == f"Ваша заявка {reference}"


async def test_the_comment_is_read_as_a_letter_is() -> None:
    said = "Станок 16K20, зав. № 4455.\nПросим счёт: патрон токарный 3-х кулачковый - 2 шт.\nТелефон +7 912 345-67-89"
    async with endpoint() as there:
        body = {"source": "site", "contact": {"email": "a@zavod.example"}, "comment": said}
        await there.http.post("/ingest/leads", json=body, headers=BEARER)
        await there.work()
        (lead,) = there.here.crm.leads.values()
        assert lead.lead.equipment_model == "16К20"
        assert lead.lead.serial_number == "4455"
        assert lead.lead.contact
        assert lead.lead.contact.phones == ("+79123456789",)
        assert lead.lead.name.startswith("Заказ ")


async def test_an_address_that_only_the_comment_names_gets_no_letter() -> None:
    async with endpoint() as there:
        for contact in ({"phone": "+7 912 345-67-89"}, {"email": "a@zavod.example"}):
            body = {"source": "site", "contact": contact, "comment": "Пишите на victim@other.example, нужен патрон"}
            await there.http.post("/ingest/leads", json=body, headers=BEARER)
        await there.work()
        assert len(there.here.crm.leads) == 2
        assert [sent.rcpt_to for sent in there.here.submission.accepted] == [("a@zavod.example",)]


def test_a_slow_journal_is_waited_for_so_that_no_answer_says_not_stored_of_what_is_stored() -> None:
    async def main() -> tuple[int, int]:
        async with endpoint() as there:
            cart = there.http.post("/ingest/leads", json=CART, headers=BEARER)
            return await while_the_disk_is_slow(there.here, cart)

    assert with_time_ahead(main) == (202, 1)


async def test_a_cart_order_and_the_letter_about_it_meet_in_one_contact() -> None:
    async with endpoint() as there:
        await there.http.post("/ingest/leads", json=CART, headers=BEARER)
        await there.here.mailbox.deliver(letter("Прошу счёт: патрон токарный 7100-0035 - 2 шт."))
        assert await there.worker.run_once() == 0
        assert len(there.here.crm.contacts) == 1
        assert len(there.here.crm.leads) == 2


async def test_the_same_idempotency_key_gets_the_same_reference_for_a_day() -> None:
    async with endpoint() as there:
        headers = BEARER | {"Idempotency-Key": "order-1"}
        first = await there.http.post("/ingest/leads", json=CART, headers=headers)
        again = await there.http.post("/ingest/leads", json=CART, headers=headers)
        assert again.json() == first.json()
        other = await there.http.post("/ingest/leads", json=CART | {"comment": "другое"}, headers=headers)
        assert other.status_code == 422
        assert "Idempotency-Key" in other.json()["error"]
        bot = await there.http.post("/ingest/leads", json=CART | {"source": "bot"}, headers=headers)
        assert (bot.status_code, bot.json() == first.json()) == (202, False)
        there.here.clock.seconds += 86_401
        later = await there.http.post("/ingest/leads", json=CART, headers=headers)
        assert later.json()["reference"] != first.json()["reference"]


async def test_without_a_key_each_request_is_its_own() -> None:
    async with endpoint() as there:
        answers = [await there.http.post("/ingest/leads", json=CART, headers=BEARER) for _ in range(2)]
        assert len({answer.json()["reference"] for answer in answers}) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source": "site"}, "body"),
        ({"source": "fax", "contact": {"phone": "+7 495 123-45-67"}}, "source"),
        ({"source": "site", "contact": {"email": "no address"}}, "contact.email"),
        ({"source": "site", "telegram_id": "1", "items": [{"name": "x", "quantity": 0}]}, "items.0.quantity"),
        ({"source": "site", "telegram_id": "1", "items": [{"name": " "}]}, "items.0"),
    ],
)
async def test_a_bad_request_is_told_what_is_wrong_without_its_own_words(body: dict[str, Any], field: str) -> None:
    async with endpoint() as there:
        answer = await there.http.post("/ingest/leads", json=body, headers=BEARER)
        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["problems"]] == [field]
        assert "no address" not in answer.text


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"contact": None, "equipment": None, "items": None, "comment": None}, ""),
        ({"items": [{"part_number": "7100-0035"}]}, "1. 7100-0035 — 1 шт"),
        ({"items": [{"name": "Ремень", "quantity": None, "unit": None}]}, "1. Ремень — 1 шт"),
        ({"items": [{"name": "СОЖ", "quantity": "2,5", "unit": "л"}]}, "1. СОЖ — 2.5 л"),
    ],
)
async def test_what_a_form_leaves_out_or_sets_to_null_is_not_missed(body: dict[str, Any], line: str) -> None:
    async with endpoint() as there:
        request = {"source": "bot", "telegram_id": "42"} | body
        answer = await there.http.post("/ingest/leads", json=request, headers=BEARER)
        assert answer.status_code == 202
        await there.work()
        (note,) = there.here.crm.notes.values()
        assert line in note.text


async def test_a_refused_address_is_named_in_plain_words() -> None:
    async with endpoint() as there:
        body = {"source": "site", "contact": {"email": "ivan at zavod"}}
        answer = await there.http.post("/ingest/leads", json=body, headers=BEARER)
        assert answer.json()["problems"] == [{"field": "contact.email", "problem": "not an e-mail address"}]


@pytest.mark.parametrize("content", [b"", b"[", b"null", b'{"source": "site", "telegram_id": "\\ud800"}', b"\xff"])
async def test_what_is_no_json_is_refused(content: bytes) -> None:
    async with endpoint() as there:
        answer = await there.http.post("/ingest/leads", content=content, headers=BEARER)
        assert answer.status_code == 422


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic aW5nZXN0LWtleQ=="}]
)
async def test_nobody_gets_in_without_the_key(headers: dict[str, str]) -> None:
    async with endpoint() as there:
        answer = await there.http.post("/ingest/leads", json=CART, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert await there.here.entries() == []


async def test_the_older_of_two_keys_is_good_as_well() -> None:
    async with endpoint() as there:
        answer = await there.http.post("/ingest/leads", json=CART, headers={"Authorization": "Bearer older-key"})
        assert answer.status_code == 202


async def test_without_a_configured_key_the_endpoint_is_closed() -> None:
    async with endpoint(CONFIG) as there:
        answer = await there.http.post("/ingest/leads", json=CART, headers=BEARER)
        assert answer.status_code == 503
        assert answer.json() == {"error": "not configured", "cure": "set MAILSYNC_WEB__INGEST_KEY"}


async def test_the_connection_test_makes_one_tagged_lead_an_hour() -> None:
    async with endpoint() as there, working(there):
        first = await there.http.get("/ingest/test-crm")
        assert first.status_code == 200
        (lead,) = there.here.crm.leads.values()
        assert first.json() == {"status": "success", "amo_lead_id": lead.id}
        assert lead.lead.tags == ("тест",)
        again = await there.http.get("/ingest/test-crm")
        assert again.json() == first.json()
        there.here.clock.seconds += 3601
        later = await there.http.get("/ingest/test-crm")
        assert later.json()["amo_lead_id"] != lead.id


async def test_the_connection_test_tells_what_is_wrong_and_then_that_it_is_mended() -> None:
    failure: Exception | None = TemporaryFailure("401 Unauthorized", cure="новый auth_code", neighbour="crm")

    def interfere(operation: str, applied: bool) -> None:
        if failure and operation == "create_lead" and not applied:
            raise failure

    async with endpoint() as there, working(there):
        there.here.crm.interfere = interfere
        away = await there.http.get("/ingest/test-crm", headers=BEARER)
        assert away.status_code == 503
        assert away.json() == {"error": "401 Unauthorized", "cure": "новый auth_code"}
        failure = PermanentFailure("AmoCRM refused it: status_id", cure="исправьте amocrm.status_id")
        there.here.clock.seconds += 600
        refused = await there.http.get("/ingest/test-crm", headers=BEARER)
        assert refused.status_code == 502
        assert refused.json()["cure"] == "исправьте amocrm.status_id"
        failure = None
        there.here.clock.seconds += 61
        mended = await there.http.get("/ingest/test-crm")
        assert mended.status_code == 200
        assert len(there.here.crm.leads) == 1


async def test_the_connection_test_tells_strangers_no_more_than_that_it_failed() -> None:
    def interfere(operation: str, applied: bool) -> None:
        if operation == "create_lead" and not applied:
            raise PermanentFailure("AmoCRM refused it: status_id", cure="исправьте amocrm.status_id")

    async with endpoint() as there, working(there):
        there.here.crm.interfere = interfere
        told = await there.http.get("/ingest/test-crm", headers={"Authorization": "Bearer wrong"})
        (entry,) = await there.here.entries()
        assert told.status_code == 502
        assert told.json() == {
            "error": "the test lead could not be made",
            "cure": f"mailsync journal show {entry.reference}",
        }


async def test_the_connection_test_asks_amocrm_anew_once_a_minute_however_often_it_is_called() -> None:
    tried = 0

    def interfere(operation: str, applied: bool) -> None:
        nonlocal tried
        if operation == "create_lead" and not applied:
            tried += 1
            raise PermanentFailure("AmoCRM refused it")

    async with endpoint() as there, working(there):
        there.here.crm.interfere = interfere
        for _ in range(5):
            assert (await there.http.get("/ingest/test-crm")).status_code == 502
        assert tried == 2
        there.here.clock.seconds += 61
        await there.http.get("/ingest/test-crm")
        assert tried == 3


async def test_while_a_few_wait_for_the_connection_test_others_are_answered_at_once() -> None:
    async with endpoint() as there:
        there.services.test_waiters = TEST_WAITERS
        answer = await there.http.get("/ingest/test-crm")
        assert answer.status_code == 503
        assert there.services.test_waiters == TEST_WAITERS


async def test_a_request_by_telegram_alone_gets_a_lead_and_no_letter() -> None:
    async with endpoint(WEB) as there:
        body = {
            "source": "bot",
            "telegram_id": "42",
            "equipment": {"serial_number": "4455"},
            "comment": "Не включается",
        }
        await there.http.post("/ingest/leads", json=body, headers=BEARER)
        await there.work()
        (entry,) = await there.here.entries(State.DONE)
        assert entry.kind == "service"
        assert there.here.submission.accepted == []
