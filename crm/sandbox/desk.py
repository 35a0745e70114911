"""What people do to leads at the web page of AmoCRM, and what the service tells integrations of it."""

from __future__ import annotations

from typing import Any

from crm.sandbox import entities
from crm.sandbox.actor import Actor
from crm.sandbox.api.leads import change_lead, check_lead
from crm.sandbox.entities import LEADS
from crm.sandbox.problems import ValidationFailed
from crm.sandbox.records import Lead
from crm.sandbox.sandbox import Sandbox


def change(sandbox: Sandbox, lead_id: int, item: dict[str, Any], *, user_id: int | None = None) -> Lead:
    """Change a lead by hand; `item` is as the API takes it. Raises ValidationFailed, KeyError for an unknown lead."""
    actor = _person(sandbox, user_id)
    lead = sandbox.leads[lead_id]
    if refusals := check_lead(actor, {**item, "id": lead_id}, lead):
        raise ValidationFailed([(str(lead_id), refusals)])
    return change_lead(actor, lead, item)


def move(
    sandbox: Sandbox, lead_id: int, status_id: int, pipeline_id: int | None = None, *, user_id: int | None = None
) -> Lead:
    """Drag a lead to another stage."""
    pipeline = {} if pipeline_id is None else {"pipeline_id": pipeline_id}
    return change(sandbox, lead_id, {"status_id": status_id, **pipeline}, user_id=user_id)


def fill(sandbox: Sandbox, lead_id: int, field_id: int, value: Any) -> Lead:
    """Type into a custom field; None clears it."""
    values = None if value is None else [{"value": value}]
    return change(sandbox, lead_id, {"custom_fields_values": [{"field_id": field_id, "values": values}]})


def delete(sandbox: Sandbox, lead_id: int) -> None:
    """Put a lead into the bin: from now on the API answers 204 for it."""
    lead = sandbox.leads[lead_id]
    lead.is_deleted = True
    entities.tell(_person(sandbox, None), LEADS, "delete", lead)


def restore(sandbox: Sandbox, lead_id: int) -> None:
    """Take a lead out of the bin."""
    lead = sandbox.leads[lead_id]
    lead.is_deleted = False
    entities.tell(_person(sandbox, None), LEADS, "restore", lead)


def merge(sandbox: Sandbox, kept_id: int, swallowed_id: int) -> None:
    """Merge two leads: links and notes move to the one that is kept, the other is gone."""
    store = sandbox.store
    for key, is_main in store.links(("leads", swallowed_id)):
        store.unlink(("leads", swallowed_id), key)
        store.link(("leads", kept_id), key, is_main=is_main)
    store.move_feed("leads", swallowed_id, kept_id)
    delete(sandbox, swallowed_id)


def _person(sandbox: Sandbox, user_id: int | None) -> Actor:
    return Actor(sandbox, sandbox.account.current_user_id if user_id is None else user_id)
