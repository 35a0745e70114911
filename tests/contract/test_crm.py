"""The port of AmoCRM: the in-memory twin and the adapter over the sandbox keep the same promises."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from crm.client import AmoCRM
from crm.index import MemoryContactIndex
from crm.sandbox import SandboxSettings, create_app
from mailsync.amocrm import AmoCrm, client_settings
from mailsync.config import AmoCrmSettings
from mailsync.deciding.effects import CreateLead, NewCompany, NewContact
from mailsync.memory.crm import MemoryCrm
from mailsync.ports import Crm

INN = "7707083893"
IVANOV = NewContact(name="Иванов Пётр", emails=("ivanov@zavod.example",), phones=("+74951234567;ext=12",))


def lead(reference: str, contact: NewContact | None = IVANOV, **more: object) -> CreateLead:
    values = {"reference": reference, "name": f"Заказ {reference}: патрон", "tags": ("почта",), "contact": contact}
    return CreateLead.model_validate(values | more)


@asynccontextmanager
async def sandboxed() -> AsyncIterator[Crm]:
    app = create_app(SandboxSettings())
    token = app.state.sandbox.long_lived_token
    config = AmoCrmSettings.model_validate({"long_lived_token": token, "requests_per_second": 7})
    transport = httpx.ASGITransport(app)
    async with AmoCRM(client_settings(config), index=MemoryContactIndex(), transport=transport) as client:
        yield AmoCrm(client, config)


@asynccontextmanager
async def in_memory() -> AsyncIterator[Crm]:
    yield MemoryCrm()


@pytest.fixture(params=[in_memory, sandboxed])
async def crm(request: pytest.FixtureRequest) -> AsyncIterator[Crm]:
    async with request.param() as opened:
        yield opened


async def test_a_lead_brings_its_contact_and_company(crm: Crm) -> None:
    made = await crm.create_lead(lead("RS-0000001", company=NewCompany(name="ООО «Станкомаш»", inn=INN)))
    assert made.contact_id
    assert made.company_id
    known = await crm.find_contact(("IVANOV@zavod.example".lower(),), ())
    assert known
    assert (known.id, known.rule) == (made.contact_id, "по адресу e-mail")
    assert await crm.find_company(INN) == made.company_id
    assert await crm.open_leads(known.id) == (made.lead_id,)


async def test_a_contact_is_found_by_address_before_phone(crm: Crm) -> None:
    first = await crm.create_lead(lead("RS-0000001"))
    other = NewContact(name="Петров", emails=("petrov@zavod.example",))
    second = await crm.create_lead(lead("RS-0000002", other))
    by_address = await crm.find_contact(("petrov@zavod.example",), ("+74951234567",))
    assert by_address
    assert by_address.id == second.contact_id
    assert await crm.find_contact(("nobody@zavod.example",), ()) is None
    assert first.contact_id != second.contact_id


async def test_a_lead_is_found_by_its_reference_and_no_other(crm: Crm) -> None:
    since = time.time()
    made = await crm.create_lead(lead("RS-0000001"))
    found = await crm.find_lead(lead("RS-0000001"), since)
    assert found
    assert (found.lead_id, found.contact_id) == (made.lead_id, made.contact_id)
    assert await crm.find_lead(lead("RS-0000002"), since) is None


@pytest.mark.parametrize("kind", ["note", "task"])
async def test_a_text_is_found_by_its_whole_marker(crm: Crm, kind: str) -> None:
    since = time.time()
    made = await crm.create_lead(lead("RS-0000001"))
    text = "Клиент дозаказывает (RS-0000001/12)"
    if kind == "note":
        await crm.add_note("leads", made.lead_id, text)
        assert await crm.find_note("leads", made.lead_id, "RS-0000001/12", since)
        assert await crm.find_note("leads", made.lead_id, "RS-0000001/1", since) is None
    else:
        await crm.add_task("leads", made.lead_id, text, since + 3600)
        assert await crm.find_task("leads", made.lead_id, "RS-0000001/12", since)
        assert await crm.find_task("leads", made.lead_id, "RS-0000001/1", since) is None


async def test_leads_of_many_at_once_are_told_apart(crm: Crm) -> None:
    people = [NewContact(name=f"Клиент {n}", emails=(f"k{n}@zavod.example",)) for n in range(30)]
    made = await asyncio.gather(*(crm.create_lead(lead(f"RS-00000{n:02}", one)) for n, one in enumerate(people)))
    for number, one in enumerate(made):
        known = await crm.find_contact((f"k{number}@zavod.example",), ())
        assert known
        assert known.id == one.contact_id
