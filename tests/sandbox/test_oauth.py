"""Codes and refresh tokens are spent once, and every refusal has its status and hint."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from crm.sandbox import SandboxSettings, create_app
from tests.sandbox.caller import BASE_URL, Caller, Clock

DAY = 86_400


def code_of(caller: Caller) -> str:
    return parse_qs(urlsplit(caller.sandbox.authorize("state-1")).query)["code"][0]


def asking(caller: Caller, **fields: str) -> dict[str, str]:
    settings = caller.sandbox.settings
    return {
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "redirect_uri": settings.redirect_uri,
        **fields,
    }


async def ask(caller: Caller, **fields: str) -> tuple[int, Any]:
    return await caller.call("POST", "/oauth2/access_token", asking(caller, **fields))


async def exchanged(caller: Caller) -> dict[str, Any]:
    status, pair = await ask(caller, grant_type="authorization_code", code=code_of(caller))
    assert status == 200, pair
    assert isinstance(pair, dict)
    return pair


async def refresh(caller: Caller, token: str) -> tuple[int, Any]:
    return await ask(caller, grant_type="refresh_token", refresh_token=token)


async def account_status(caller: Caller, token: str) -> int:
    answer = await caller.http.get("/api/v4/account", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_consent_leads_back_with_code_state_and_referer(caller: Caller) -> None:
    page = await caller.http.get("/oauth", params={"client_id": caller.sandbox.settings.client_id, "state": "s-1"})
    assert "Разрешить доступ?" in page.text

    back = await caller.http.post("/oauth", content=urlencode({"answer": "grant", "state": "s-1"}))

    assert back.status_code == 302
    target = urlsplit(back.headers["location"])
    told = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert f"{target.scheme}://{target.netloc}{target.path}" == "https://api.td-rss.ru/webhook/amocrm"
    assert told.pop("code").startswith("def502")
    assert told == {
        "referer": "demo.amocrm.ru",
        "state": "s-1",
        "client_id": "2df855f6-d54d-4c3c-bb8a-1d8ea8b3c1cd",
        "platform": "1",
    }


async def test_refusal_leads_back_with_an_error(caller: Caller) -> None:
    back = await caller.http.post("/oauth", content=urlencode({"answer": "refuse", "state": "s-1"}))

    assert parse_qs(urlsplit(back.headers["location"]).query) == {
        "error": ["access_denied"],
        "client_id": ["2df855f6-d54d-4c3c-bb8a-1d8ea8b3c1cd"],
        "state": ["s-1"],
    }


async def test_an_installation_from_the_widget_page_has_no_state(caller: Caller) -> None:
    told = parse_qs(urlsplit(caller.sandbox.authorize("s-1", from_widget=True)).query)

    assert (told["from_widget"], "state" in told) == (["1"], False)


async def test_a_code_buys_a_pair(caller: Caller) -> None:
    pair = await exchanged(caller)

    assert set(pair) == {"token_type", "expires_in", "server_time", "access_token", "refresh_token"}
    assert (pair["token_type"], pair["expires_in"], pair["server_time"]) == ("Bearer", 86400, 1795446000)
    assert await account_status(caller, pair["access_token"]) == 200
    caller.clock.now += DAY
    assert await account_status(caller, pair["access_token"]) == 401


async def test_form_bodies_are_taken_as_well(caller: Caller) -> None:
    fields = asking(caller, grant_type="authorization_code", code=code_of(caller))

    assert (await caller.http.post("/oauth2/access_token", data=fields)).status_code == 200


async def test_every_refresh_kills_the_token_it_used(caller: Caller) -> None:
    pair = await exchanged(caller)
    status, fresh = await refresh(caller, pair["refresh_token"])
    assert status == 200
    assert fresh["refresh_token"] != pair["refresh_token"]

    assert await refresh(caller, pair["refresh_token"]) == (
        401,
        {
            "hint": "Token has been revoked",
            "title": "Некорректный запрос",
            "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
            "status": 401,
            "detail": "В запросе отсутствует ряд параметров или параметры невалидны",
        },
    )
    assert (await refresh(caller, fresh["refresh_token"]))[0] == 200


async def test_in_grace_a_used_token_lives_until_its_successor_is_used(caller: Caller) -> None:
    caller.sandbox.switches.refresh_grace = True
    pair = await exchanged(caller)
    await refresh(caller, pair["refresh_token"])  # this answer was lost
    status, again = await refresh(caller, pair["refresh_token"])
    assert status == 200

    assert await account_status(caller, again["access_token"]) == 200

    assert (await refresh(caller, pair["refresh_token"]))[1]["hint"] == "Token has been revoked"


@pytest.mark.parametrize(
    ("fields", "status", "hint"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "garbled"}, 401, "Cannot decrypt the refresh token"),
        ({"grant_type": "refresh_token"}, 400, "Check the `refresh_token` parameter"),
        ({"grant_type": "authorization_code", "code": "garbled"}, 400, "Cannot decrypt the authorization code"),
        ({"grant_type": "authorization_code"}, 400, "Check the `code` parameter"),
        ({"grant_type": "password"}, 400, "Check that all required parameters have been provided"),
        ({}, 400, "Check the `grant_type` parameter"),
        ({"grant_type": "refresh_token", "client_id": ""}, 400, "Check the `client_id` parameter"),
    ],
)
async def test_what_is_refused_with_which_hint(caller: Caller, fields: dict[str, str], status: int, hint: str) -> None:
    answered, body = await ask(caller, **fields)

    assert (answered, body["hint"]) == (status, hint)


async def test_a_code_works_once_for_twenty_minutes_for_its_client_and_address(caller: Caller) -> None:
    async def hint(code: str, **fields: str) -> tuple[int, str]:
        status, body = await ask(caller, **{"grant_type": "authorization_code", "code": code, **fields})
        return status, body["hint"]

    used = code_of(caller)
    await ask(caller, grant_type="authorization_code", code=used)
    assert await hint(used) == (400, "Authorization code has been revoked")
    foreign = caller.sandbox.tokens.issue_code(60, caller.sandbox.settings.redirect_uri, client_id="another")
    assert await hint(foreign) == (400, "Authorization code was not issued to this client")
    assert await hint(code_of(caller), redirect_uri="https://api.td-rss.ru/webhook/amocrm/") == (
        400,
        "Invalid redirect URI",
    )
    old = code_of(caller)
    caller.clock.now += 20 * 60
    assert await hint(old) == (400, "Authorization code has expired")


async def test_a_refresh_token_dies_after_three_months(caller: Caller) -> None:
    pair = await exchanged(caller)
    caller.clock.now += 90 * DAY

    status, body = await refresh(caller, pair["refresh_token"])

    assert (status, body["hint"]) == (401, "Token has expired")


async def test_a_wrong_client_gets_no_hint(caller: Caller) -> None:
    assert await ask(caller, grant_type="refresh_token", client_secret="wrong") == (
        401,
        {
            "title": "Некорректный клиент",
            "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
            "status": 401,
            "detail": "Авторизация клиента не прошла",
        },
    )


async def test_a_moved_account_tells_where_it_lives_now(caller: Caller) -> None:
    pair = await exchanged(caller)
    caller.sandbox.switches.moved_from = "old.amocrm.ru"

    async def at(host: str, method: str, path: str, **options: Any) -> httpx.Response:
        return await caller.http.request(method, f"https://{host}{path}", **options)

    body = asking(caller, grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert (await at("old.amocrm.ru", "GET", "/api/v4/account")).status_code == 401
    assert (await at("old.amocrm.ru", "POST", "/oauth2/access_token", json=body)).status_code == 404
    moved = await at(
        "demo.amocrm.ru", "GET", "/oauth2/account/current/subdomain", headers={"X-Refresh-Token": pair["refresh_token"]}
    )
    assert moved.json() == {"id": 5, "subdomain": "demo", "domain": "demo.amocrm.ru", "top_level_domain": "ru"}
    assert (await at("demo.amocrm.ru", "POST", "/oauth2/access_token", json=body)).status_code == 200
    assert (await at("demo.amocrm.ru", "GET", "/oauth2/account/subdomain")).json() == moved.json()


async def test_switching_the_integration_off_kills_its_tokens_and_calls_its_hook(clock: Clock) -> None:
    called: list[httpx.URL] = []

    def hook(request: httpx.Request) -> httpx.Response:
        called.append(request.url)
        return httpx.Response(200)

    settings = SandboxSettings(
        account_id=5, client_id="c-1", client_secret="s3cr3t", disconnect_uri="https://mail.example.ru/off"
    )
    app = create_app(settings, clock=clock, webhook_transport=httpx.MockTransport(hook))
    sandbox = app.state.sandbox

    await sandbox.disconnect()

    signature = "52d1aa8bb64d719fcc6dc053ea903a41a87781a920f78e66878ff6ffcb034e21"
    assert [str(url) for url in called] == [
        f"https://mail.example.ru/off?client_uuid=c-1&account_id=5&signature={signature}"
    ]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as http:
        bearer = {"Authorization": f"Bearer {sandbox.long_lived_token}"}
        assert (await http.get("/api/v4/account", headers=bearer)).status_code == 401
