"""A manager moves a lead: each mapped status is told to the customer once, in the thread of the letter."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import urlencode

import pytest

from mailsync.config import Config
from mailsync.deciding.effects import CreateLead, NewContact
from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.journal.records import State
from mailsync.memory.crm import ACCOUNT
from tests.worker.house import CONFIG, House, house, letter

ORDER = "Здравствуйте! Просим выставить счёт: патрон токарный 7100-0035 - 2 шт.\n\nС уважением,\nИванов Пётр"
ACCEPTED, INVOICE, SHIPPED, WON = 80953558, 80953562, 80953566, 142
STATUSES = {str(ACCEPTED): "accepted", str(INVOICE): "invoice", str(SHIPPED): "shipped", "142": "won"}
LETTERS = Config.model_validate(CONFIG.model_dump() | {"confirmations": {"on_status": STATUSES}})


def hook(lead_id: int, status_id: int, at: float, account: int = ACCOUNT) -> bytes:
    pairs = {
        "leads[status][0][id]": lead_id,
        "leads[status][0][status_id]": status_id,
        "leads[status][0][pipeline_id]": 10226282,
        "leads[status][0][last_modified]": int(at),
        "account[id]": account,
        "account[subdomain]": "new599bd9d13818a",
    }
    return urlencode(pairs).encode()


def sent(here: House) -> list[EmailMessage]:
    return [message_from_bytes(one.raw, policy=default) for one in here.submission.accepted]


async def ordered(here: House) -> int:
    await here.mailbox.deliver(letter(ORDER))
    assert await here.run_once() == 0
    (lead_id,) = here.crm.leads
    return lead_id


async def moved(here: House, lead_id: int, status_id: int, *, copies: int = 1) -> None:
    """The manager moves the lead, and the webhook comes `copies` times."""
    here.clock.seconds += 30
    here.crm.move(lead_id, status_id)
    worker = await here.worker()
    for _ in range(copies):
        await worker.hooks.take(hook(lead_id, status_id, here.clock.seconds))


async def test_each_status_is_told_once_in_the_thread() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        for status in (ACCEPTED, INVOICE, SHIPPED, WON):
            await moved(here, lead_id, status, copies=2)
            assert await here.run_once() == 0
        confirmation, *told = sent(here)
        assert len(told) == 4
        assert [one["To"] for one in told] == ["Иванов Пётр <ivanov@zavod.example>"] * 4
        assert {one["Subject"] for one in told} == {confirmation["Subject"]}
        assert told[0]["In-Reply-To"] == confirmation["Message-ID"]
        assert told[0]["References"].split() == ["<1@zavod.example>", confirmation["Message-ID"]]
        assert told[3]["In-Reply-To"] == told[2]["Message-ID"]


async def test_passed_statuses_are_told_in_their_order_when_hooks_are_lost_or_late() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        here.crm.move(lead_id, ACCEPTED)
        early = hook(lead_id, ACCEPTED, here.clock.seconds)
        await moved(here, lead_id, INVOICE)
        assert await here.run_once() == 0
        await (await here.worker()).hooks.take(early)
        assert await here.run_once() == 0
        told = sent(here)[1:]
        assert ["принято" in one.get_body(("plain",)).get_content() for one in told] == [True, False]  # type: ignore[union-attr]


async def test_a_status_left_long_ago_is_not_told_any_more() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        here.crm.move(lead_id, ACCEPTED)
        here.clock.seconds += 3600
        await moved(here, lead_id, SHIPPED)
        assert await here.run_once() == 0
        assert len(sent(here)) == 2


async def test_a_hook_that_claims_what_the_log_does_not_show_changes_nothing() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        worker = await here.worker()
        await worker.hooks.take(hook(lead_id, WON, here.clock.seconds))
        await worker.hooks.take(hook(999_999, WON, here.clock.seconds))
        assert await here.run_once() == 0
        assert len(sent(here)) == 1
        assert [one.reason for one in await here.entries(State.IGNORED)] == [
            "no letter is due",
            "the lead is deleted, merged away or not ours",
        ]


async def test_a_lead_of_another_pipeline_gets_no_letter() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        here.crm.leads[lead_id].pipeline_id = 555
        await moved(here, lead_id, WON)
        assert await here.run_once() == 0
        assert len(sent(here)) == 1
        event = (await here.entries())[-1]
        assert "the lead is of another pipeline" in await here.journal.desk.reasons(event.id)


async def test_a_status_that_the_lead_had_in_another_pipeline_is_not_told() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        here.crm.leads[lead_id].pipeline_id = 555
        here.crm.move(lead_id, WON)
        here.crm.leads[lead_id].pipeline_id = 10226282
        await moved(here, lead_id, ACCEPTED)
        assert await here.run_once() == 0
        assert len(sent(here)) == 2


def without_a_log(operation: str, applied: bool) -> None:
    if operation == "status_changes":
        raise PermanentFailure("403: the log is shown to administrators only")


async def test_without_a_log_a_managers_move_is_told_by_its_hook() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        here.crm.interfere = without_a_log
        await moved(here, lead_id, ACCEPTED)
        assert await here.run_once() == 0
        assert len(sent(here)) == 2


async def test_without_a_log_a_missed_move_is_found_by_comparing_leads() -> None:
    async with house(LETTERS) as here:
        await (await here.worker()).reconciler.run()
        lead_id = await ordered(here)
        here.crm.interfere = without_a_log
        here.clock.seconds += 200
        here.crm.move(lead_id, WON)
        here.clock.seconds += 200
        await (await here.worker()).reconciler.run()
        assert await here.run_once() == 0
        assert len(sent(here)) == 2


async def test_without_a_log_an_edit_of_a_lead_closed_long_ago_sends_nothing() -> None:
    async with house() as here:  # letters on statuses are not switched on yet
        lead_id = await ordered(here)
        here.crm.move(lead_id, WON)
        here.config = LETTERS
        here.crm.interfere = without_a_log
        await (await here.worker()).reconciler.run()
        here.clock.seconds += 30 * 86_400
        here.crm.leads[lead_id].updated_at = here.clock.seconds
        await (await here.worker()).reconciler.run()
        assert await here.run_once() == 0
        assert len(sent(here)) == 1


async def test_without_a_log_an_edit_of_a_lead_that_we_did_not_make_sends_nothing() -> None:
    async with house(LETTERS) as here:
        here.crm.interfere = without_a_log
        await (await here.worker()).reconciler.run()
        contact = NewContact(name="Сидоров", emails=("sidorov@zavod.example",))
        made = await here.crm.create_lead(CreateLead(reference="by hand", name="Закупка", tags=(), contact=contact))
        here.crm.leads[made.lead_id].status_id = ACCEPTED
        await (await here.worker()).reconciler.run()
        assert await here.run_once() == 0
        assert sent(here) == []


async def test_a_reopened_lead_is_not_told_twice() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        for status in (ACCEPTED, INVOICE, ACCEPTED, INVOICE):
            await moved(here, lead_id, status)
            assert await here.run_once() == 0
        assert len(sent(here)) == 3


async def test_the_reconciling_read_finds_what_no_hook_told_once() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        assert await (await here.worker()).reconciler.run() == 0
        here.clock.seconds += 100
        here.crm.move(lead_id, ACCEPTED)
        here.clock.seconds += 200
        assert await (await here.worker()).reconciler.run() == 1
        assert await here.run_once() == 0
        here.clock.seconds += 100
        assert await (await here.worker()).reconciler.run() == 0
        await (await here.worker()).hooks.take(hook(lead_id, ACCEPTED, here.clock.seconds - 300))
        assert await here.run_once() == 0
        assert len(sent(here)) == 2


async def test_a_dead_address_gets_no_letter() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        await here.journal.work.mark_dead("ivanov@zavod.example", "5.1.1", here.clock.now())
        await moved(here, lead_id, ACCEPTED)
        assert await here.run_once() == 0
        assert len(sent(here)) == 1


async def test_an_answer_to_a_status_letter_becomes_a_note_on_the_lead() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        await moved(here, lead_id, SHIPPED)
        await here.run_once()
        answered = sent(here)[1]["Message-ID"]
        header = f"In-Reply-To: {answered}\n"
        await here.mailbox.deliver(letter("Спасибо, получили!", message_id="<2@zavod.example>", headers=header))
        assert await here.run_once() == 0
        assert list(here.crm.leads) == [lead_id]
        assert [note.entity_id for note in here.crm.notes.values()] == [lead_id, lead_id]


async def test_a_log_that_is_away_is_waited_for() -> None:
    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        away = True

        def interfere(operation: str, applied: bool) -> None:
            if away and operation == "status_changes":
                raise TemporaryFailure("504", neighbour="crm")

        here.crm.interfere = interfere
        await moved(here, lead_id, ACCEPTED)
        assert await here.run_once() == 1
        away = False
        here.clock.seconds += 600
        assert await here.run_once() == 0
        assert len(sent(here)) == 2


@pytest.mark.parametrize("account", [1, ACCOUNT + 1])
async def test_a_foreign_account_is_refused_at_the_door(account: int) -> None:
    from mailsync.hooks.intake import ForeignAccount

    async with house(LETTERS) as here:
        lead_id = await ordered(here)
        worker = await here.worker()
        await worker.hooks.account.learn()
        with pytest.raises(ForeignAccount):
            await worker.hooks.take(hook(lead_id, WON, here.clock.seconds, account))
