"""Tokens: code exchange, refresh by one process at a time, an account that moved, and what each refusal is called."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crm import oauth
from crm.authorization import Authorization
from crm.errors import Blocked, NotSent, Unauthorized
from crm.messages import Answer, Request
from crm.oauth import Redirect, RedirectError, account_origin, authorize_url, read_redirect
from crm.sandbox import Switches
from crm.sandbox.faults import Fault
from crm.settings import Settings
from crm.tokens import Claims, MemoryTokenStore, TokenPair, expiry_warning, read_claims
from tests.crm import virtual
from tests.crm.sandboxed import BASE_URL, Pair, run

LATE = datetime(2030, 1, 1, tzinfo=UTC)


async def authorized(pair: Pair, store: MemoryTokenStore) -> None:
    """A pair in the store, as after a person's consent."""
    code = pair.box.tokens.issue_code(1200, pair.box.settings.redirect_uri)
    async with pair.build(tokens=store) as client:
        await client.authorization.exchange(Redirect(code, BASE_URL))


def test_a_code_is_exchanged_and_the_pair_kept() -> None:
    async def use(pair: Pair) -> TokenPair | None:
        store = MemoryTokenStore()
        await authorized(pair, store)
        async with pair.build(tokens=store) as client:
            assert (await client.directory.account()).id == pair.box.settings.account_id
        return await store.load()

    pair = run(use, long_lived_token="")
    assert pair is not None
    assert pair.expires_at == datetime.fromtimestamp(virtual.START, UTC) + timedelta(days=1)
    assert "access_token" not in repr(pair)


def test_a_dead_access_token_is_refreshed_once_however_many_calls_meet_it() -> None:
    async def use(pair: Pair) -> int:
        store = MemoryTokenStore()
        await authorized(pair, store)
        for grant in pair.box.tokens.access.values():
            grant.revoked = True
        async with pair.build(tokens=store) as one, pair.build(tokens=store) as other:
            clients = [one, other] * 5
            await asyncio.gather(*(client.directory.account() for client in clients))
        return sum(one.path == "/oauth2/access_token" for one in pair.box.requests)

    assert run(use, Switches(requests_per_second=100), long_lived_token="") == 1 + 1


def test_a_token_about_to_expire_is_refreshed_before_it_is_used() -> None:
    async def use(pair: Pair) -> list[int | None]:
        store = MemoryTokenStore()
        await authorized(pair, store)
        await asyncio.sleep(86_400 - 60)
        async with pair.build(tokens=store) as client:
            await client.directory.account()
        return [one.status for one in pair.box.requests]

    assert 401 not in run(use, long_lived_token="")


def test_a_lost_answer_to_a_refresh_keeps_the_old_token_where_the_service_grants_grace() -> None:
    async def use(pair: Pair) -> str:
        store = MemoryTokenStore()
        await authorized(pair, store)
        await asyncio.sleep(86_400)
        pair.box.fail(Fault(kind="drop", when="after", path="/oauth2/access_token"))
        async with pair.build(tokens=store) as client:
            await client.leads.get(1)
        return "refreshed"

    assert run(use, Switches(refresh_grace=True), long_lived_token="") == "refreshed"


def test_the_refused_long_lived_token_gives_way_to_a_pair_in_the_store() -> None:
    async def use(pair: Pair) -> int:
        store = MemoryTokenStore()
        await authorized(pair, store)
        async with pair.build(tokens=store) as client:
            return (await client.directory.account()).id

    assert run(use, long_lived_token="revoked") > 0


def test_without_another_token_the_cure_is_a_new_long_lived_one() -> None:
    async def use(pair: Pair) -> Unauthorized:
        with pytest.raises(Unauthorized) as raised:
            await pair.client.leads.get(1)
        return raised.value

    assert "долгосрочный токен" in run(use, long_lived_token="revoked").cure.ru
    assert "auth url" in run(use, long_lived_token="").cure.en


def test_a_refused_refresh_token_is_not_tried_with_every_call() -> None:
    async def use(pair: Pair) -> int:
        store = MemoryTokenStore()
        await authorized(pair, store)
        pair.box.tokens.revoke(pair.box.settings.client_id)
        before = len(pair.box.requests)
        async with pair.build(tokens=store) as client:
            for _ in range(10):
                with pytest.raises(Unauthorized):
                    await client.leads.get(1)
        return len(pair.box.requests) - before

    assert run(use, long_lived_token="") == 2 + 1  # a dead access token, the refused refresh, where the account is now


def test_a_new_authorization_by_another_process_is_noticed() -> None:
    async def use(pair: Pair) -> None:
        store = MemoryTokenStore()
        await authorized(pair, store)
        pair.box.tokens.revoke(pair.box.settings.client_id)
        async with pair.build(tokens=store) as client:
            with pytest.raises(Unauthorized):
                await client.leads.get(1)
            await authorized(pair, store)
            await client.leads.get(1)

    run(use, long_lived_token="")


def test_a_lone_401_is_a_slip_where_the_account_still_takes_the_token() -> None:
    async def use(pair: Pair) -> None:
        pair.box.fail(Fault(kind="status", status=401))
        await pair.client.leads.get(1)

    run(use)


def test_a_refused_long_lived_token_is_tried_again_after_a_while() -> None:
    async def use(pair: Pair) -> None:
        pair.box.fail(Fault(kind="status", status=401))
        pair.box.fail(Fault(kind="status", status=401))
        with pytest.raises(Unauthorized):
            await pair.client.leads.get(1)
        await asyncio.sleep(300)
        await pair.client.leads.get(1)

    run(use)


class Endpoint:
    """A token endpoint that gives scripted answers, and another process that may meddle in between."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, request: Request) -> Answer:
        self.asked.append(request.url)
        return self.answers.pop(0)


def answer(status: int, **body: Any) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode())


def token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"head.{payload}.sign"


SETTINGS = Settings("https://demo.amocrm.ru", client_id="id", client_secret="s", redirect_uri="https://x.ru/hook")
OLD = TokenPair(token(api_domain="api-b.amocrm.ru"), "r1", LATE, "https://demo.amocrm.ru")
FRESH = {"token_type": "Bearer", "expires_in": 86400, "access_token": "new", "refresh_token": "r2"}


def renewed(endpoint: Endpoint, store: MemoryTokenStore | None = None) -> TokenPair:
    store = store or MemoryTokenStore(OLD)

    async def use() -> TokenPair:
        authorization = Authorization(SETTINGS, store, virtual.VirtualClock(), endpoint)
        await authorization.renew(OLD.access_token)
        saved = await store.load()
        assert saved is not None
        return saved

    return virtual.run(use())


def test_an_account_that_moved_is_found_by_the_domain_in_the_old_token() -> None:
    endpoint = Endpoint(answer(404), answer(200, domain="fresh.kommo.com"), answer(200, **FRESH))
    assert renewed(endpoint).base_url == "https://fresh.kommo.com"
    assert endpoint.asked == [
        "https://demo.amocrm.ru/oauth2/access_token",
        "https://api-b.amocrm.ru/oauth2/account/current/subdomain",
        "https://fresh.kommo.com/oauth2/access_token",
    ]


def test_a_secret_is_never_sent_to_a_foreign_domain() -> None:
    endpoint = Endpoint(answer(404), answer(200, domain="amocrm.ru.evil.example"))
    with pytest.raises(Unauthorized):
        renewed(endpoint)
    assert not any("evil" in url for url in endpoint.asked)


def test_after_a_refusal_a_pair_that_another_process_saved_is_used() -> None:
    store = MemoryTokenStore(OLD)
    theirs = replace(OLD, access_token="theirs", refresh_token="r9")

    class Meddling(Endpoint):
        async def __call__(self, request: Request) -> Answer:
            await store.save(theirs)
            return await super().__call__(request)

    assert renewed(Meddling(answer(401, hint="Token has been revoked")), store) == theirs


@pytest.mark.parametrize(
    ("status", "body", "named", "russian"),
    [
        (401, {"title": "Некорректный клиент"}, "Incorrect client", "секрет в настройках развёртывания"),
        (
            400,
            {"hint": "Cannot decrypt the authorization code"},
            "Cannot decrypt the authorization code",
            "redirect_uri",
        ),
        (400, {"hint": "Invalid redirect URI"}, "Cannot decrypt the authorization code", "redirect_uri"),
        (401, {"hint": "Token has been revoked"}, "401 Unauthorized", "новый auth_code"),
        (400, {"hint": "Authorization code has expired"}, "the auth_code is no longer valid", "20 минут"),
        (400, {}, "401 Unauthorized", "новый auth_code"),
    ],
)
def test_the_known_errors_are_named_with_their_cure(
    status: int, body: dict[str, Any], named: str, russian: str
) -> None:
    error = oauth.refusal(answer(status, **body))
    assert str(error) == named
    assert russian in error.cure.ru
    assert error.cure.en


@pytest.mark.parametrize(("status", "kind"), [(402, Blocked), (403, Blocked), (429, NotSent), (502, NotSent)])
def test_other_failures_say_nothing_about_the_token_and_keep_it(status: int, kind: type[NotSent]) -> None:
    store = MemoryTokenStore(OLD)
    with pytest.raises(kind):
        renewed(Endpoint(Answer(status, {}, b"<html>")), store)
    assert virtual.run(store.load()) == OLD


def test_a_blocked_token_endpoint_stops_all_calls() -> None:
    async def use(pair: Pair) -> int:
        store = MemoryTokenStore(replace(OLD, base_url=BASE_URL, expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
        pair.box.switches.allowed_ips = ("10.0.0.1",)
        async with pair.build(tokens=store) as client:
            for _ in range(5):
                with pytest.raises(Blocked):
                    await client.leads.get(1)
        return len(pair.box.requests)

    assert run(use, long_lived_token="") == 1


def test_the_page_for_consent_carries_client_and_state() -> None:
    query = parse_qs(urlsplit(authorize_url(SETTINGS, "random")).query)
    assert query == {"client_id": ["id"], "state": ["random"], "mode": ["popup"]}


GOOD = {"code": "def502", "state": "random", "client_id": "id", "referer": "demo.amocrm.ru"}


def test_a_good_redirect_gives_the_code_and_where_to_take_it() -> None:
    assert read_redirect(SETTINGS, GOOD, "random") == Redirect("def502", "https://demo.amocrm.ru")


@pytest.mark.parametrize(
    "change",
    [
        {"state": "another"},
        {"state": ""},
        {"client_id": "another"},
        {"code": ""},
        {"error": "access_denied"},
        {"referer": "demo.amocrm.ru.evil.example"},
        {"referer": "https://user@evil.example/.amocrm.ru"},
        {"referer": "demo.amocrm.ru:8443"},
        {"referer": "evil.example#.amocrm.ru"},
        {"referer": "127.0.0.1"},
    ],
)
def test_a_forged_redirect_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(RedirectError) as raised:
        read_redirect(SETTINGS, GOOD | change, "random")
    assert raised.value.cure


def test_a_redirect_without_state_of_ours_is_refused_even_if_none_was_given_out() -> None:
    with pytest.raises(RedirectError):
        read_redirect(SETTINGS, {key: value for key, value in GOOD.items() if key != "state"}, "")


@pytest.mark.parametrize(
    ("referer", "origin"),
    [
        ("demo", "https://demo.amocrm.ru"),
        ("Demo.amoCRM.ru", "https://demo.amocrm.ru"),
        ("https://demo.kommo.com/", "https://demo.kommo.com"),
        ("", "https://demo.amocrm.ru"),
    ],
)
def test_the_referer_comes_as_subdomain_host_or_url(referer: str, origin: str) -> None:
    assert account_origin(SETTINGS, referer) == origin


def test_the_claims_of_a_token_are_read_without_its_key() -> None:
    claims = read_claims(token(exp=1_896_000_000, account_id=5, sub="31", api_domain="api-b.amocrm.ru", scopes=["crm"]))
    assert claims == Claims(datetime(2030, 1, 30, 10, 40, tzinfo=UTC), 5, 31, "api-b.amocrm.ru", ("crm",))


@pytest.mark.parametrize("text", ["", "a.b", "a.!!!.c", "a.W10.c", "a." + "A" * 20_000 + ".c", token(exp=1e300)])
def test_what_is_no_token_has_no_claims(text: str) -> None:
    assert read_claims(text).expires_at is None


@pytest.mark.parametrize(
    ("days", "due"), [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-5, 0)]
)
def test_the_warnings_come_90_30_and_7_days_before(days: int, due: int | None) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert expiry_warning(Claims(expires_at=now + timedelta(days=days, hours=1)), now) == due
