"""The redirect of AmoCRM and `mailsync auth`: a code is exchanged once, by whom we sent there; errors are named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from crm.sandbox.sandbox import Sandbox
from crm.sandbox.server import serve
from mailsync.amocrm import OAuth
from mailsync.app import open_authorization
from mailsync.config import Config
from mailsync.web.app import create_app
from tests.web.endpoint import endpoint

SECRET = "sandbox-client-secret"


@dataclass
class Consent:
    """An administrator's consent: the account's side and ours."""

    crm: Sandbox
    oauth: OAuth
    http: httpx.AsyncClient

    async def state(self) -> str:
        return parse_qs(urlsplit(await self.oauth.url()).query)["state"][0]

    def granted(self, state: str) -> str:
        """Where AmoCRM sends the administrator who has granted access."""
        return self.crm.authorize(state, referer=urlsplit(self.oauth.client.settings.base_url).netloc)

    async def follow(self, address: str) -> httpx.Response:
        return await self.http.get("/webhook/amocrm?" + urlsplit(address).query)


@asynccontextmanager
async def consent(folder: Path, secret: str = SECRET) -> AsyncIterator[Consent]:
    async with serve() as account, endpoint() as there:
        config = Config.model_validate(
            {
                "journal": {"url": f"sqlite:///{folder / 'mailsync.db'}"},
                "amocrm": {"base_url": account.base_url, "client_secret": secret, "requests_per_second": 7},
            }
        )
        async with open_authorization(config) as oauth:
            services = replace(there.services, authorize=oauth.redirected)
            transport = httpx.ASGITransport(create_app(services))
            async with httpx.AsyncClient(transport=transport, base_url="http://mailsync.test") as http:
                yield Consent(account.sandbox, oauth, http)


async def test_a_granted_access_is_kept(tmp_path: Path) -> None:
    async with consent(tmp_path) as asked:
        answer = await asked.follow(asked.granted(await asked.state()))
        assert answer.status_code == 200
        assert "Доступ получен" in answer.text
        shown = await asked.oauth.show()
        assert shown
        assert shown.kind == "oauth2"


async def test_a_state_is_good_once(tmp_path: Path) -> None:
    async with consent(tmp_path) as asked:
        state = await asked.state()
        await asked.follow(asked.granted(state))
        again = await asked.follow(asked.granted(state))
        assert again.status_code == 400
        assert "auth url" in again.text


@pytest.mark.parametrize("state", [None, "", "invented", "\ud800"])
async def test_a_redirect_that_nobody_asked_for_is_refused(tmp_path: Path, state: str | None) -> None:
    async with consent(tmp_path) as asked:
        answer = await asked.http.get("/webhook/amocrm", params={"code": "c", **({"state": "x"} if state else {})})
        assert answer.status_code == 400
        assert await asked.oauth.show() is None


async def test_a_foreign_referer_never_sees_our_secret(tmp_path: Path) -> None:
    async with consent(tmp_path) as asked:
        answer = await asked.follow(asked.crm.authorize(await asked.state(), referer="evil.example"))
        assert answer.status_code == 400
        assert asked.crm.requests == []


async def test_a_refusal_is_told_without_the_callers_own_words(tmp_path: Path) -> None:
    async with consent(tmp_path) as asked:
        answer = await asked.http.get("/webhook/amocrm", params={"error": "<script>alert(1)</script>"})
        assert answer.status_code == 400
        assert "script" not in answer.text


@pytest.mark.parametrize(
    ("secret", "named", "cure"),
    [
        ("another-secret", "Incorrect client", "secret in the deployment settings"),
        (SECRET, "Cannot decrypt the authorization code", "redirect"),
    ],
)
async def test_the_manuals_known_errors_are_named_with_their_cure(
    tmp_path: Path, secret: str, named: str, cure: str
) -> None:
    async with consent(tmp_path, secret) as asked:
        query = {
            "code": "garbled",
            "state": await asked.state(),
            "referer": "",
            "client_id": asked.crm.settings.client_id,
        }
        answer = await asked.http.get("/webhook/amocrm", params=query)
        assert answer.status_code == 400
        assert named in answer.text
        assert cure in answer.text


async def test_two_redirects_at_once_use_a_state_once(tmp_path: Path) -> None:
    async with consent(tmp_path) as asked:
        state = await asked.state()
        addresses = [asked.granted(state) for _ in range(2)]
        answers = await asyncio.gather(*map(asked.follow, addresses))
        assert sorted(answer.status_code for answer in answers) == [200, 400]
