"""Letters in; leads, notes and confirmations out: what is done with which letter, and what is never done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default

import pytest

from mailsync.errors import PermanentFailure, TemporaryFailure, UnknownOutcome
from mailsync.journal.records import State
from mailsync.memory.crm import MemoryContact
from mailsync.memory.mailbox import MemoryMailbox, MemorySession
from mailsync.memory.submission import SubmissionFault
from mailsync.ports import Envelope, FetchedLetter
from tests.worker.house import CONFIG, House, house, letter

ORDER = "Здравствуйте! Просим выставить счёт: патрон токарный 7100-0035 - 2 шт.\n\nС уважением,\nИванов Пётр"
QUESTION = "Добрый день! Подскажите, пожалуйста, когда отгрузите наш заказ?"


async def test_an_order_becomes_a_lead_with_contact_note_and_one_confirmation() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 0
        (entry,) = await here.entries(State.DONE)
        (lead,) = here.crm.leads.values()
        assert lead.lead.name == f"Заказ {entry.reference}: Заявка"
        assert here.crm.contacts[lead.contact_id or 0].emails == ("ivanov@zavod.example",)
        (note,) = here.crm.notes.values()
        assert note.entity_id == lead.id
        assert "7100-0035" in note.text
        (sent,) = here.submission.accepted
        assert sent.mail_from == "zakaz@tdrusstankosbyt.ru"
        assert sent.rcpt_to == ("ivanov@zavod.example",)
        confirmation = message_from_bytes(sent.raw, policy=default)
        assert confirmation["In-Reply-To"] == "<1@zavod.example>"
        assert confirmation["Auto-Submitted"] == "auto-replied"
        assert entry.reference in confirmation["Subject"]
        (copy,) = here.mailbox.folders["Sent"].letters.values()
        assert copy.raw == sent.raw


async def test_a_second_run_does_nothing() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.run_once()
        writes = here.crm.writes
        assert await here.run_once() == 0
        assert (here.crm.writes, len(here.submission.accepted)) == (writes, 1)


async def test_an_answer_to_the_confirmation_becomes_a_note_on_its_lead() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.run_once()
        ours = message_from_bytes(here.submission.accepted[0].raw, policy=default)["Message-ID"]
        await here.mailbox.deliver(
            letter(QUESTION, subject="Re: Заявка", message_id="<2@zavod.example>", headers=f"In-Reply-To: {ours}\n")
        )
        assert await here.run_once() == 0
        assert len(here.crm.leads) == 1
        assert "Ответ клиента" in list(here.crm.notes.values())[-1].text
        assert len(here.submission.accepted) == 1


async def test_an_answer_that_comes_together_with_its_question_and_a_second_copy_finds_the_thread() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.mailbox.deliver(
            letter(ORDER, message_id="<2@zavod.example>", headers="In-Reply-To: <1@zavod.example>\n")
        )
        await here.mailbox.deliver(b"Received: by another way\r\n" + letter(ORDER))
        assert await here.run_once() == 0
        assert len(here.crm.leads) == 1
        first, answer, copy = await here.entries()
        assert (answer.lead_id, answer.thread_id) == (first.lead_id, first.id)
        assert copy.state is State.IGNORED


@pytest.mark.parametrize("subject", ["Re: Заявка", "Re: Заявка [{reference}]"])
async def test_a_stranger_who_quotes_a_thread_stays_out_of_it(subject: str) -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.run_once()
        (first,) = await here.entries()
        ours = message_from_bytes(here.submission.accepted[0].raw, policy=default)["Message-ID"]
        await here.mailbox.deliver(
            letter(
                QUESTION,
                sender="fremd@other.example",
                subject=subject.format(reference=first.reference),
                message_id="<x@other.example>",
                headers=f"In-Reply-To: {ours}\nReferences: <1@zavod.example> {ours}\n",
            )
        )
        await here.run_once()
        assert len(here.crm.leads) == 2
        assert [note.entity_id for note in here.crm.notes.values()].count(first.lead_id or 0) == 1


async def test_a_letter_of_ours_opens_its_own_thread_only() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.mailbox.deliver(letter(ORDER + "!", sender="other@plant.example", message_id="<o@plant.example>"))
        assert await here.run_once() == 0
        (known,) = [one for one in here.submission.accepted if one.rcpt_to == ("other@plant.example",)]
        sealed = message_from_bytes(known.raw, policy=default)["Message-ID"]
        headers = f"In-Reply-To: <1@zavod.example>\nReferences: <1@zavod.example> {sealed}\n"
        stranger = letter(QUESTION, sender="third@zavod.example", message_id="<3@zavod.example>", headers=headers)
        await here.mailbox.deliver(stranger)
        assert await here.run_once() == 0
        assert len(here.crm.leads) == 3


async def test_a_message_from_a_known_contact_is_a_note_on_the_contact_and_its_only_open_lead() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.run_once()
        await here.mailbox.deliver(letter(QUESTION, subject="Вопрос", message_id="<3@zavod.example>"))
        assert await here.run_once() == 0
        assert len(here.crm.leads) == 1
        assert [note.entity for note in here.crm.notes.values()] == ["leads", "contacts", "leads"]
        assert len(here.submission.accepted) == 1


async def test_a_message_from_an_unknown_person_becomes_a_lead_with_a_confirmation() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(QUESTION))
        assert await here.run_once() == 0
        assert (len(here.crm.leads), len(here.submission.accepted)) == (1, 1)


@pytest.mark.parametrize(
    ("headers", "subject"),
    [
        ("Auto-Submitted: auto-replied\n", "Автоответ: Заявка"),
        ("List-Unsubscribe: <mailto:u@list.example>\nPrecedence: bulk\n", "Акции недели"),
    ],
)
async def test_machines_are_ignored_and_never_answered(headers: str, subject: str) -> None:
    async with house() as here:
        await here.mailbox.deliver(letter("Я в отпуске до 10 марта.", subject=subject, headers=headers))
        assert await here.run_once() == 0
        (entry,) = await here.entries(State.IGNORED)
        assert entry.reason
        assert (here.crm.writes, here.submission.accepted) == (0, [])


async def test_our_own_mail_and_a_second_copy_are_ignored_with_the_reason() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.mailbox.deliver(b"Received: by another way\r\n" + letter(ORDER))
        await here.mailbox.deliver(letter(ORDER))  # the same bytes: a further sighting, no entry of its own
        await here.mailbox.deliver(letter(ORDER, sender="zakaz@tdrusstankosbyt.ru", message_id="<own@x>"))
        assert await here.run_once() == 0
        first, second, own = await here.entries()
        assert (first.state, second.state, own.state) == (State.DONE, State.IGNORED, State.IGNORED)
        assert second.reason == f"the same letter as {first.reference}"
        assert own.reason == "our own mail"
        balance = await here.journal.desk.balance("INBOX", [1, 2, 3, 4])
        assert balance.adds_up
        assert (balance.mailbox, balance.done, balance.ignored) == (4, 1, 3)


async def test_a_failed_authentication_makes_a_lead_to_be_checked_and_touches_nobody() -> None:
    config = House().config.model_copy(update={"authentication": House().config.authentication.model_copy(
        update={"authserv_id": "mx.tdrusstankosbyt.ru"})})  # fmt: skip
    async with house(config) as here:
        here.crm.contacts[7] = MemoryContact(7, "Иванов", ("ivanov@zavod.example",), ())
        verdict = "Authentication-Results: mx.tdrusstankosbyt.ru; dmarc=fail header.from=zavod.example\n"
        await here.mailbox.deliver(verdict.encode() + letter(ORDER))
        await here.run_once()
        (lead,) = here.crm.leads.values()
        assert "проверить отправителя" in lead.lead.tags
        assert (lead.contact_id, list(here.crm.contacts), here.submission.accepted) == (None, [7], [])


async def test_two_letters_of_one_new_customer_make_one_contact() -> None:
    async with house() as here:
        for number in range(5):
            await here.mailbox.deliver(letter(f"{ORDER} {number}", message_id=f"<{number}@zavod.example>"))
        assert await here.run_once() == 0
        assert (len(here.crm.leads), len(here.crm.contacts)) == (5, 1)


async def test_garbage_becomes_a_lead_for_a_person_with_the_raw_letter() -> None:
    async with house() as here:
        await here.mailbox.deliver(
            b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\xff\xfe\x00"
        )
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 0
        assert len(here.crm.leads) == 2


async def test_a_dead_crm_stops_nothing_but_its_own_effects_and_comes_back_by_itself() -> None:
    async with house() as here:

        def away(_operation: str, _applied: bool) -> None:
            raise TemporaryFailure("AmoCRM cannot be reached", neighbour="crm")

        here.crm.interfere = away
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 1
        (entry,) = await here.entries(State.WAITING)
        assert entry.reason == "AmoCRM cannot be reached"
        here.crm.interfere = lambda _operation, _applied: None
        here.clock.seconds += 600
        assert await here.run_once() == 0
        assert (len(here.crm.leads), len(here.submission.accepted)) == (1, 1)


async def test_a_worker_started_anew_asks_at_once_the_neighbours_that_were_away() -> None:
    async with house() as here:
        here.submission.faults.append(SubmissionFault.LOGIN_REFUSED)
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 1
        assert await here.run_once() == 0
        assert (len(here.crm.leads), len(here.submission.accepted)) == (1, 1)


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("operation", ["create_lead", "add_note"])
async def test_a_lost_answer_is_looked_up_before_anything_is_repeated(operation: str, *, applied: bool) -> None:
    async with house() as here:
        lost: list[str] = []

        def lose(name: str, done: bool) -> None:
            if name == operation and done is applied and not lost:
                lost.append(name)
                raise UnknownOutcome("no answer")

        here.crm.interfere = lose
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 0
        assert lost == [operation]
        assert (len(here.crm.leads), len(here.crm.notes), len(here.submission.accepted)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("fault", "letters"), [(SubmissionFault.LOST_ACCEPTED, 1), (SubmissionFault.LOST_UNACCEPTED, 0)]
)
async def test_a_confirmation_of_unknown_fate_is_shown_and_never_repeated(fault: SubmissionFault, letters: int) -> None:
    async with house() as here:
        here.submission.faults.append(fault)
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 1
        (entry,) = await here.entries(State.PARKED)
        assert "journal settle" in entry.cure
        here.clock.seconds += 86_400
        assert await here.run_once() == 1
        assert len(here.submission.accepted) == letters
        assert await here.journal.desk.settle(entry.id, here.clock.now())
        assert await here.run_once() == 0
        assert len(here.submission.accepted) == letters


async def test_a_copy_in_our_own_mailbox_settles_an_uncertain_confirmation() -> None:
    async with house() as here:
        here.submission.faults.append(SubmissionFault.LOST_ACCEPTED)
        await here.mailbox.deliver(letter(ORDER))
        await here.run_once()
        await here.mailbox.deliver(here.submission.accepted[0].raw)
        assert await here.run_once() == 0
        assert [entry.state for entry in await here.entries()] == [State.DONE, State.DONE]


async def test_a_confirmation_refused_at_once_leaves_a_note_and_a_task_and_the_address_dead() -> None:
    async with house() as here:
        here.submission.faults.append(SubmissionFault.RECIPIENT_REFUSED)
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 0
        assert "не принято" in list(here.crm.notes.values())[-1].text
        assert len(here.crm.tasks) == 1
        assert await here.journal.knowledge.is_dead("ivanov@zavod.example")


async def test_a_refused_lead_is_parked_with_reason_and_cure_and_retried_by_hand() -> None:
    async with house() as here:

        def refuse(operation: str, _applied: bool) -> None:
            if operation == "create_lead":
                raise PermanentFailure("AmoCRM refused it: NotSupportedChoice", cure="correct amocrm.status_id")

        here.crm.interfere = refuse
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 1
        (entry,) = await here.entries(State.PARKED)
        assert (entry.reason, entry.cure) == ("AmoCRM refused it: NotSupportedChoice", "correct amocrm.status_id")
        here.crm.interfere = lambda _operation, _applied: None
        assert await here.journal.desk.retry(entry.id, here.clock.now())
        assert await here.run_once() == 0
        assert (len(here.crm.leads), len(here.submission.accepted)) == (1, 1)


async def test_a_wrong_password_is_told_and_loses_nothing() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        here.mailbox.password_accepted = False
        assert await here.run_once() == 2
        here.mailbox.password_accepted = True
        assert await here.run_once() == 0
        assert len(here.crm.leads) == 1


async def test_a_new_uidvalidity_brings_no_letter_twice_and_loses_none() -> None:
    async with house() as here:
        old = [letter(f"{ORDER} {n}", message_id=f"<{n}@zavod.example>") for n in range(3)]
        for raw in old:
            await here.mailbox.deliver(raw)
        await here.run_once()
        new = letter(ORDER, message_id="<new@zavod.example>")
        await here.mailbox.rebuild([old[2], new, old[0]])
        assert await here.run_once() == 0
        assert len(here.crm.leads) == 4
        assert (await here.journal.desk.balance("INBOX", [1, 2, 3])).adds_up


async def test_uids_of_another_uidvalidity_are_not_taken_for_stored_letters() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.run_once()
        validity = here.mailbox.folders["INBOX"].uidvalidity
        assert (await here.journal.desk.balance("INBOX", [1], validity)).adds_up
        balance = await here.journal.desk.balance("INBOX", [1], validity + 1)
        assert (balance.stored, balance.differences, balance.adds_up) == (0, (1,), False)


async def test_first_start_new_leaves_older_letters_alone() -> None:
    config = House().config
    config = config.model_copy(update={"mailbox": config.mailbox.model_copy(update={"first_start": "new"})})
    async with house(config) as here:
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 0
        await here.mailbox.deliver(letter(ORDER, message_id="<2@zavod.example>"))
        assert await here.run_once() == 0
        assert len(here.crm.leads) == 1
        assert (await here.journal.desk.balance("INBOX", [1, 2])).adds_up


async def test_erasing_an_address_forgets_its_words_and_keeps_the_balance() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.run_once()
        assert await here.journal.desk.erase("ivanov@zavod.example", here.clock.now()) == 1
        (entry,) = await here.entries()
        assert (entry.sender, entry.subject) == (None, None)
        assert await here.journal.work.raw(entry.id) == b""
        assert (await here.journal.desk.balance("INBOX", [1])).adds_up
        assert await here.run_once() == 0


class Poisoned(MemoryMailbox):
    """Letters with these UIDs end the connection."""

    poison: tuple[int, ...] = (2, 3)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[MemorySession]:
        async with super().connect() as session:
            fetch = session.fetch

            async def poisoned(uids: list[int]) -> AsyncIterator[FetchedLetter]:
                async for one in fetch(uids):
                    if one.uid in self.poison:
                        raise TemporaryFailure("lost", neighbour="imap")
                    yield one

            session.fetch = poisoned  # type: ignore[method-assign]
            yield session


async def test_letters_that_break_the_connection_are_left_to_a_person_once_others_have_come_through() -> None:
    async with house() as here:
        here.mailbox = Poisoned()
        worker = await here.worker()
        for number in range(3):
            await here.mailbox.deliver(letter(ORDER, message_id=f"<{number}@zavod.example>"))
        for _ in range(10):
            assert await worker.run_once() == 2
            here.clock.seconds += 600
        assert len(here.crm.leads) == 1  # nothing else came: for all we know the server is to blame
        for number in range(3, 20):
            await here.mailbox.deliver(letter(ORDER, message_id=f"<{number}@zavod.example>"))
            status = await worker.run_once()
            here.clock.seconds += 600
        assert status == 0
        assert len(here.crm.leads) == 20
        assert sum("не отдаёт" in note.text for note in here.crm.notes.values()) == 2
        assert (await here.journal.desk.balance("INBOX", list(range(1, 21)))).adds_up


async def test_an_outage_during_fetching_blames_no_letter() -> None:
    async with house() as here:
        here.mailbox = Poisoned()
        here.mailbox.poison = (1, 2, 3)
        worker = await here.worker()
        for number in range(3):
            await here.mailbox.deliver(letter(ORDER, message_id=f"<{number}@zavod.example>"))
        for _ in range(20):
            assert await worker.run_once() == 2
            here.clock.seconds += 600
        here.mailbox.poison = ()
        assert await worker.run_once() == 0
        assert len(here.crm.leads) == 3
        assert not any("не отдаёт" in note.text for note in here.crm.notes.values())


async def test_answers_to_one_victim_are_capped_whoever_asks_for_them() -> None:
    config = House().config
    config = config.model_copy(
        update={"confirmations": config.confirmations.model_copy(update={"per_address_per_day": 2})}
    )
    async with house(config) as here:
        for number in range(6):
            reply = "Reply-To: victim@zavod.example\n"
            await here.mailbox.deliver(
                letter(ORDER, sender=f"bot{number}@zavod.example", message_id=f"<{number}@bot>", headers=reply)
            )
            await here.run_once()
        assert [one.rcpt_to for one in here.submission.accepted] == [("victim@zavod.example",)] * 2


async def test_letters_that_wait_for_the_smtp_server_count_under_the_cap() -> None:
    limit = {"confirmations": CONFIG.confirmations.model_copy(update={"per_address_per_day": 2})}
    async with house(CONFIG.model_copy(update=limit)) as here:
        for number in range(4):
            await here.mailbox.deliver(letter(ORDER, message_id=f"<{number}@zavod.example>"))
            here.submission.faults.append(SubmissionFault.OFFLINE)
            assert await here.run_once() == 1
        here.submission.faults.clear()
        assert await here.run_once() == 0
        assert (len(here.crm.leads), len(here.submission.accepted)) == (4, 2)


async def test_a_stranger_who_names_a_customer_in_the_text_gets_a_lead_of_his_own() -> None:
    async with house() as here:
        here.crm.contacts[7] = MemoryContact(7, "Иванов", ("ivanov@zavod.example",), ("+79123456789",))
        text = "Добрый день! Передайте привет, почта ivanov@zavod.example, телефон +7 912 345-67-89."
        await here.mailbox.deliver(letter(text, sender="fremd@other.example", subject="Вопрос"))
        assert await here.run_once() == 0
        assert len(here.crm.leads) == 1
        assert all(note.entity == "leads" for note in here.crm.notes.values())


async def test_a_delivery_report_kills_the_address_that_the_letter_went_to_and_no_other() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.run_once()
        ours = message_from_bytes(here.submission.accepted[0].raw, policy=default)["Message-ID"]
        for number, address in enumerate(("boss@bigcustomer.example", "ivanov@zavod.example")):
            await here.mailbox.deliver(report(address, ours, number))
            await here.run_once()
        assert not await here.journal.knowledge.is_dead("boss@bigcustomer.example")
        assert await here.journal.knowledge.is_dead("ivanov@zavod.example")


def report(address: str, message_id: str, number: int) -> bytes:
    """A delivery status notification (RFC 3464) about a letter of ours."""
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: zakaz@tdrusstankosbyt.ru\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn{number}@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()


async def test_a_copy_that_comes_before_the_doubt_settles_it_too() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        submit = here.submission.submit

        async def copied_then_lost(envelope: Envelope, before_data: Callable[[], Awaitable[None]]) -> str:
            await submit(envelope, before_data)
            await here.mailbox.deliver(envelope.raw)
            await worker.fetcher.fetch_once()
            await worker.processor.step()
            raise UnknownOutcome("no answer")

        here.submission.submit = copied_then_lost  # type: ignore[method-assign]
        worker = await here.worker()
        assert await worker.run_once() == 0


async def test_one_blip_with_many_under_way_counts_once() -> None:
    async with house() as here:
        health = (await here.worker()).health
        waits = [health.failed("crm", TemporaryFailure("away", neighbour="crm")) for _ in range(50)]
        assert max(waits) < 3
        assert health.outages["crm"].failures == 1


async def test_letters_that_stood_in_the_mailbox_for_weeks_become_leads_and_get_no_answer() -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        await here.mailbox.deliver(letter(ORDER, message_id="<2@zavod.example>"))
        here.mailbox.folders["INBOX"].letters[1].arrived_at = here.clock.seconds - 30 * 86_400
        assert await here.run_once() == 0
        old, new = await here.entries()
        assert len(here.crm.leads) == 2
        (sent,) = here.submission.accepted
        assert new.reference.encode() in sent.raw
        assert "no confirmation: it came weeks ago: an answer now would only puzzle" in await here.journal.desk.reasons(
            old.id
        )
