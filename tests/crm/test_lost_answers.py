"""Every kind of write, every way of losing its answer: exactly one entity, and no repeat without looking first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.entities import EntityType, LeadUpdate, Link, NewCompany, NewContact, NewLead, NewTask, PersonUpdate
from crm.errors import NotSent, OutcomeUnknown
from crm.note_types import Attachment, NewNote, Text
from crm.oauth import Redirect
from crm.sandbox import Switches
from crm.sandbox.faults import Fault
from crm.sandbox.sandbox import Sandbox
from crm.tokens import MemoryTokenStore
from tests.crm.sandboxed import BASE_URL, Pair, run

MARK = "RS-7QK2M9X"
LEADS, CONTACTS, COMPANIES = EntityType.LEADS, EntityType.CONTACTS, EntityType.COMPANIES


@dataclass(frozen=True)
class Ids:
    """What was there before."""

    lead: int
    contact: int
    company: int
    task: int = 0
    file: str = ""
    note: int = 0


@dataclass(frozen=True)
class Write:
    """One kind: how it is done, how it is looked for, and how often it has taken effect."""

    name: str
    path: str
    do: Callable[[Pair, Ids], Awaitable[Any]]
    look: Callable[[Pair, Ids, datetime], Awaitable[Any]]
    count: Callable[[Sandbox, Ids], int]


async def _nowhere(_pair: Pair, _ids: Ids, _at: datetime) -> None:
    """An update is not looked for: applying it twice gives the same state."""


WRITES = [
    Write(
        "leads/complex",
        "/api/v4/leads/complex",
        lambda pair, _: pair.client.book.create_lead(NewLead(f"Заказ {MARK}", contact=NewContact("И", ("new@b.ru",)))),
        lambda pair, _, at: pair.client.find.lead(lambda lead: MARK in lead.name, at),
        lambda box, _: sum(MARK in lead.name for lead in box.leads.values()),
    ),
    Write(
        "leads",
        "/api/v4/leads",
        lambda pair, _: pair.client.leads.create(NewLead(f"Заказ {MARK}")),
        lambda pair, _, at: pair.client.find.lead(lambda lead: MARK in lead.name, at),
        lambda box, _: sum(MARK in lead.name for lead in box.leads.values()),
    ),
    Write(
        "contacts",
        "/api/v4/contacts",
        lambda pair, _: pair.client.contacts.create(NewContact(f"Иван {MARK}", emails=("new@b.ru",))),
        lambda pair, _, at: pair.client.find.contact(lambda contact: MARK in contact.name, at),
        lambda box, _: sum(MARK in contact.name for contact in box.contacts.values()),
    ),
    Write(
        "companies",
        "/api/v4/companies",
        lambda pair, _: pair.client.companies.create(NewCompany(f"ООО {MARK}")),
        lambda pair, _, at: pair.client.find.company(lambda company: MARK in company.name, at),
        lambda box, _: sum(MARK in company.name for company in box.companies.values()),
    ),
    Write(
        "lead notes",
        "/api/v4/leads/notes",
        lambda pair, ids: pair.client.notes.create(NewNote(LEADS, ids.lead, Text(f"Письмо {MARK}"))),
        lambda pair, ids, at: pair.client.find.note(LEADS, ids.lead, lambda note: MARK in note.text, at),
        lambda box, ids: sum(MARK in str(note.params) for note in box.notes_of("leads", ids.lead)),
    ),
    Write(
        "contact notes",
        "/api/v4/contacts/notes",
        lambda pair, ids: pair.client.notes.create(NewNote(CONTACTS, ids.contact, Text(f"Письмо {MARK}"))),
        lambda pair, ids, at: pair.client.find.note(CONTACTS, ids.contact, lambda note: MARK in note.text, at),
        lambda box, ids: sum(MARK in str(note.params) for note in box.notes_of("contacts", ids.contact)),
    ),
    Write(
        "company notes",
        "/api/v4/companies/notes",
        lambda pair, ids: pair.client.notes.create(NewNote(COMPANIES, ids.company, Text(f"Письмо {MARK}"))),
        lambda pair, ids, at: pair.client.find.note(COMPANIES, ids.company, lambda note: MARK in note.text, at),
        lambda box, ids: sum(MARK in str(note.params) for note in box.notes_of("companies", ids.company)),
    ),
    Write(
        "tasks",
        "/api/v4/tasks",
        lambda pair, ids: pair.client.tasks.create(
            NewTask(f"Проверить {MARK}", datetime(2027, 1, 1, tzinfo=UTC), ids.lead, LEADS)
        ),
        lambda pair, ids, at: pair.client.find.task(LEADS, ids.lead, lambda task: MARK in task.text, at),
        lambda box, _: sum(MARK in task.text for task in box.tasks.values()),
    ),
    Write(
        "lead update",
        "/api/v4/leads",
        lambda pair, ids: pair.client.leads.update(LeadUpdate(ids.lead, name=f"Заказ {MARK}", tags_to_add=("почта",))),
        _nowhere,
        lambda box, ids: int(MARK in box.leads[ids.lead].name and len(box.leads[ids.lead].tags) == 1),
    ),
    Write(
        "contact update",
        "/api/v4/contacts",
        lambda pair, ids: pair.client.contacts.update(PersonUpdate(ids.contact, name=f"Иван {MARK}")),
        _nowhere,
        lambda box, ids: int(MARK in box.contacts[ids.contact].name),
    ),
    Write(
        "company update",
        "/api/v4/companies",
        lambda pair, ids: pair.client.companies.update(PersonUpdate(ids.company, name=f"ООО {MARK}")),
        _nowhere,
        lambda box, ids: int(MARK in box.companies[ids.company].name),
    ),
    Write(
        "link",
        "/api/v4/leads/*/link",
        lambda pair, ids: pair.client.links.link(LEADS, ids.lead, [Link(ids.contact, "contacts", is_main=True)]),
        _nowhere,
        lambda box, ids: len(box.contacts_of(ids.lead)),
    ),
]

FAULTS = {
    "dropped before": Fault(kind="drop", when="before"),
    "dropped after": Fault(kind="drop", when="after"),
    "500 before": Fault(kind="status", when="before", status=500),
    "500 after": Fault(kind="status", when="after", status=500),
    "502 before": Fault(kind="status", when="before", status=502, html=True),
    "502 after": Fault(kind="status", when="after", status=502, html=True),
    "504 before": Fault(kind="status", when="before", status=504, html=True),
    "504 after": Fault(kind="status", when="after", status=504, html=True),
    "silence before": Fault(kind="delay", when="before", seconds=300),
    "silence after": Fault(kind="delay", when="after", seconds=300),
    "429 before": Fault(kind="status", when="before", status=429, retry_after=3),
    "429 after": Fault(kind="status", when="after", status=429, html=True),
}


async def _prepared(pair: Pair) -> Ids:
    lead = await pair.client.leads.create_complex(NewLead("Старый заказ"))
    contact = await pair.client.contacts.create(NewContact("Старый клиент"))
    company = await pair.client.companies.create(NewCompany("ООО"))
    await asyncio.sleep(3600)
    return Ids(lead.id, contact.id, company.id)


async def _until_done(pair: Pair, write: Write, ids: Ids) -> list[str]:
    """What a careful caller does; returns its steps."""
    steps = []
    for _ in range(5):
        at = datetime.fromtimestamp(pair.box.clock(), UTC)
        try:
            await write.do(pair, ids)
        except NotSent as error:
            steps.append("not sent")
            await asyncio.sleep(error.retry_after or 1)
        except OutcomeUnknown as error:
            steps.append("unknown")
            await asyncio.sleep(error.retry_after or 0)
            if not error.harmless and await write.look(pair, ids, at) is not None:
                return [*steps, "found"]
        else:
            return [*steps, "done"]
    return [*steps, "gave up"]


@pytest.mark.parametrize("lag", [0, 30, 120])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("write", WRITES, ids=[write.name for write in WRITES])
def test_one_entity_whatever_happened_to_the_answer(write: Write, fault: str, lag: float) -> None:
    async def use(pair: Pair) -> tuple[list[str], int, bool]:
        ids = await _prepared(pair)
        before = len(pair.box.requests)
        pair.box.fail(
            FAULTS[fault].model_copy(
                update={"path": write.path, "method": "PATCH" if "update" in write.name else "POST"}
            )
        )
        steps = await _until_done(pair, write, ids)
        looked = any(one.method == "GET" for one in pair.box.requests[before:])
        return steps, write.count(pair.box, ids), looked

    steps, count, looked = run(use, Switches(index_lag=lag))
    assert count == 1
    assert steps[-1] in {"done", "found"}
    if write.look is not _nowhere:
        assert steps == (["unknown", "found"] if "after" in fault else ["unknown", "done"])
        assert looked


def test_a_batch_of_which_a_part_was_applied_is_completed_not_doubled() -> None:
    async def use(pair: Pair, applied: int) -> int:
        started = datetime.fromtimestamp(pair.box.clock(), UTC)
        pair.box.fail(Fault(kind="partial", items=applied, status=502, path="/api/v4/leads/complex"))

        async def once(name: str) -> None:
            while True:
                try:
                    await pair.client.leads.create_complex(NewLead(name))
                except OutcomeUnknown:
                    if await pair.client.find.lead(lambda lead: lead.name == name, started) is not None:
                        return
                else:
                    return

        await asyncio.gather(*(once(f"Заказ {n:02}") for n in range(50)))
        assert sorted(lead.name for lead in pair.box.leads.values()) == [f"Заказ {n:02}" for n in range(50)]
        return len(pair.box.requests)

    for applied in range(51):
        calls = run(lambda pair, applied=applied: use(pair, applied))  # type: ignore[misc]
        assert calls <= 3


@pytest.mark.parametrize("reversed_", [False, True])
def test_answers_in_another_order_reach_their_own_callers(reversed_: bool) -> None:
    async def use(pair: Pair) -> list[str]:
        client, till = pair.client, datetime(2027, 1, 1, tzinfo=UTC)
        lead = await client.leads.create(NewLead("Заказ"))
        whole = await asyncio.gather(*(client.leads.create_complex(NewLead(f"{n}")) for n in range(3)))
        plain = await asyncio.gather(*(client.leads.create(NewLead(f"{n}")) for n in range(3)))
        people = await asyncio.gather(*(client.contacts.create(NewContact(f"{n}")) for n in range(3)))
        notes = await asyncio.gather(
            *(client.notes.create(NewNote(LEADS, lead.id, Text(f"{n}"))) for n in range(3)),
        )
        tasks = await asyncio.gather(*(client.tasks.create(NewTask(f"{n}", till)) for n in range(3)))
        return [
            *(pair.box.leads[one.id].name for one in whole),
            *(pair.box.leads[one.id].name for one in plain),
            *(pair.box.contacts[one.id].name for one in people),
            *(str(pair.box.notes[one.id].params["text"]) for one in notes),
            *(pair.box.tasks[one.id].text for one in tasks),
        ]

    assert run(use, Switches(answer_reversed=reversed_)) == ["0", "1", "2"] * 5


def test_two_letters_of_a_new_customer_make_one_contact_though_the_first_answer_was_lost() -> None:
    async def use(pair: Pair) -> tuple[int, int]:
        pair.box.fail(Fault(kind="drop", when="after", path="/api/v4/leads/complex"))
        letters = [NewLead(f"Заказ {n}", contact=NewContact("Иван", ("a@b.ru",))) for n in range(2)]
        results = await asyncio.gather(*map(pair.client.book.create_lead, letters), return_exceptions=True)
        assert isinstance(results[0], OutcomeUnknown)
        await asyncio.sleep(timedelta(seconds=1).total_seconds())
        restarted = pair.build()
        await restarted.book.create_lead(NewLead("Заказ 3", contact=NewContact("Иван", ("A@B.ru",))))
        await restarted.aclose()
        return len(pair.box.leads), len(pair.box.contacts)

    assert run(use, Switches(index_lag=120)) == (3, 1)


SETTERS: dict[str, tuple[str, str, Callable[[Pair, Ids], Awaitable[Any]], Callable[[Sandbox, Ids], int]]] = {
    "unlink": (
        "POST",
        "/api/v4/leads/*/unlink",
        lambda pair, ids: pair.client.links.unlink(LEADS, ids.lead, [Link(ids.contact, "contacts")]),
        lambda box, ids: 1 - len(box.contacts_of(ids.lead)),
    ),
    "task completed": (
        "PATCH",
        "/api/v4/tasks/*",
        lambda pair, ids: pair.client.tasks.complete(ids.task, "сделано"),
        lambda box, ids: sum(task.is_completed for task in box.tasks.values()),
    ),
    "note changed": (
        "PATCH",
        "/api/v4/leads/notes",
        lambda pair, ids: pair.client.notes.update(ids.note, NewNote(LEADS, ids.lead, Text(MARK))),
        lambda box, ids: sum(note.params == {"text": MARK} for note in box.notes_of("leads", ids.lead)),
    ),
    "note pinned": (
        "POST",
        "/api/v4/leads/*/pin",
        lambda pair, ids: pair.client.notes.pin(LEADS, ids.lead, ids.note),
        lambda box, ids: sum(note.is_pinned for note in box.notes_of("leads", ids.lead)),
    ),
    "webhook": (
        "POST",
        "/api/v4/webhooks",
        lambda pair, ids: pair.client.webhooks.subscribe("https://x.ru/hook", ["status_lead"]),
        lambda box, ids: len(box.store.subscriptions),
    ),
    "file attached": (
        "PUT",
        "/api/v4/leads/*/files",
        lambda pair, ids: pair.client.files.attach(LEADS, ids.lead, [ids.file]),
        lambda box, ids: len(box.store.attached["leads", ids.lead]),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", SETTERS)
def test_what_is_harmless_to_repeat_says_so_and_ends_in_one_state(kind: str, fault: str) -> None:
    method, path, do, count = SETTERS[kind]

    async def use(pair: Pair) -> int:
        lead = await pair.client.leads.create_complex(
            NewLead("Заказ", contact=NewContact("Иван"), company=NewCompany("ООО"))
        )
        note = await pair.client.notes.create(NewNote(LEADS, lead.id, Text("Письмо")))
        task = await pair.client.tasks.create(NewTask("Проверить", datetime(2027, 1, 1, tzinfo=UTC)))
        file = await pair.client.files.upload("a.txt", b"a")
        ids = Ids(lead.id, lead.contact_id or 0, lead.company_id or 0, task.id, file.uuid, note.id)
        pair.box.fail(FAULTS[fault].model_copy(update={"path": path, "method": method}))
        with pytest.raises(OutcomeUnknown) as raised:
            await do(pair, ids)
        assert raised.value.harmless
        await asyncio.sleep(raised.value.retry_after or 0)
        await do(pair, ids)
        return count(pair.box, ids)

    assert run(use) == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "path", ["/drive/v1.0/sessions", "/drive/upload/*", "/api/v4/leads/*/files", "/api/v4/leads/notes"]
)
def test_a_file_is_shown_once_wherever_its_upload_was_interrupted(path: str, fault: str) -> None:
    async def use(pair: Pair) -> tuple[int, int]:
        lead = await pair.client.leads.create(NewLead("Заказ"))
        at = datetime.fromtimestamp(pair.box.clock(), UTC)
        pair.box.switches.drive_part_size = 4
        pair.box.fail(FAULTS[fault].model_copy(update={"path": path, "skip": int("upload" in path)}))
        for _ in range(3):
            try:
                await _shown(pair, lead.id, at)
            except (NotSent, OutcomeUnknown) as error:
                await asyncio.sleep(error.retry_after or 0)
            else:
                break
        return len(pair.box.store.attached["leads", lead.id]), len(pair.box.notes_of("leads", lead.id))

    assert run(use) == (1, 1)


async def _shown(pair: Pair, lead_id: int, at: datetime) -> None:
    """Upload, attach and show a file, each step only if the last try did not get to it."""
    file = await pair.client.find.file(LEADS, lead_id, lambda one: one.name == "Заявка.txt")
    if file is None:
        file = await pair.client.files.upload("Заявка.txt", b"0123456789")
        await pair.client.files.attach(LEADS, lead_id, [file.uuid])
    uuid = file.uuid
    if await pair.client.find.note(LEADS, lead_id, lambda note: note.params.get("file_uuid") == uuid, at) is None:
        await pair.client.notes.create(NewNote(LEADS, lead_id, Attachment(uuid, file.name, file.version_uuid)))


def test_a_token_that_dies_amid_batches_of_two_processes_loses_and_doubles_nothing() -> None:
    async def use(pair: Pair) -> None:
        store = MemoryTokenStore()
        code = pair.box.tokens.issue_code(1200, pair.box.settings.redirect_uri)
        async with pair.build(tokens=store) as one, pair.build(tokens=store) as other:
            await one.authorization.exchange(Redirect(code, BASE_URL))

            async def kill() -> None:
                for _ in range(5):
                    await asyncio.sleep(1.3)
                    for grant in pair.box.tokens.access.values():
                        # One that dies twice within a call is a refusal, and rightly so.
                        grant.revoked |= grant.expires_at - 86_400 < pair.box.clock() - 1

            writes = [
                client.leads.create_complex(NewLead(f"{name} {n}"))
                for name, client in (("a", one), ("b", other))
                for n in range(1000)
            ]
            await asyncio.gather(kill(), *writes)
        assert len({lead.name for lead in pair.box.leads.values()}) == len(pair.box.leads) == 2000

    run(use, Switches(requests_per_second=14), long_lived_token="")


def test_a_service_that_is_down_for_a_day_blocks_nobody_and_loses_nothing() -> None:
    async def use(pair: Pair) -> int:
        pair.box.switches.failure_rate_before = 1
        began, before = pair.box.clock(), 0

        async def once(n: int) -> None:
            at = datetime.fromtimestamp(began, UTC)
            while True:
                try:
                    if await pair.client.find.lead(lambda lead: lead.name == str(n), at) is None:
                        await pair.client.leads.create_complex(NewLead(str(n)))
                except (NotSent, OutcomeUnknown) as error:
                    await asyncio.sleep(max(300, error.retry_after or 0))
                else:
                    return

        async def mend() -> None:
            nonlocal before
            await asyncio.sleep(86_400)
            before = len(pair.box.requests)
            pair.box.switches.failure_rate_before = 0

        await asyncio.gather(mend(), *map(once, range(20)))
        assert sorted(int(lead.name) for lead in pair.box.leads.values()) == list(range(20))
        return before

    assert run(use) <= 86_400 / 300 * 4 + 4
