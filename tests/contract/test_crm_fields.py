"""The port of AmoCRM: a lead's fields, written in their types and read back. Twin and adapter alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from crm.client import AmoCRM
from crm.index import MemoryContactIndex
from crm.sandbox import SandboxSettings, create_app
from mailsync.amocrm import AmoCrm, client_settings
from mailsync.config import AmoCrmSettings
from mailsync.deciding.effects import CreateLead
from mailsync.errors import PermanentFailure
from mailsync.memory.crm import MemoryCrm
from mailsync.ports import Crm

SERIAL, STATUS, MAINTENANCE = 712629, 712637, 712639
OPTIONS = ("Новое", "Диагностика", "В работе", "Ожидание запчастей", "Завершено")


@asynccontextmanager
async def moscow() -> AsyncIterator[Crm]:
    async with sandboxed("Europe/Moscow") as crm:
        yield crm


@asynccontextmanager
async def kamchatka() -> AsyncIterator[Crm]:
    async with sandboxed("Asia/Kamchatka") as crm:
        yield crm


@asynccontextmanager
async def los_angeles() -> AsyncIterator[Crm]:
    async with sandboxed("America/Los_Angeles") as crm:
        yield crm


@asynccontextmanager
async def sandboxed(time_zone: str) -> AsyncIterator[Crm]:
    app = create_app(SandboxSettings(time_zone=time_zone))
    config = AmoCrmSettings.model_validate(
        {"long_lived_token": app.state.sandbox.long_lived_token, "requests_per_second": 7}
    )
    transport = httpx.ASGITransport(app)
    async with AmoCRM(client_settings(config), index=MemoryContactIndex(), transport=transport) as client:
        yield AmoCrm(client, config)


@asynccontextmanager
async def in_memory() -> AsyncIterator[Crm]:
    yield MemoryCrm(options={STATUS: OPTIONS})


@pytest.fixture(params=[in_memory, moscow, kamchatka, los_angeles])
async def crm(request: pytest.FixtureRequest) -> AsyncIterator[Crm]:
    async with request.param() as opened:
        yield opened


async def made(crm: Crm) -> int:
    lead = CreateLead(reference="RS-0000001", name="Заказ RS-0000001", tags=(), serial_number="4455")
    return (await crm.create_lead(lead)).lead_id


async def held(crm: Crm, lead_id: int) -> dict[int, str]:
    lead = await crm.lead(lead_id)
    assert lead
    return {field_id: value for field_id, value in lead.fields.items() if field_id in (SERIAL, STATUS, MAINTENANCE)}


async def test_fields_are_read_back_as_they_were_written(crm: Crm) -> None:
    """A day stays the same day in every zone; other fields stay as they are."""
    lead_id = await made(crm)
    await crm.update_lead(lead_id, {STATUS: "В работе", MAINTENANCE: "2027-03-28"})
    assert await held(crm, lead_id) == {SERIAL: "4455", STATUS: "В работе", MAINTENANCE: "2027-03-28"}
    await crm.update_lead(lead_id, {MAINTENANCE: "2027-03-28"})
    assert (await held(crm, lead_id))[MAINTENANCE] == "2027-03-28"


async def test_none_clears_a_field(crm: Crm) -> None:
    lead_id = await made(crm)
    await crm.update_lead(lead_id, {STATUS: "В работе", MAINTENANCE: "2027-03-28"})
    await crm.update_lead(lead_id, {STATUS: None, MAINTENANCE: None})
    assert await held(crm, lead_id) == {SERIAL: "4455"}


async def test_an_option_that_is_not_there_is_refused_and_the_others_are_named(crm: Crm) -> None:
    lead_id = await made(crm)
    with pytest.raises(PermanentFailure) as refused:
        await crm.update_lead(lead_id, {STATUS: "Разобран"})
    assert "Ожидание запчастей" in refused.value.cure
    assert await held(crm, lead_id) == {SERIAL: "4455"}


async def test_a_lead_that_is_not_there_cannot_be_written(crm: Crm) -> None:
    with pytest.raises(PermanentFailure):
        await crm.update_lead(987_654_321, {STATUS: "В работе"})
