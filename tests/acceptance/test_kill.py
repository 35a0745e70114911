"""kill -9 in the middle of a backlog, again and again: every letter once, no lead twice, no confirmation twice."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.acceptance.town import Town, town
from tests.leaks import leaks
from tests.servers.fixtures import require

pytestmark = pytest.mark.servers

LETTERS = 200
KILLS = 12


def order(number: int) -> bytes:
    return (
        f"Return-Path: <buyer{number}@client.test>\r\nFrom: buyer{number}@client.test\r\nTo: zakaz@shop.test\r\n"
        f"Subject: Заявка {number}\r\nMessage-ID: <{number}@client.test>\r\nDate: Mon, 02 Mar 2026 10:15:00 +0300\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"Здравствуйте! Нужен патрон 7100-0035, {number + 1} шт. Просим выставить счёт.\r\n"
    ).encode()


async def killed_run(here: Town, seconds: float) -> bool:
    """Run once, killed after some seconds; True where it was still running then."""
    process = await here.start("run", "--once")
    try:
        async with asyncio.timeout(seconds):
            _, told = await process.communicate()
            assert not leaks(told.decode())
    except TimeoutError:
        process.kill()
        await process.wait()
        return True
    return False


async def test_two_hundred_letters_survive_a_dozen_kills(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    chance = random.Random(20261123)  # noqa: S311 - a seed, so that a failure comes again
    async with town(tmp_path) as here:
        for number in range(LETTERS):
            here.mail.deliver_lmtp(order(number))
        killed = sum([await killed_run(here, chance.uniform(0.8, 4.0)) for _ in range(KILLS)])
        assert killed >= KILLS // 2

        for _ in range(20):
            await here.mailsync("run", "--once")
            balance = (await here.mailsync("journal", "balance", "--json")).json
            if not balance["waiting"]:
                break
        assert balance["mailbox"] == balance["stored"] == LETTERS
        assert balance["done"] + balance["parked"] == LETTERS
        assert len(here.crm.leads) == LETTERS
        assert set(here.leads_by_reference().values()) == {1}
        assert len(here.crm.contacts) == LETTERS

        confirmed = here.confirmed()
        assert set(confirmed.values()) == {1}
        parked = (await here.mailsync("journal", "list", "--json", "--state", "parked", "--limit", "300")).lines
        assert {entry["from"] for entry in parked} >= {f"buyer{n}@client.test" for n in range(LETTERS)} - set(confirmed)
        assert all("journal settle" in entry["cure"] for entry in parked)
        print(f"{killed} kills, {len(confirmed)} confirmations, {len(parked)} shown as uncertain")
