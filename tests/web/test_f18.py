"""F18: killed between commit and answer, a burst on a slow disk: 200 only after the commit, nothing twice."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from mailsync.demo.neighbourhood import neighbourhood
from mailsync.journal.database import Change, Outcome
from mailsync.web.app import create_app
from mailsync.web.server import serve
from tests.servers.process import free_port
from tests.web.endpoint import endpoint
from tests.web.test_status_letters import ACCEPTED, hook

HOOKS, ROUNDS = 150, 3
SECONDS = 60.0


async def started(environment: dict[str, str], port: int) -> asyncio.subprocess.Process:
    """`mailsync run` as a process of its own, once it answers."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mailsync", "run", env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(SECONDS), httpx.AsyncClient() as http:
        while True:
            try:
                await http.get(f"http://127.0.0.1:{port}/health/live")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return process


async def told(url: str, numbers: set[int], taken: set[int]) -> None:
    """Post each event, keep those that were answered 200; stop where the program is gone."""
    async with httpx.AsyncClient(timeout=5) as http:
        while numbers:
            number = numbers.pop()
            try:
                answer = await http.post(url, content=hook(number, ACCEPTED, 1_795_000_000 + number))
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                taken.add(number)


def stored(journal: Path) -> Counter[str]:
    with sqlite3.connect(journal) as connection:
        return Counter(key for (key,) in connection.execute("SELECT key FROM entry WHERE source = 'webhook'"))


def key(number: int) -> str:
    return f"hook:status:{number}:{1_795_000_000 + number}:{ACCEPTED}"


@pytest.mark.parametrize("seed", [1])
async def test_what_was_answered_200_survives_a_kill_and_repeats_add_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    port = free_port()
    url, taken = f"http://127.0.0.1:{port}/webhook/amocrm", set[int]()
    async with neighbourhood(tmp_path) as around:
        environment = {**around.environment, "MAILSYNC_WEB__PORT": str(port)}
        for _ in range(ROUNDS):
            process = await started(environment, port)
            numbers = set(range(1, HOOKS + 1))
            posting = [asyncio.create_task(told(url, numbers, taken)) for _ in range(8)]
            await asyncio.wait(posting, timeout=chance.uniform(0.05, 0.4))
            process.kill()
            await process.wait()
            await asyncio.gather(*posting)
            assert {key(number) for number in taken} <= stored(tmp_path / "mailsync.db").keys()
        process = await started(environment, port)
        await told(url, set(range(1, HOOKS + 1)), taken)
        process.terminate()
        assert await process.wait() == 0
    kept = stored(tmp_path / "mailsync.db")
    assert taken == set(range(1, HOOKS + 1))
    assert kept == Counter(map(key, taken))


async def test_a_burst_on_a_slow_disk_is_answered_in_time_and_lost_by_nobody() -> None:
    async with endpoint() as there, serve(create_app(there.services), "127.0.0.1", 0) as port:
        await there.worker.hooks.account.learn()
        database = there.here.journal.database
        commit = database._commit_together

        def slow(changes: list[Change]) -> list[Outcome]:
            time.sleep(1.5)
            return commit(changes)

        database._commit_together = slow  # type: ignore[method-assign]
        url = f"http://127.0.0.1:{port}/webhook/amocrm?key=hook-key"
        async with httpx.AsyncClient(timeout=30) as http:
            bodies = [hook(number, ACCEPTED, 1_795_000_000 + number) for number in range(1, 201)]
            answers = await asyncio.gather(*(http.post(url, content=body) for body in bodies))
            assert {answer.status_code for answer in answers} <= {200, 503}
            database._commit_together = commit  # type: ignore[method-assign]
            again = [await http.post(url, content=body) for body in bodies]
        assert {answer.status_code for answer in again} == {200}
        entries = await there.here.entries()
        assert Counter(entry.key for entry in entries) == Counter(key(number) for number in range(1, 201))
