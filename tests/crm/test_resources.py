"""Every method of the client against the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from crm import fields
from crm.entities import (
    LOST,
    WON,
    EntityType,
    Existing,
    LeadUpdate,
    Link,
    NewCompany,
    NewContact,
    NewLead,
    NewTask,
    PersonUpdate,
)
from crm.errors import Refused, Unavailable
from crm.filters import EventFilter, LeadFilter, NoteFilter, Period, PersonFilter, TaskFilter
from crm.note_types import Attachment, Call, CashierMessage, Content, Geolocation, NewNote, ServiceMessage, Sms, Text
from crm.sandbox import Switches
from crm.sandbox.faults import Fault
from tests.crm import virtual
from tests.crm.sandboxed import MANAGER, PIPELINE, STATUS, Pair, run

T = TypeVar("T")
LEADS, CONTACTS, COMPANIES = EntityType.LEADS, EntityType.CONTACTS, EntityType.COMPANIES
SERIAL, SERVICE_STATUS, MAINTENANCE, INN = 712_629, 712_637, 712_639, 712_621
NO_FILTERS = Switches(filters_enabled=False)


async def listed(rows: AsyncIterator[T]) -> list[T]:
    return [row async for row in rows]


def new_lead(**more: Any) -> NewLead:
    return NewLead("Заказ RS-1", pipeline_id=PIPELINE, status_id=STATUS, responsible_user_id=MANAGER, **more)


def test_a_lead_with_contact_and_company_is_read_back_as_written() -> None:
    async def use(pair: Pair) -> None:
        done = await pair.client.leads.create_complex(
            new_lead(
                price=150_000,
                fields=(fields.text(SERIAL, "А-17"), fields.choice(SERVICE_STATUS, "Новое")),
                tags=("почта",),
                contact=NewContact("Иван Петров", emails=("ivan@zavod.ru",), phones=("+79991234567",)),
                company=NewCompany("ООО Завод", inn="7707083893", fields=(fields.text(INN, "7707083893"),)),
            )
        )
        lead = await pair.client.leads.get(done.id)
        assert lead is not None
        assert (lead.name, lead.price, lead.status_id, lead.pipeline_id) == ("Заказ RS-1", 150_000, STATUS, PIPELINE)
        assert [one.name for one in lead.tags] == ["почта"]
        serial, status = lead.field(SERIAL), lead.field(SERVICE_STATUS)
        assert serial is not None
        assert status is not None
        assert (serial.texts, status.texts) == (("А-17",), ("Новое",))
        assert lead.created_at == datetime.fromtimestamp(virtual.START, UTC)
        contact = await pair.client.find.contact_of(lead)
        assert contact is not None
        assert (contact.id, contact.emails, contact.phones) == (done.contact_id, ("ivan@zavod.ru",), ("+79991234567",))
        company = await pair.client.companies.get(done.company_id or 0)
        assert company is not None
        assert company.name == "ООО Завод"

    run(use)


def test_a_lead_is_moved_and_its_fields_changed_without_touching_others() -> None:
    async def use(pair: Pair) -> None:
        made = await pair.client.leads.create(new_lead(fields=(fields.text(SERIAL, "А-17"),), tags=("почта",)))
        zone = ZoneInfo("Europe/Moscow")
        await pair.client.leads.update(
            LeadUpdate(
                made.id,
                status_id=WON,
                fields=(fields.day(MAINTENANCE, date(2027, 2, 1), zone),),
                tags_to_add=("сервис",),
                tags_to_delete=("почта",),
            )
        )
        lead = await pair.client.leads.get(made.id)
        assert lead is not None
        assert lead.is_won
        assert lead.closed_at is not None
        assert [one.name for one in lead.tags] == ["сервис"]
        maintenance, serial = lead.field(MAINTENANCE), lead.field(SERIAL)
        assert maintenance is not None
        assert serial is not None
        assert fields.as_day(maintenance.values[0], zone) == date(2027, 2, 1)
        assert serial.texts == ("А-17",)
        await pair.client.leads.update(LeadUpdate(made.id, status_id=LOST, loss_reason_id=1_401))

    run(use)


def test_long_texts_do_not_fail_the_lead_and_come_back_for_the_note() -> None:
    async def use(pair: Pair) -> None:
        done = await pair.client.leads.create_complex(new_lead(fields=(fields.text(SERIAL, "я" * 300),)))
        assert [(one.where, len(one.text)) for one in done.leftovers] == [(str(SERIAL), 300)]
        assert await pair.client.leads.update(LeadUpdate(done.id, name="я" * 300)) != ()

    run(use)


@pytest.mark.parametrize("switches", [Switches(), NO_FILTERS], ids=["filters on", "filters off"])
def test_leads_are_filtered_whether_or_not_the_service_does_it(switches: Switches) -> None:
    async def use(pair: Pair) -> None:
        names = [NewLead(f"Заказ {n}", status_id=STATUS if n % 2 else None) for n in range(300)]
        await asyncio.gather(*map(pair.client.leads.create, names))
        await asyncio.sleep(60)
        late = await pair.client.leads.create(NewLead("Поздний", status_id=80_953_558))
        since = datetime.fromtimestamp(pair.box.clock(), UTC)
        assert len(await listed(pair.client.leads.select())) == 301
        assert len(await listed(pair.client.leads.select(LeadFilter(statuses=((PIPELINE, 80_953_558),))))) == 1
        found = await listed(pair.client.leads.select(LeadFilter(created=Period(since=since - timedelta(seconds=30)))))
        assert [lead.id for lead in found] == [late.id]
        found = await listed(pair.client.leads.select(LeadFilter(ids=(late.id,), pipeline_ids=(PIPELINE,))))
        assert [lead.name for lead in found] == ["Поздний"]
        assert await listed(pair.client.leads.select(LeadFilter(responsible_user_ids=(1,)))) == []

    run(use, switches)


@pytest.mark.parametrize("false_hits", [0, 3])
def test_a_contact_is_found_by_exact_address_and_by_phone_however_spelt(false_hits: int) -> None:
    async def use(pair: Pair) -> None:
        await asyncio.gather(
            *(pair.client.contacts.create(NewContact(f"И {n}", (f"i{n}@zavod.ru",))) for n in range(10)),
        )
        ivan = await pair.client.contacts.create(NewContact("Иван", ("Ivan@zavod.ru",), ("8 (999) 123-45-67",)))
        await pair.client.contacts.create(NewContact("Чужой", ("not-ivan@zavod.ru",)))
        found = await pair.client.contacts.find_by_email("ivan@ZAVOD.ru")
        assert [one.id for one in found] == [ivan.id]
        found = await pair.client.contacts.find_by_phone("+79991234567")
        assert [one.id for one in found] == [ivan.id]
        assert await pair.client.contacts.find_by_email("van@zavod.ru") == []
        assert await pair.client.contacts.find_by_phone("123") == []

    run(use, Switches(false_hits=false_hits))


@pytest.mark.parametrize("field_id", [INN, 0])
def test_a_company_is_found_by_its_inn(field_id: int) -> None:
    async def use(pair: Pair) -> None:
        made = await pair.client.companies.create(NewCompany("ООО", fields=(fields.text(INN, "7707083893"),)))
        await pair.client.companies.create(NewCompany("ООО 17707083893"))
        assert [one.id for one in await pair.client.companies.find_by_inn("7707083893", field_id)] == [made.id]

    run(use)


def test_people_are_changed_and_listed() -> None:
    async def use(pair: Pair) -> None:
        made = await pair.client.contacts.create(NewContact("Иван", tags=("почта",)))
        await asyncio.sleep(60)
        change = PersonUpdate(made.id, name="Пётр", fields=(fields.emails(["p@b.ru"]),), tags_to_delete=("почта",))
        await pair.client.contacts.update(change)
        contact = await pair.client.contacts.get(made.id)
        assert contact is not None
        assert (contact.name, contact.emails, contact.tags) == ("Пётр", ("p@b.ru",), ())
        since = datetime.fromtimestamp(pair.box.clock() - 30, UTC)
        assert len(await listed(pair.client.contacts.select(PersonFilter(updated=Period(since=since))))) == 1
        assert await pair.client.contacts.get(1) is None
        company = await pair.client.companies.create(NewCompany("ООО"))
        await pair.client.companies.update(PersonUpdate(company.id, name="АО"))
        assert (await pair.client.companies.get(company.id) or company).name == "АО"  # type: ignore[union-attr]

    run(use)


def test_links_are_made_read_and_taken_away() -> None:
    async def use(pair: Pair) -> None:
        lead = await pair.client.leads.create(new_lead())
        contact = await pair.client.contacts.create(NewContact("Иван"))
        link = Link(contact.id, "contacts", is_main=True)
        await pair.client.links.link(LEADS, lead.id, [link])
        await pair.client.links.link(LEADS, lead.id, [link])
        (read,) = await pair.client.links.of(LEADS, lead.id)
        assert (read.to_entity_id, read.to_entity_type, read.is_main) == (contact.id, "contacts", True)
        await pair.client.links.unlink(LEADS, lead.id, [Link(contact.id, "contacts")])
        assert await pair.client.links.of(LEADS, lead.id) == []

    run(use)


@pytest.mark.parametrize(
    "content",
    [
        Text("Письмо\nот клиента"),
        ServiceMessage("Почта", "а"),
        ServiceMessage("Почта", "а" * 9000, folded=True),
        Call("in", "u-1", 30, "почта", "+79991234567", link="https://x.ru/1.mp3", status=4),
        Sms("out", "а", "+79991234567"),
        Geolocation("а", "Москва", "37.6", "55.7"),
        CashierMessage("shown", "а"),
    ],
    ids=lambda content: type(content).__name__,
)
@pytest.mark.parametrize("kind", [LEADS, CONTACTS, COMPANIES])
def test_every_kind_of_note_can_be_made_and_read(content: Content, kind: EntityType) -> None:
    async def use(pair: Pair) -> None:
        made = await pair.client.leads.create_complex(new_lead(contact=NewContact("И"), company=NewCompany("О")))
        entity_id = {LEADS: made.id, CONTACTS: made.contact_id, COMPANIES: made.company_id}[kind] or 0
        created = await pair.client.notes.create(NewNote(kind, entity_id, content))
        note = await pair.client.notes.get(kind, created.id)
        assert note is not None
        assert note.entity_id == entity_id
        assert [one.id for one in await listed(pair.client.notes.select(kind, entity_id))] == [created.id]
        assert note.text == getattr(content, "text", "")

    run(use)


def test_notes_are_filtered_changed_and_pinned() -> None:
    async def use(pair: Pair) -> None:
        lead = await pair.client.leads.create(new_lead())
        text = await pair.client.notes.create(NewNote(LEADS, lead.id, Text("а")))
        await pair.client.notes.create(NewNote(LEADS, lead.id, ServiceMessage("Почта", "б")))
        found = await listed(pair.client.notes.select(LEADS, lead.id, NoteFilter(note_types=("common",))))
        assert [one.id for one in found] == [text.id]
        await pair.client.notes.update(text.id, NewNote(LEADS, lead.id, Text("в")))
        note = await pair.client.notes.get(LEADS, text.id)
        assert note is not None
        assert note.text == "в"
        await pair.client.notes.pin(LEADS, lead.id, text.id)
        await pair.client.notes.pin(LEADS, lead.id, text.id, pinned=False)

    run(use, NO_FILTERS)


def test_tasks_are_set_listed_and_completed() -> None:
    async def use(pair: Pair) -> None:
        lead = await pair.client.leads.create(new_lead())
        till = datetime(2027, 1, 1, tzinfo=UTC)
        made = await pair.client.tasks.create(NewTask("Проверить", till, lead.id, LEADS, responsible_user_id=MANAGER))
        await pair.client.tasks.create(NewTask("Другое", till))
        condition = TaskFilter(entity_type=LEADS, entity_ids=(lead.id,), is_completed=False)
        assert [one.id for one in await listed(pair.client.tasks.select(condition))] == [made.id]
        await pair.client.tasks.complete(made.id, "сделано")
        task = await pair.client.tasks.get(made.id)
        assert task is not None
        assert (task.is_completed, task.result, task.complete_till) == (True, "сделано", till)
        assert await listed(pair.client.tasks.select(condition)) == []

    run(use, NO_FILTERS)


@pytest.mark.parametrize("size", [1, 524_288, 524_289, 1_500_000])
def test_a_file_is_uploaded_in_parts_attached_and_shown_in_the_feed(size: int) -> None:
    async def use(pair: Pair) -> None:
        lead = await pair.client.leads.create(new_lead())
        content = bytes(n % 251 for n in range(size))
        file = await pair.client.files.upload("Заявка №1.pdf", content, "application/pdf")
        assert (file.name, file.size) == ("Заявка №1.pdf", size)
        assert bytes(pair.box.files[file.uuid].content) == content
        await pair.client.files.attach(LEADS, lead.id, [file.uuid])
        await pair.client.files.attach(LEADS, lead.id, [file.uuid])
        await pair.client.notes.create(NewNote(LEADS, lead.id, Attachment(file.uuid, file.name, file.version_uuid)))
        assert [one.uuid for one in await pair.client.files.of(LEADS, lead.id)] == [file.uuid]
        found = await pair.client.find.file(LEADS, lead.id, lambda one: one.name == "Заявка №1.pdf")
        assert found is not None
        assert found.uuid == file.uuid
        assert await pair.client.find.file(LEADS, lead.id, lambda one: one.name == "другой") is None

    run(use)


def test_an_empty_file_is_refused_before_anything_is_sent() -> None:
    async def use(pair: Pair) -> None:
        with pytest.raises(Refused):
            await pair.client.files.upload("a.txt", b"")
        assert pair.box.requests == []

    run(use)


def test_what_an_administrator_set_up_is_read() -> None:
    async def use(pair: Pair) -> None:
        account = await pair.client.directory.account()
        assert (account.id, account.filters_enabled, account.time_zone) == (32_181_450, True, "Europe/Moscow")
        pipelines = await pair.client.directory.pipelines()
        assert [one.id for one in pipelines] == [PIPELINE, 10_226_290]
        assert {WON, LOST, STATUS} <= {status.id for status in pipelines[0].statuses}
        assert await pair.client.directory.user(MANAGER) is not None
        assert {one.id: one.type for one in await pair.client.directory.custom_fields(LEADS)}[MAINTENANCE] == "date"
        assert [one.name for one in await pair.client.directory.loss_reasons()] == ["Дорого", "Нет в наличии", "Спам"]
        await pair.client.leads.create(new_lead(tags=("почта",)))
        assert [one.name for one in await pair.client.directory.tags(LEADS)] == ["почта"]

    run(use)


def test_webhooks_are_subscribed_listed_and_given_up() -> None:
    async def use(pair: Pair) -> None:
        hook = await pair.client.webhooks.subscribe("https://x.ru/hook", ["status_lead", "add_lead"])
        assert hook.settings == ("add_lead", "status_lead")
        assert [one.destination for one in await pair.client.webhooks.subscriptions()] == ["https://x.ru/hook"]
        await pair.client.webhooks.unsubscribe("https://x.ru/hook")
        assert await pair.client.webhooks.subscriptions() == []
        with pytest.raises(Refused) as raised:
            await pair.client.webhooks.unsubscribe("https://x.ru/hook")
        assert raised.value.status == 404

    run(use)


@pytest.mark.parametrize("switches", [Switches(), NO_FILTERS], ids=["filters on", "filters off"])
def test_missed_changes_of_status_are_read_from_the_event_log(switches: Switches) -> None:
    async def use(pair: Pair) -> None:
        lead = await pair.client.leads.create(new_lead())
        await pair.client.leads.update(LeadUpdate(lead.id, status_id=80_953_558))
        await asyncio.sleep(3600)
        since = datetime.fromtimestamp(pair.box.clock(), UTC)
        await pair.client.leads.update(LeadUpdate(lead.id, status_id=WON))
        condition = EventFilter(types=("lead_status_changed",), created=Period(since=since))
        (event,) = await listed(pair.client.events.select(condition))
        assert (event.entity_id, event.value_after[0]["lead_status"]["id"]) == (lead.id, WON)

    run(use, switches)


def test_what_does_not_exist_is_none() -> None:
    async def use(pair: Pair) -> None:
        assert await pair.client.leads.get(1) is None
        assert await pair.client.tasks.get(1) is None
        assert await listed(pair.client.leads.select()) == []

    run(use)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (NewLead(status_id=80_953_604, pipeline_id=PIPELINE), "status_id"),
        (NewLead(pipeline_id=1), "pipeline_id"),
        (NewLead(responsible_user_id=1), "responsible_user_id"),
        (NewLead(fields=(fields.text(1, "а"),)), "custom_fields_values.0.field_id"),
        (NewLead(fields=(fields.choice(SERVICE_STATUS, 1),)), "custom_fields_values.0.values.0.enum_id"),
        (NewLead(contact=Existing(1)), "_embedded.contacts.0.id"),
    ],
)
def test_what_the_service_refuses_is_named_by_its_path_and_refuses_nobody_else(wrong: NewLead, path: str) -> None:
    async def use(pair: Pair) -> None:
        writes = [pair.client.leads.create_complex(lead) for lead in (NewLead("1"), wrong, NewLead("2"))]
        first, refused, second = await asyncio.gather(*writes, return_exceptions=True)
        assert isinstance(refused, Refused)
        assert [item.path for item in refused.items] == [path]
        assert {lead.name for lead in pair.box.leads.values()} == {"1", "2"}
        assert len(pair.box.requests) == 2
        assert not isinstance(first, BaseException)
        assert not isinstance(second, BaseException)

    run(use)


def test_a_merged_lead_is_told_as_merged() -> None:
    async def use(pair: Pair) -> None:
        lead = NewLead("1", contact=NewContact("И", ("a@b.ru",)))
        first = await pair.client.leads.create_complex(lead)
        await asyncio.sleep(10)
        second = await pair.client.leads.create_complex(replace(lead, name="2"))
        assert (second.merged, second.id) == (True, first.id)

    run(use, Switches(duplicate_control=True))


def test_after_504_the_batches_get_smaller_and_grow_again() -> None:
    async def use(pair: Pair) -> list[int]:
        sizes: list[int] = []
        for _ in range(4):
            before = len(pair.box.leads)
            if not sizes:
                pair.box.fail(Fault(kind="status", status=504, html=True))
            leads = (pair.client.leads.create_complex(NewLead(str(n))) for n in range(50))
            results = await asyncio.gather(*leads, return_exceptions=True)
            calls = [one for one in pair.box.requests if one.method == "POST"]
            sizes.append(len(calls))
            assert len(pair.box.leads) - before == sum(not isinstance(one, Exception) for one in results)
        return sizes

    assert run(use) == [1, 3, 5, 7]


def test_reads_survive_a_service_that_fails_now_and_then() -> None:
    async def use(pair: Pair) -> None:
        lead = await pair.client.leads.create(new_lead())
        pair.box.switches.failure_rate_before = 0.3
        done = 0
        for _ in range(30):
            try:
                done += await pair.client.leads.get(lead.id) is not None
            except Unavailable:
                await asyncio.sleep(60)
        assert done >= 28

    run(use)


def test_a_service_that_limits_harder_than_told_is_obeyed_without_being_blocked() -> None:
    async def use(pair: Pair) -> None:
        await asyncio.gather(*(pair.client.leads.get(1) for _ in range(30)))
        assert not any(one.status == 403 for one in pair.box.requests)

    for answer in ("json", "html"):
        run(use, Switches(requests_per_second=2, limit_answer=answer))
