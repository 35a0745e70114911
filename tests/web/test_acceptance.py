"""Letter → lead → a manager moves it → the customer gets each letter once in the same thread, whatever hooks do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.running import ACCEPTED, INVOICE, ON_STATUS, SHIPPED, WON, Running, running
from tests.worker.house import letter

ORDER = "Здравствуйте! Просим выставить счёт: патрон токарный 7100-0035 - 2 шт.\n\nС уважением,\nИванов Пётр"


async def ordered(program: Running) -> int:
    """A customer's letter has become a lead and was confirmed."""
    await program.around.mail.deliver(letter(ORDER))
    await program.until(lambda: len(program.letters) == 1)
    await program.at_rest()
    (lead_id,) = program.around.crm.leads
    return lead_id


def words(program: Running) -> list[str]:
    """The second paragraph's first words of every letter after the confirmation."""
    said = {
        "принято в работу": "accepted",
        "выставлен счёт": "invoice",
        "отгружен": "shipped",
        "готов к выдаче": "ready",
        "завершены": "won",
        "закрыто": "lost",
    }
    bodies = [one.get_body(("plain",)).get_content() for one in program.letters[1:]]  # type: ignore[union-attr]
    return [next(name for text, name in said.items() if text in body) for body in bodies]


async def test_each_status_letter_comes_once_in_the_thread(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        lead_id = await ordered(program)
        for number, status in enumerate(ON_STATUS, 2):
            program.move(lead_id, status)
            await program.until(lambda number=number: len(program.letters) == number)  # type: ignore[misc]
        await program.at_rest()
        assert words(program) == ["accepted", "invoice", "shipped", "ready", "won", "lost"]
        confirmation, *told = program.letters
        assert {one["Subject"] for one in told} == {confirmation["Subject"]}
        previous = confirmation
        for one in told:
            assert one["In-Reply-To"] == previous["Message-ID"]
            assert one["References"].split()[:2] == ["<1@zavod.example>", confirmation["Message-ID"]]
            previous = one


@pytest.mark.parametrize(
    "switches",
    [
        {"webhook_duplicates": 4},
        {"webhook_reordering": True},
        {"webhook_duplicates": 2, "webhook_reordering": True, "webhook_mixed": True},
    ],
)
async def test_hooks_doubled_and_reordered_change_nothing(tmp_path: Path, switches: dict[str, int | bool]) -> None:
    async with running(tmp_path) as program:
        lead_id = await ordered(program)
        for name, value in switches.items():
            setattr(program.around.crm.switches, name, value)
        for status in (ACCEPTED, INVOICE, SHIPPED, WON):
            program.move(lead_id, status)
        await program.until(lambda: len(program.letters) == 5)
        await program.at_rest()
        assert sorted(words(program)) == ["accepted", "invoice", "shipped", "won"]


async def test_hooks_that_never_came_are_found_by_the_reconciling_read(tmp_path: Path) -> None:
    async with running(tmp_path, SCHEDULE__RECONCILE="1") as program:
        lead_id = await ordered(program)
        program.around.crm.switches.webhook_loss_rate = 1
        program.move(lead_id, ACCEPTED)
        program.move(lead_id, INVOICE)
        await program.until(lambda: len(program.letters) == 3)
        await program.at_rest()
        assert words(program) == ["accepted", "invoice"]
        assert program.around.crm.deliveries == []
        shown = (await program.http.get(f"{program.url}/metrics")).text
        assert "mailsync_reconciled_events_total 2.0" in shown
        assert 'mailsync_crm_calls_total{status="200"}' in shown


async def test_a_webhook_that_was_switched_off_is_told(tmp_path: Path) -> None:
    async with running(tmp_path, SCHEDULE__RECONCILE="1") as program:
        (subscription,) = program.around.crm.store.subscriptions.values()
        assert subscription.settings == ("status_lead", "update_lead")
        subscription.disabled = True
        watch = program.worker.notices
        await program.until(lambda: bool(watch.topics.get("webhooks")))
        ready = await program.http.get(f"{program.url}/health/ready")
        assert ready.status_code == 200
        assert "webhooks" in [one["topic"] for one in ready.json()["warnings"]]
        assert "mailsync_webhook_disabled 1.0" in (await program.http.get(f"{program.url}/metrics")).text


async def test_an_order_by_the_site_becomes_a_lead(tmp_path: Path) -> None:
    async with running(tmp_path) as program:
        answer = await program.http.post(
            f"{program.url}/ingest/leads",
            json={"source": "cart", "contact": {"email": "a@zavod.example"}, "items": [{"name": "Патрон"}]},
            headers={"Authorization": "Bearer ingest-key"},
        )
        assert answer.status_code == 202
        await program.until(lambda: len(program.letters) == 1)
        (lead,) = program.around.crm.leads.values()
        assert answer.json()["reference"] in lead.name
        tested = await program.http.get(f"{program.url}/ingest/test-crm", timeout=30)
        assert tested.status_code == 200
        assert program.around.crm.leads[tested.json()["amo_lead_id"]].name.startswith("Проверка связи")
