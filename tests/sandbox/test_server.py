"""Over a real socket the sandbox can do what no ASGI application can: break the connection."""

from __future__ import annotations

import asyncio
import sys

import httpx
import pytest

from crm.sandbox import SandboxSettings, serve
from crm.sandbox.faults import Fault


async def test_it_serves_inside_a_running_loop() -> None:
    async with serve(SandboxSettings(subdomain="demo")) as running, httpx.AsyncClient() as http:
        bearer = {"Authorization": f"Bearer {running.sandbox.long_lived_token}"}
        answer = await http.get(f"{running.base_url}/api/v4/account?with=drive_url", headers=bearer)

    assert answer.json()["drive_url"] == f"{running.base_url}/drive"


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
async def test_a_dropped_connection_is_dropped(when: str, stored: int) -> None:
    async with serve() as running:
        running.sandbox.fail(Fault.model_validate({"kind": "drop", "when": when}))
        bearer = {"Authorization": f"Bearer {running.sandbox.long_lived_token}"}
        async with httpx.AsyncClient(headers=bearer) as http:
            with pytest.raises(httpx.TransportError):
                await http.post(f"{running.base_url}/api/v4/leads", json=[{"name": "Заказ"}])
            assert len(running.sandbox.leads) == stored
            assert (await http.get(f"{running.base_url}/api/v4/account")).status_code == 200


async def test_a_taken_port_is_an_error() -> None:
    async with serve() as running:
        port = int(running.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            async with serve(port=port):
                pass


async def test_it_runs_as_a_module() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "crm.sandbox", "--port", "0", "--switch", "filters_enabled=false"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            lines = [(await process.stdout.readline()).decode().split() for _ in range(4)]
        told = {words[0]: next(word for word in words if len(word) > 8) for words in lines}
        async with httpx.AsyncClient() as http:
            answer = await http.get(
                f"{told['API']}/account?with=is_api_filter_enabled",
                headers={"Authorization": f"Bearer {told['token']}"},
            )
        account = answer.json()
        assert (account["name"], account["is_api_filter_enabled"]) == ("РусСтанкоСбыт", False)
    finally:
        process.terminate()
        await process.wait()
