"""What AmoCRM tells without being asked, as frozen values (fact sheet, 10).

Nothing of it is to be believed: it says where to look, and the entity is read again through the API.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.fields import Field


@dataclass(frozen=True, slots=True)
class LeadEvent:
    """Something happened to a lead: add, update, delete, restore, status, responsible, or a digital-pipeline event."""

    action: str
    id: int
    name: str = field(default="", repr=False)
    status_id: int | None = None
    old_status_id: int | None = None
    pipeline_id: int | None = None
    old_pipeline_id: int | None = None  # digital pipeline only
    price: int | None = None
    responsible_user_id: int | None = None
    modified_user_id: int | None = None
    updated_at: datetime | None = None
    fields: tuple[Field, ...] = field(default=(), repr=False)
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PersonEvent:
    """Something happened to a contact, or to a company (`is_company`), which comes under the same root."""

    action: str
    id: int
    is_company: bool = False
    name: str = field(default="", repr=False)
    responsible_user_id: int | None = None
    modified_user_id: int | None = None
    updated_at: datetime | None = None
    fields: tuple[Field, ...] = field(default=(), repr=False)
    linked_lead_ids: tuple[int, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """A note was added; `entity_type` is "leads", "contacts" or "companies", `note_type` a number of API v2."""

    action: str
    id: int
    entity_type: str
    entity_id: int
    note_type: int | None = None
    text: str = field(default="", repr=False)
    created_by: int | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """An event of a kind that has no type here (tasks, unsorted, talks, messages, lists), `values` as they came."""

    root: str
    action: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)


HookEvent = LeadEvent | PersonEvent | NoteEvent | OtherEvent


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of the service, which may carry several events of several kinds."""

    account_id: int | None  # old accounts send the subdomain only
    subdomain: str
    events: tuple[HookEvent, ...]


def identity(event: HookEvent) -> str:
    """Equal for deliveries of the same event, which come again after a late answer and in any order."""
    match event:
        case LeadEvent():
            parts: tuple[object, ...] = ("leads", event.action, event.id, event.updated_at, event.status_id)
        case PersonEvent():
            parts = ("contacts", event.action, event.id, event.updated_at)
        case NoteEvent():
            parts = ("notes", event.action, event.id, event.updated_at)
        case OtherEvent():
            parts = (event.root, event.action, _canonical(event.values))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _canonical(node: Any) -> Any:
    return sorted((key, _canonical(value)) for key, value in node.items()) if isinstance(node, Mapping) else node
