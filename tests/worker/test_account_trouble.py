"""An AmoCRM account that lets nobody in: letters wait with the cure, hardly a call is made, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crm.sandbox.sandbox import Sandbox
from mailsync.app import open_worker
from mailsync.demo.neighbourhood import neighbourhood
from mailsync.journal.records import State
from tests.acceptance.test_kill import order

LETTERS = 20


def unpaid(box: Sandbox) -> None:
    box.switches.unpaid = True


def shut_out(box: Sandbox) -> None:
    box.switches.allowed_ips = ("10.0.0.1",)


def revoked(box: Sandbox) -> None:
    for grant in box.tokens.access.values():
        grant.revoked = True


def let_in(box: Sandbox) -> None:
    box.switches.unpaid = False
    box.switches.allowed_ips = ()
    for grant in box.tokens.access.values():
        grant.revoked = False


@pytest.mark.parametrize(
    ("trouble", "cure"),
    [
        (unpaid, "Закончилась оплата аккаунта AmoCRM"),
        (shut_out, "внесите адрес сервера в список разрешённых IP"),
        (revoked, "долгосрочный токен неверен, отозван, истёк"),
    ],
    ids=["402", "403", "401"],
)
async def test_letters_wait_with_the_cure_and_become_leads_when_it_is_over(
    tmp_path: Path, trouble: Callable[[Sandbox], None], cure: str
) -> None:
    async with neighbourhood(tmp_path) as around:
        trouble(around.crm)
        for number in range(LETTERS):
            await around.mail.deliver(order(number))
        async with open_worker(around.config()) as worker:
            assert await worker.run_once() == 1
            waiting = await worker.journal.desk.entries(states=[State.WAITING])
        assert len(waiting) == LETTERS
        assert all(cure in entry.cure for entry in waiting)
        assert len(around.crm.requests) <= 8

        let_in(around.crm)
        async with open_worker(around.config()) as worker:
            assert await worker.run_once() == 0
        assert len(around.crm.leads) == LETTERS
