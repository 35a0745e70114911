"""The client against a scripted service: what goes out, what a failure means, what is repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest

from crm.answers import Effect
from crm.calls import Observed
from crm.client import AmoCRM
from crm.entities import EntityType, Existing, Lead, NewContact, NewLead
from crm.errors import Blocked, CrmError, NotSent, OutcomeUnknown, RateLimited, Refused, Unauthorized, Unavailable
from crm.note_types import NewNote, Text
from crm.settings import Settings
from crm.tokens import MemoryTokenStore, TokenPair
from tests.crm import virtual
from tests.crm.service import Script, Service, complex_answer, embedded, html, in_turn, problem

SETTINGS = Settings(base_url="https://demo.amocrm.ru", long_lived_token="t0ken", client_id="id", client_secret="s")


def with_client(
    script: Script, use: Callable[[AmoCRM], Coroutine[Any, Any, Any]], settings: Settings = SETTINGS, **more: Any
) -> tuple[Any, Service]:
    service = Service(script)

    async def main() -> Any:
        async with AmoCRM(settings, transport=service, clock=virtual.VirtualClock(), **more) as client:
            return await use(client)

    return virtual.run(main()), service


def failing(script: Script, use: Callable[[AmoCRM], Coroutine[Any, Any, Any]], **more: Any) -> tuple[CrmError, Service]:
    async def caught(client: AmoCRM) -> CrmError:
        with pytest.raises(CrmError) as raised:
            await use(client)
        return raised.value

    return with_client(script, caught, **more)


def one_lead(client: AmoCRM) -> Coroutine[Any, Any, Any]:
    return client.leads.create_complex(NewLead(name="Заказ", contact=NewContact("Иван", emails=("a@b.ru",))))


def test_a_lead_is_created_with_its_contact_in_one_call() -> None:
    lead, service = with_client(complex_answer, one_lead)
    assert (lead.id, lead.contact_id, lead.merged) == (901, 77, False)
    assert service.seen[0].headers["authorization"] == "Bearer t0ken"
    assert service.seen[0].body == [
        {
            "name": "Заказ",
            "request_id": "0",
            "_embedded": {
                "contacts": [
                    {
                        "name": "Иван",
                        "custom_fields_values": [
                            {"field_code": "EMAIL", "values": [{"value": "a@b.ru", "enum_code": "WORK"}]}
                        ],
                    }
                ]
            },
        }
    ]


def test_writers_of_one_moment_share_a_request() -> None:
    async def many(client: AmoCRM) -> list[int]:
        leads = await asyncio.gather(*(client.leads.create_complex(NewLead(name=str(n))) for n in range(120)))
        return [lead.id for lead in leads]

    ids, service = with_client(complex_answer, many)
    assert [len(one.body) for one in service.seen] == [50, 50, 20]
    assert ids[:3] == [901, 902, 903]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (httpx.ConnectError("no"), Unavailable),
        (httpx.ConnectTimeout("no"), Unavailable),
        (httpx.ReadError("cut"), OutcomeUnknown),
        (httpx.RemoteProtocolError("cut"), OutcomeUnknown),
        (60.0, OutcomeUnknown),
        (html(500), OutcomeUnknown),
        (html(502), OutcomeUnknown),
        (html(504), OutcomeUnknown),
        (html(408), OutcomeUnknown),
        (problem(429, retry_after=3), OutcomeUnknown),
        (httpx.Response(200, content=b"<html>"), OutcomeUnknown),
        (httpx.Response(200, json=[]), OutcomeUnknown),
        (problem(400), Refused),
        (problem(422), Refused),
        (httpx.Response(302, headers={"location": "https://evil.example/"}), Refused),
        (html(403), Blocked),
    ],
)
def test_a_failed_write_says_whether_it_may_have_been_applied(reply: Any, expected: type[CrmError]) -> None:
    error, service = failing(in_turn(reply), one_lead)
    assert type(error) is expected
    assert len(service.seen) == 1


def test_a_token_that_the_account_refuses_too_is_put_aside() -> None:
    error, service = failing(in_turn(problem(401), problem(401)), one_lead)
    assert type(error) is Unauthorized
    assert [one.method for one in service.seen] == ["POST", "GET"]


def test_a_read_is_repeated_after_a_failure_of_the_service() -> None:
    script = in_turn(html(502), httpx.ReadError("cut"), httpx.Response(200, json={"id": 5, "name": "A"}))
    lead, service = with_client(script, lambda client: client.leads.get(5))
    assert lead.name == "A"
    assert len(service.seen) == 3


def test_a_429_pauses_everybody_for_as_long_as_the_service_says() -> None:
    script = in_turn(problem(429, retry_after=30), httpx.Response(204))
    _, service = with_client(script, lambda client: client.leads.get(5))
    assert service.seen[1].at >= 30


def test_a_pause_longer_than_the_deadline_fails_at_once() -> None:
    error, service = failing(in_turn(problem(429, retry_after=300)), lambda client: client.leads.get(5))
    assert isinstance(error, RateLimited)
    assert error.retry_after == pytest.approx(300)
    assert len(service.seen) == 1


def test_a_missing_lead_is_none() -> None:
    assert with_client(in_turn(httpx.Response(204)), lambda client: client.leads.get(5))[0] is None


def test_a_403_for_everything_stops_all_calls_until_a_probe_succeeds() -> None:
    alerts: list[Blocked | None] = []

    async def use(client: AmoCRM) -> list[str]:
        outcomes = []
        for pause in (0, 10, 300):
            await asyncio.sleep(pause)
            try:
                await client.leads.get(5)
                outcomes.append("done")
            except Blocked as error:
                outcomes.append(f"blocked {error.status}")
        return outcomes

    script = in_turn(html(403), httpx.Response(200, json={"id": 1}), httpx.Response(204))
    outcomes, service = with_client(script, use, on_block=alerts.append)
    assert outcomes == ["blocked 403", "blocked 403", "done"]
    assert service.paths() == ["GET /leads/5", "GET /account", "GET /leads/5"]
    assert [alert.status if alert else None for alert in alerts] == [403, None]


def test_a_403_about_rights_refuses_one_request_and_stops_nobody() -> None:
    alerts: list[Blocked | None] = []
    script = in_turn(problem(403), httpx.Response(200, json={"id": 1}))
    error, service = failing(script, one_lead, on_block=alerts.append)
    assert alerts == []
    assert isinstance(error, Refused)
    assert "нет прав" in error.cure.ru
    assert service.paths() == ["POST /leads/complex", "GET /account"]


def test_named_items_of_a_batch_fail_alone() -> None:
    def script(seen: Any) -> httpx.Response:
        bad = [item["request_id"] for item in seen.body if item["name"] in {"3", "7"}]
        if not bad:
            return complex_answer(seen)
        errors = [{"code": "NotSupportedChoice", "path": "status_id", "detail": "no"}]
        return problem(400, **{"validation-errors": [{"request_id": one, "errors": errors} for one in bad]})

    async def many(client: AmoCRM) -> list[Any]:
        leads = (client.leads.create_complex(NewLead(name=str(n))) for n in range(10))
        return await asyncio.gather(*leads, return_exceptions=True)

    results, service = with_client(script, many)
    assert [n for n, one in enumerate(results) if isinstance(one, Refused)] == [3, 7]
    assert results[3].items[0].path == "status_id"
    assert len(service.seen) == 2


@pytest.mark.parametrize("poison", [0, 1, 24, 25, 31, 48, 49])
def test_an_unnamed_poison_item_costs_at_most_seven_more_calls(poison: int) -> None:
    def script(seen: Any) -> httpx.Response:
        return problem(400) if any(item["name"] == str(poison) for item in seen.body) else complex_answer(seen)

    async def many(client: AmoCRM) -> list[Any]:
        leads = (client.leads.create_complex(NewLead(name=str(n))) for n in range(50))
        return await asyncio.gather(*leads, return_exceptions=True)

    results, service = with_client(script, many)
    assert [n for n, one in enumerate(results) if isinstance(one, Refused)] == [poison]
    assert len(service.seen) <= 1 + 7


def test_notes_of_different_leads_share_a_request() -> None:
    def script(seen: Any) -> httpx.Response:
        return embedded("notes", [{"id": 7000 + n, "request_id": one["request_id"]} for n, one in enumerate(seen.body)])

    async def many(client: AmoCRM) -> list[int]:
        notes = (NewNote(EntityType.LEADS, 900 + n, Text(f"письмо {n}")) for n in range(3))
        return [made.id for made in await asyncio.gather(*map(client.notes.create, notes))]

    ids, service = with_client(script, many)
    assert ids == [7000, 7001, 7002]
    assert service.paths() == ["POST /leads/notes"]


def test_an_answer_whose_request_id_is_null_is_matched_by_its_place() -> None:
    script = in_turn(embedded("notes", [{"id": 7001, "request_id": None}]))
    made, service = with_client(
        script, lambda client: client.notes.create(NewNote(EntityType.LEADS, 900, Text("письмо")))
    )
    assert made.id == 7001
    assert service.paths() == ["POST /leads/notes"]


def named(mark: str, lead: Lead) -> bool:
    return mark in lead.name


def test_a_lost_lead_is_found_by_its_mark_among_the_newest() -> None:
    leads = [{"id": n, "name": f"Заказ RS-{n}", "created_at": int(virtual.START) + n} for n in (903, 902, 901)]

    async def find(client: AmoCRM) -> list[Any]:
        at = datetime.fromtimestamp(virtual.START, UTC)
        marks = ("RS-901", "RS-903", "RS-999")
        return await asyncio.gather(*(client.find.lead(partial(named, mark), at) for mark in marks))

    found, service = with_client(lambda _: embedded("leads", leads), find)
    assert [lead and lead.id for lead in found] == [901, 903, None]
    assert len(service.seen) == 1


def test_two_letters_of_a_new_customer_make_one_contact() -> None:
    def script(seen: Any) -> httpx.Response:
        return complex_answer(seen) if seen.method == "POST" else httpx.Response(204)

    async def two(client: AmoCRM) -> list[Any]:
        new = [
            NewLead(name=str(n), contact=NewContact("Иван", emails=(mail,)))
            for n, mail in enumerate(("A@b.ru", "a@B.ru"))
        ]
        return await asyncio.gather(*map(client.book.create_lead, new))

    _, service = with_client(script, two)
    writes = [one.body[0]["_embedded"]["contacts"][0] for one in service.seen if one.method == "POST"]
    assert writes[1] == {"id": 77}


def test_a_refused_access_token_is_refreshed_once_and_the_call_repeated() -> None:
    pair = TokenPair("old", "r1", datetime(2030, 1, 1, tzinfo=UTC), "https://demo.amocrm.ru")
    store = MemoryTokenStore(pair)

    def script(seen: Any) -> httpx.Response:
        if seen.path == "/oauth2/access_token":
            return httpx.Response(200, json={"access_token": "new", "refresh_token": "r2", "expires_in": 86400})
        return httpx.Response(204) if seen.headers["authorization"] == "Bearer new" else problem(401)

    settings = Settings(base_url="https://demo.amocrm.ru", client_id="id", client_secret="s")
    _, service = with_client(script, lambda client: client.leads.get(5), settings=settings, tokens=store)
    assert service.paths() == ["GET /leads/5", "POST /oauth2/access_token", "GET /leads/5"]
    saved = virtual.run(store.load())
    assert saved is not None
    assert saved.refresh_token == "r2"


def test_an_existing_contact_is_named_by_id() -> None:
    _, service = with_client(complex_answer, lambda client: client.leads.create_complex(NewLead(contact=Existing(77))))
    assert service.seen[0].body[0]["_embedded"] == {"contacts": [{"id": 77}]}


def test_a_next_link_to_another_origin_is_not_followed() -> None:
    body = {
        "_links": {"next": {"href": "https://evil.example/api/v4/leads?page=2"}},
        "_embedded": {"leads": [{"id": 1}]},
    }

    async def read(client: AmoCRM) -> list[Any]:
        return [lead async for lead in client.leads.select()]

    error, service = failing(in_turn(httpx.Response(200, json=body)), read)
    assert isinstance(error, Refused)
    assert len(service.seen) == 1


def test_errors_carry_the_request_id_and_no_token() -> None:
    reply = problem(400)
    reply.headers["x-request-id"] = "req-1"
    error, _ = failing(in_turn(reply), one_lead)
    assert error.request_id == "req-1"
    assert "t0ken" not in repr(error) + str(error)


def test_every_call_is_observed_without_ids_or_secrets() -> None:
    calls: list[Observed] = []
    script = in_turn(httpx.Response(204, headers={"x-request-id": "r-1"}), html(502), httpx.ReadError("cut"))

    async def use(client: AmoCRM) -> None:
        await client.leads.get(901)
        for path in ("/drive/upload/17/secret", "https://demo.amocrm.ru/drive/v1.0/files/0b1e77aa-0000"):
            with pytest.raises(CrmError):
                await client.api.call("POST", path, effect=Effect.CREATE)

    with_client(script, use, on_call=calls.append)
    assert [(one.method, one.resource, one.status, one.request_id) for one in calls] == [
        ("GET", "/leads/*", 204, "r-1"),
        ("POST", "/*/upload/*/*", 502, None),
        ("POST", "/*/*/files/*", None, None),
    ]


class BrokenStore(MemoryTokenStore):
    """A store whose disk is full."""

    async def load(self) -> TokenPair | None:
        raise OSError("no space left")


def test_a_broken_token_store_leaves_nobody_waiting_and_sends_nothing() -> None:
    settings = Settings(base_url="https://demo.amocrm.ru")
    error, service = failing(in_turn(), one_lead, settings=settings, tokens=BrokenStore())
    assert isinstance(error, NotSent)
    assert isinstance(error.__cause__, OSError)
    assert service.seen == []


def test_a_dead_service_is_asked_once_for_all_who_look_for_somebody() -> None:
    async def use(client: AmoCRM) -> list[Any]:
        lookups = (client.book.find_contact([f"{n}@b.ru"]) for n in range(100))
        return await asyncio.gather(*lookups, return_exceptions=True)

    errors, service = with_client(lambda _: html(502), use)
    assert all(isinstance(error, Unavailable) for error in errors)
    assert len({id(error) for error in errors}) == 100
    assert len(service.seen) == 4


def test_whoever_looks_for_somebody_when_the_client_closes_is_told() -> None:
    async def use(client: AmoCRM) -> None:
        lookup = asyncio.create_task(client.book.find_contact(["a@b.ru"]))
        search = asyncio.create_task(client.find.lead(lambda _: True, datetime.now(UTC)))
        await asyncio.sleep(1)
        await client.aclose()
        for task in (lookup, search):
            with pytest.raises(NotSent):
                await task

    with_client(lambda _: 20.0, use)


def test_closing_takes_no_longer_than_its_grace() -> None:
    async def use(client: AmoCRM) -> None:
        under_way = asyncio.create_task(one_lead(client))
        await asyncio.sleep(1)
        waiting = asyncio.create_task(one_lead(client))
        client.limiter.pause(60)
        paused = asyncio.create_task(client.notes.create(NewNote(EntityType.LEADS, 1, Text("а"))))
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        await client.aclose(grace=5)
        assert asyncio.get_running_loop().time() - began == 5
        with pytest.raises(OutcomeUnknown):
            await under_way
        for task in (waiting, paused):
            with pytest.raises(NotSent):
                await task

    _, service = with_client(lambda _: 20.0, use)
    assert len(service.seen) == 1


@pytest.mark.parametrize(
    "read",
    [
        lambda client: client.leads.get(5),
        lambda client: client.contacts.get(5),
        lambda client: client.companies.get(5),
        lambda client: client.notes.get(EntityType.LEADS, 5),
        lambda client: client.tasks.get(5),
    ],
    ids=["lead", "contact", "company", "note", "task"],
)
def test_an_entity_that_is_missing_is_none_and_one_that_cannot_be_read_is_an_error_of_ours(
    read: Callable[[AmoCRM], Coroutine[Any, Any, Any]],
) -> None:
    assert with_client(in_turn(httpx.Response(204)), read)[0] is None
    assert with_client(in_turn(problem(404)), read)[0] is None
    bodies: tuple[Any, ...] = ([], "text", {"name": "without id"})
    for body in bodies:
        error, _ = failing(in_turn(httpx.Response(200, json=body)), read)
        assert isinstance(error, Unavailable)


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (httpx.Response(200, text="<html>"), OutcomeUnknown),
        (httpx.Response(200, json=[]), OutcomeUnknown),
        (httpx.Response(200, json={"upload_url": 5, "max_part_size": 4}), OutcomeUnknown),
        (httpx.Response(200, json={"upload_url": "https://evil.example/", "max_part_size": 4}), Refused),
    ],
)
def test_an_upload_that_cannot_go_on_is_an_error_of_ours(session: httpx.Response, expected: type[CrmError]) -> None:
    account = httpx.Response(200, json={"id": 1, "drive_url": "https://drive-b.amocrm.ru"})
    error, _ = failing(in_turn(account, session), lambda client: client.files.upload("a.txt", b"0123456789"))
    assert type(error) is expected


@pytest.mark.parametrize(
    ("base_url", "drive", "trusted"),
    [
        ("https://demo.amocrm.ru", "https://drive-b.amocrm.ru", True),
        ("https://demo.amocrm.ru", "https://demo.amocrm.ru/drive", True),
        ("https://crm.example", "https://crm.example:8443", True),
        ("https://crm.example", "http://crm.example", False),
        ("https://demo.amocrm.ru", "http://drive-b.amocrm.ru", False),
        ("https://demo.amocrm.ru", "https://drive-b.amocrm.ru.evil.example", False),
        ("https://demo.amocrm.ru", "http://127.0.0.1:8900", False),
        ("http://127.0.0.1:8900", "http://localhost:8901", True),
        ("http://127.0.0.1:8900", "https://evil.example", False),
        ("http://127.0.0.1:8900", "", False),
    ],
)
def test_the_token_goes_only_to_a_drive_of_amocrms_or_one_as_near_as_the_account(
    base_url: str, drive: str, trusted: bool
) -> None:
    script = in_turn(httpx.Response(200, json={"id": 1, "drive_url": drive}), problem(400))
    settings = Settings(base_url, long_lived_token="t0ken")
    error, service = failing(script, lambda client: client.files.upload("a.txt", b"a"), settings=settings)
    assert type(error) is (Refused if trusted else Unavailable)
    assert len(service.seen) == 1 + trusted


@pytest.mark.parametrize("size", [None, 0, -1, "4", 1.5])
def test_a_part_size_that_makes_no_sense_is_not_believed(size: Any) -> None:
    drive = "https://drive-b.amocrm.ru"
    script = in_turn(
        httpx.Response(200, json={"id": 1, "drive_url": drive}),
        httpx.Response(200, json={"upload_url": f"{drive}/1", "max_part_size": size}),
        httpx.Response(200, json={"uuid": "u", "name": "a.txt"}),
    )
    file, service = with_client(script, lambda client: client.files.upload("a.txt", b"0123456789"))
    assert file.uuid == "u"
    assert service.seen[-1].body == b"0123456789"


def test_a_closed_client_sends_nothing() -> None:
    async def use(client: AmoCRM) -> None:
        await client.aclose()
        with pytest.raises(NotSent):
            await one_lead(client)

    _, service = with_client(in_turn(), use)
    assert service.seen == []
