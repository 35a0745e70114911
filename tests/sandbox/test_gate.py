"""What a call meets before and after the API: token, rate limit, block, payment, address list, faults."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest

from crm.sandbox.faults import Fault
from tests.sandbox.caller import BASE_URL, Caller


async def hurried(caller: Caller, calls: int) -> list[int]:
    """Statuses of calls that all arrive at the same moment."""
    return [(await caller.http.get("/api/v4/leads")).status_code for _ in range(calls)]


async def test_the_eighth_call_of_a_second_is_refused(caller: Caller) -> None:
    assert await hurried(caller, 8) == [204] * 7 + [429]
    assert caller.sandbox.max_calls_per_second() == 8


async def test_all_integrations_together_have_a_limit_of_their_own(caller: Caller) -> None:
    caller.sandbox.switches.account_requests_per_second = 9
    other = caller.sandbox.tokens.issue_access(3600, client_id="another")
    bearer = {"Authorization": f"Bearer {other}"}

    mine = await hurried(caller, 7)
    theirs = [(await caller.http.get("/api/v4/account", headers=bearer)).status_code for _ in range(3)]

    assert (mine, theirs) == ([204] * 7, [200, 200, 429])


async def test_the_second_slides(caller: Caller) -> None:
    assert await hurried(caller, 4) == [204] * 4
    caller.clock.now += 0.9
    assert await hurried(caller, 3) == [204] * 3
    caller.clock.now += 0.1
    assert await hurried(caller, 5) == [204] * 4 + [429]


async def test_429_tells_when_to_come_back_or_is_html_that_does_not(caller: Caller) -> None:
    await hurried(caller, 7)
    answer = await caller.http.get("/api/v4/leads")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "retry-after" not in answer.headers
    assert answer.json() == {
        "title": "Too Many Requests",
        "type": "https://httpstatus.es/429",
        "status": 429,
        "detail": "Request limit reached",
        "retry_after": 1,
    }

    caller.sandbox.switches.limit_answer = "html"
    answer = await caller.http.get("/api/v4/leads")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "retry" not in answer.text.lower()
    caller.sandbox.switches.retry_after_header = True
    assert (await caller.http.get("/api/v4/leads")).headers["retry-after"] == "1"


async def test_who_goes_on_is_blocked_for_everything_the_token_endpoint_included(caller: Caller) -> None:
    caller.sandbox.switches.abuse_limit = 3
    statuses = await hurried(caller, 12)
    assert statuses == [204] * 7 + [429] * 3 + [403] * 2

    caller.clock.now += 60
    assert (await caller.http.get("/api/v4/account")).status_code == 403
    refused = await caller.http.post("/oauth2/access_token", json={})
    assert (refused.status_code, refused.headers["content-type"]) == (403, "text/html; charset=utf-8")

    caller.clock.now += 600
    assert (await caller.http.get("/api/v4/account")).status_code == 200


async def test_who_waits_is_forgiven(caller: Caller) -> None:
    caller.sandbox.switches.abuse_limit = 1
    for _ in range(3):
        assert await hurried(caller, 8) == [204] * 7 + [429]
        caller.clock.now += 1


async def test_without_a_good_token_there_is_401(caller: Caller) -> None:
    expired = caller.sandbox.tokens.issue_access(10)
    caller.clock.now += 10
    unauthorized = {
        "title": "Unauthorized",
        "type": "https://httpstatus.es/401",
        "status": 401,
        "detail": "Invalid user name or password",
    }
    for token in ("", "Bearer ", "Bearer nonsense", f"Bearer {expired}"):
        answer = await caller.http.get("/api/v4/account", headers={"Authorization": token})
        assert (answer.status_code, answer.json()) == (401, unauthorized)


async def test_a_token_is_a_readable_jwt(caller: Caller) -> None:
    head, claims, _ = caller.sandbox.long_lived_token.split(".")

    def decoded(part: str) -> Any:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))

    assert decoded(head) == {"typ": "JWT", "alg": "RS256"}
    told = decoded(claims)
    assert (told["exp"], told["api_domain"], told["account_id"], told["sub"]) == (
        1795446000 + 5 * 365 * 86400,
        "demo.amocrm.ru",
        5,
        "12380450",
    )


async def test_the_token_of_a_deleted_user_is_good_for_nothing(caller: Caller) -> None:
    caller.sandbox.account.users.pop(12380450)

    assert (await caller.call("GET", "/api/v4/leads"))[0] == 403


async def test_an_unpaid_account_answers_402(caller: Caller) -> None:
    caller.sandbox.switches.unpaid = True

    assert await caller.call("GET", "/api/v4/account") == (
        402,
        {
            "title": "Payment Required",
            "type": "https://httpstatus.es/402",
            "status": 402,
            "detail": "Payment required",
        },
    )


async def test_only_listed_addresses_may_call(caller: Caller) -> None:
    caller.sandbox.switches.allowed_ips = ("10.0.0.1",)
    assert (await caller.call("GET", "/api/v4/account"))[0] == 403
    caller.sandbox.switches.allowed_ips = ("127.0.0.1",)
    assert (await caller.call("GET", "/api/v4/account"))[0] == 200


async def test_every_answer_has_an_id_of_its_own(caller: Caller) -> None:
    caller.sandbox.fail(Fault(kind="status", status=502, html=True))

    answers = [await caller.http.get("/api/v4/leads") for _ in range(2)]

    assert [answer.headers["x-request-id"] for answer in answers] == ["0" * 31 + "1", "0" * 31 + "2"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
async def test_an_error_says_nothing_about_the_write(caller: Caller, status: int, when: Any, stored: int) -> None:
    caller.sandbox.fail(Fault(kind="status", when=when, status=status, method="POST", path="/api/v4/leads"))

    answered, _ = await caller.call("POST", "/api/v4/leads", [{"name": "Заказ"}])

    assert answered == status
    assert len(caller.sandbox.leads) == stored
    assert caller.sandbox.requests[-1].status == status


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
async def test_a_dropped_connection_says_nothing_either(caller: Caller, when: Any, stored: int) -> None:
    caller.sandbox.fail(Fault(kind="drop", when=when))

    with pytest.raises(httpx.ReadError):
        await caller.call("POST", "/api/v4/leads", [{"name": "Заказ"}])

    assert len(caller.sandbox.leads) == stored
    assert caller.sandbox.requests[-1].status is None


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
async def test_an_answer_may_be_too_late(caller: Caller, when: Any, stored: int) -> None:
    caller.sandbox.fail(Fault(kind="delay", when=when, seconds=600))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(caller.call("POST", "/api/v4/leads", [{"name": "Заказ"}]), 0.05)

    assert len(caller.sandbox.leads) == stored


async def test_500_is_the_services_own_or_a_gateways(caller: Caller) -> None:
    caller.sandbox.fail(Fault(kind="status", status=500))
    caller.sandbox.fail(Fault(kind="status", status=500, html=True))

    assert (await caller.call("GET", "/api/v4/account"))[1] == {
        "title": "ErrInternalServer",
        "status": 500,
        "detail": "Internal error",
        "trace_id": "6f1c0de5",
    }
    assert "<html>" in (await caller.call("GET", "/api/v4/account"))[1]


async def test_a_batch_may_be_stored_in_part(caller: Caller) -> None:
    caller.sandbox.fail(Fault(kind="partial", items=2, status=504))

    status, _ = await caller.call("POST", "/api/v4/leads", [{"name": str(n)} for n in range(5)])

    assert status == 504
    assert [lead.name for lead in caller.sandbox.leads.values()] == ["0", "1"]


async def test_a_fault_after_a_refusal_does_not_hide_the_refusal(caller: Caller) -> None:
    caller.sandbox.fail(Fault(kind="status", when="after", status=504))

    assert (await caller.call("POST", "/api/v4/leads", [{"status_id": 1}]))[0] == 400


async def test_faults_wait_for_the_calls_they_are_meant_for(caller: Caller) -> None:
    caller.sandbox.fail(Fault(kind="status", method="POST", path="/api/v4/leads*", count=2, skip=1))

    statuses = [
        (await caller.call(method, path, body))[0]
        for method, path, body in (
            ("GET", "/api/v4/leads", None),
            ("POST", "/api/v4/contacts", [{"name": "x"}]),
            ("POST", "/api/v4/leads", [{}]),
            ("POST", "/api/v4/leads/complex", [{}]),
            ("POST", "/api/v4/leads", [{}]),
            ("POST", "/api/v4/leads", [{}]),
        )
    ]

    assert statuses == [204, 200, 200, 500, 500, 200]
    assert caller.sandbox.faults.waiting == []


async def test_random_failures_come_as_often_as_they_are_wanted(caller: Caller) -> None:
    caller.sandbox.switches.failure_rate_after = 1
    assert (await caller.call("POST", "/api/v4/leads", [{}]))[0] >= 500
    assert len(caller.sandbox.leads) == 1
    caller.sandbox.switches.failure_rate_after = 0
    caller.sandbox.switches.failure_rate_before = 1
    assert (await caller.call("POST", "/api/v4/leads", [{}]))[0] >= 500
    assert len(caller.sandbox.leads) == 1


async def test_a_batch_may_be_answered_in_another_order(caller: Caller) -> None:
    caller.sandbox.switches.answer_reversed = True

    _, body = await caller.call("POST", "/api/v4/leads", [{"request_id": "a"}, {"request_id": "b"}])

    assert [(one["id"], one["request_id"]) for one in body["_embedded"]["leads"]] == [(30000002, "b"), (30000001, "a")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v4/nope", 404), ("PUT", "/api/v4/leads", 405), ("DELETE", "/api/v4/leads/1", 405)],
)
async def test_unknown_routes_and_methods_are_problems(caller: Caller, method: str, path: str, status: int) -> None:
    answer = await caller.http.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"] == f"Cannot {method} {BASE_URL}{path}"
