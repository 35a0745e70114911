"""Several processes over one journal, and the AmoCRM sandbox on a socket: one refresh for all of them."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm.client import AmoCRM
from crm.oauth import Redirect
from crm.sandbox import serve
from crm.sandbox.server import Running
from mailsync.journal.database import Database
from tests.journal.one_of_many import settings, tokens

DEADLINE = 60.0


@pytest.fixture
async def authorized(tmp_path: Path) -> AsyncIterator[Running]:
    """An account, a pair of tokens in the journal, and an access token that is no longer accepted."""
    async with serve() as running:
        box = running.sandbox
        code = box.tokens.issue_code(1200, box.settings.redirect_uri)
        with Database(tmp_path / "journal.db") as database:
            async with AmoCRM(settings(running.base_url), tokens=tokens(database, tmp_path)) as client:
                await client.authorization.exchange(Redirect(code, running.base_url))
        for grant in box.tokens.access.values():
            grant.revoked = True
        yield running


async def started(folder: Path, *base_url: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.journal.one_of_many", folder, *base_url, stdout=PIPE
    )


async def said(process: Process) -> str:
    async with asyncio.timeout(DEADLINE):
        out, _ = await process.communicate()
    return out.decode().strip()


async def refused(running: Running, times: int) -> None:
    """Wait until so many calls have met the dead token: their processes now want the lock."""
    async with asyncio.timeout(DEADLINE):
        while [one.status for one in running.sandbox.requests].count(401) < times:  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.02)


def refreshes(running: Running) -> list[int | None]:
    """How each refresh was answered; the first call of the token endpoint was the exchange of the code."""
    return [one.status for one in running.sandbox.requests if one.path == "/oauth2/access_token"][1:]


async def test_processes_that_meet_a_dead_token_at_once_refresh_it_once(authorized: Running, tmp_path: Path) -> None:
    with Database(tmp_path / "journal.db") as database:
        async with tokens(database, tmp_path).lock():
            processes = [await started(tmp_path, authorized.base_url) for _ in range(3)]
            await refused(authorized, 3)
    ids = [await said(process) for process in processes]
    assert ids == [str(authorized.sandbox.settings.account_id)] * 3
    assert refreshes(authorized) == [200]


async def test_a_process_killed_amid_a_refresh_gives_the_lock_back(authorized: Running, tmp_path: Path) -> None:
    holder = await started(tmp_path)
    assert holder.stdout is not None
    async with asyncio.timeout(DEADLINE):
        assert await holder.stdout.readline() == b"held\n"
    waiting = await started(tmp_path, authorized.base_url)
    await refused(authorized, 1)
    holder.kill()
    await holder.wait()
    assert await said(waiting) == str(authorized.sandbox.settings.account_id)
    assert refreshes(authorized) == [200]
