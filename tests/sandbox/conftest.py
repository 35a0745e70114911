from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from crm.sandbox import SandboxSettings, create_app
from tests.sandbox.caller import BASE_URL, Caller, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def caller(clock: Clock) -> AsyncIterator[Caller]:
    app = create_app(SandboxSettings(subdomain="demo", account_id=5), clock=clock)
    sandbox = app.state.sandbox
    bearer = {"Authorization": f"Bearer {sandbox.long_lived_token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL, headers=bearer) as http:
        yield Caller(sandbox, clock, http)
