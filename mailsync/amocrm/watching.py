"""Leads as they are now, and what AmoCRM's log and its newest changes say: nothing here writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crm.client import AmoCRM
from crm.entities import Contact, Event, Lead
from crm.filters import EventFilter, Period
from mailsync.amocrm.catalog import FieldCatalog
from mailsync.deciding.facts import LeadContact, LeadNow, StatusChange

STATUS_CHANGED = "lead_status_changed"


async def lead(client: AmoCRM, catalog: FieldCatalog, lead_id: int) -> LeadNow | None:
    """The lead and its main contact, two calls at most."""
    found = await client.leads.get(lead_id)
    if found is None or found.is_deleted or found.status_id is None:
        return None
    contact = await client.contacts.get(main) if (main := _main_contact(found)) else None
    return LeadNow(
        id=found.id,
        name=found.name,
        status_id=found.status_id,
        pipeline_id=found.pipeline_id or 0,
        updated_at=_seconds(found.updated_at),
        contact=_contact(contact) if contact else None,
        company_id=found.companies[0].id if found.companies else None,
        fields=await catalog.readable(found.fields),
        closed_at=_seconds(found.closed_at),
    )


async def status_changes(client: AmoCRM, since: datetime, lead_id: int | None) -> list[StatusChange]:
    """The log's lines, the oldest first. All of them: the newest come first, so what a bound cut off would be lost."""
    ids = () if lead_id is None else (lead_id,)
    where = EventFilter(types=(STATUS_CHANGED,), entity_type="lead", entity_ids=ids, created=Period(since=since))
    found: list[StatusChange] = []
    async for event in client.events.select(where):
        status, pipeline = _status_after(event)
        if event.entity_id and status:
            found.append(StatusChange(event.entity_id, status, pipeline, _seconds(event.created_at)))
    return found[::-1]


async def changed_leads(client: AmoCRM, since: datetime) -> list[StatusChange]:
    """Leads in the order of their last change: reading stops at `since`, whether filters work or not."""
    found: list[StatusChange] = []
    async for one in client.leads.select(order="updated_at"):
        if one.updated_at is not None and one.updated_at < since.replace(microsecond=0):
            break
        if one.status_id is not None and one.updated_at is not None:
            found.append(StatusChange(one.id, one.status_id, one.pipeline_id, _seconds(one.updated_at)))
    return found[::-1]


def _main_contact(found: Lead) -> int | None:
    contacts = sorted(found.contacts or (), key=lambda one: not one.is_main)
    return contacts[0].id if contacts else None


def _contact(found: Contact) -> LeadContact:
    return LeadContact(found.id, found.name, tuple(email.strip().lower() for email in found.emails), found.phones)


def _status_after(event: Event) -> tuple[int | None, int | None]:
    for value in event.value_after:
        status: Any = value.get("lead_status")
        if isinstance(status, dict) and isinstance(status.get("id"), int):
            return status["id"], status.get("pipeline_id")
    return None, None


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
