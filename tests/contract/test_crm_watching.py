"""The port of AmoCRM, reading side: leads as they are, what changed, who is told. Twin and adapter alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import httpx
import pytest

from crm.client import AmoCRM
from crm.index import MemoryContactIndex
from crm.sandbox import SandboxSettings, create_app, desk
from mailsync.amocrm import AmoCrm, client_settings
from mailsync.config import AmoCrmSettings
from mailsync.deciding.effects import CreateLead, NewContact
from mailsync.memory.crm import MemoryCrm
from mailsync.ports import Crm, Subscriptions

FIRST, ACCEPTED, INVOICE, WON = 80953554, 80953558, 80953562, 142
IVANOV = NewContact(name="Иванов Пётр", emails=("ivanov@zavod.example",), phones=("+74951234567",))


class Neighbour(Crm, Subscriptions, Protocol):
    """Both ports in one object."""


@dataclass
class Account:
    """The port, and a manager's hand."""

    crm: Neighbour
    move: Callable[[int, int], object]


@asynccontextmanager
async def sandboxed() -> AsyncIterator[Account]:
    app = create_app(SandboxSettings())
    config = AmoCrmSettings.model_validate(
        {"long_lived_token": app.state.sandbox.long_lived_token, "requests_per_second": 7}
    )
    transport = httpx.ASGITransport(app)
    async with AmoCRM(client_settings(config), index=MemoryContactIndex(), transport=transport) as client:
        yield Account(AmoCrm(client, config), lambda lead, status: desk.move(app.state.sandbox, lead, status))


@asynccontextmanager
async def in_memory() -> AsyncIterator[Account]:
    crm = MemoryCrm()
    yield Account(crm, crm.move)


@pytest.fixture(params=[in_memory, sandboxed])
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Account]:
    async with request.param() as opened:
        yield opened


async def made(account: Account, reference: str = "RS-0000001") -> int:
    lead = CreateLead(
        reference=reference, name=f"Заказ {reference}", tags=("почта",), contact=IVANOV, serial_number="4455"
    )
    return (await account.crm.create_lead(lead)).lead_id


async def test_a_lead_is_shown_with_its_status_and_main_contact(account: Account) -> None:
    lead_id = await made(account)
    lead = await account.crm.lead(lead_id)
    assert lead
    assert (lead.id, lead.status_id, lead.pipeline_id) == (lead_id, FIRST, 10226282)
    assert lead.contact
    assert (lead.contact.name, lead.contact.emails) == ("Иванов Пётр", ("ivanov@zavod.example",))


async def test_a_lead_that_is_not_there_is_none(account: Account) -> None:
    assert await account.crm.lead(987_654_321) is None


async def test_the_log_tells_changes_of_status_oldest_first(account: Account) -> None:
    first, second = await made(account), await made(account, "RS-0000002")
    for lead_id, status in ((first, ACCEPTED), (second, WON), (first, INVOICE)):
        account.move(lead_id, status)
    changes = await account.crm.status_changes(0)
    assert [(one.lead_id, one.status_id) for one in changes] == [(first, ACCEPTED), (second, WON), (first, INVOICE)]
    of_one = await account.crm.status_changes(0, second)
    assert [one.status_id for one in of_one] == [WON]
    assert await account.crm.status_changes(of_one[0].at + 100) == []


async def test_changed_leads_come_with_the_status_they_are_in(account: Account) -> None:
    lead_id = await made(account)
    account.move(lead_id, ACCEPTED)
    (changed,) = await account.crm.changed_leads(0)
    assert (changed.lead_id, changed.status_id) == (lead_id, ACCEPTED)
    assert await account.crm.changed_leads(changed.at + 100) == []


async def test_the_account_tells_its_id(account: Account) -> None:
    assert await account.crm.account_id() == 32_181_450


async def test_a_subscription_is_kept_by_its_destination(account: Account) -> None:
    place = "https://api.td-rss.ru/webhook/amocrm?key=a"
    await account.crm.subscribe(place, frozenset({"status_lead"}))
    await account.crm.subscribe(place, frozenset({"status_lead", "update_lead"}))
    (one,) = await account.crm.subscriptions()
    assert (one.destination, one.events, one.disabled) == (place, frozenset({"status_lead", "update_lead"}), False)
    await account.crm.unsubscribe(place)
    assert await account.crm.subscriptions() == []
