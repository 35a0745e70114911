"""What an account holds: leads, contacts, companies, notes, tasks, files. Times are Unix seconds, as on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a custom field as AmoCRM reads it back."""

    value: Any
    enum_id: int | None = None
    enum_code: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A label of one entity kind; ids are given by name."""

    id: int
    name: str
    color: str | None = None


@dataclass(slots=True, kw_only=True)
class Record:
    """What leads, contacts and companies have in common."""

    id: int
    name: str
    responsible_user_id: int
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    group_id: int = 0
    is_deleted: bool = False
    is_unsorted: bool = False
    fields: dict[int, tuple[Value, ...]] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    searchable_at: float = 0.0

    def values(self, field_id: int) -> list[Any]:
        """The bare values of one custom field; empty where it is not filled."""
        return [one.value for one in self.fields.get(field_id, ())]


@dataclass(slots=True, kw_only=True)
class Lead(Record):
    """A deal on its way through a pipeline."""

    pipeline_id: int
    status_id: int
    price: int = 0
    loss_reason_id: int | None = None
    closed_at: int | None = None
    source_external_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Contact(Record):
    """A person."""

    first_name: str = ""
    last_name: str = ""


@dataclass(slots=True, kw_only=True)
class Company(Record):
    """An organisation."""


@dataclass(slots=True, kw_only=True)
class Note:
    """A line in an entity's feed."""

    id: int
    entity: str
    entity_id: int
    note_type: str
    params: dict[str, Any]
    responsible_user_id: int
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    is_pinned: bool = False


@dataclass(slots=True, kw_only=True)
class Task:
    """Something a person has to do; `entity` is None for a task of its own."""

    id: int
    text: str
    complete_till: int
    responsible_user_id: int
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    entity: str | None = None
    entity_id: int | None = None
    task_type_id: int = 1
    duration: int = 0
    is_completed: bool = False
    result: str | None = None


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """One version of a file on the drive, with its octets."""

    id: int
    uuid: str
    version_uuid: str
    name: str
    content_type: str
    content: bytes = field(repr=False)
    created_by: int
    created_at: int
    session_id: int
    versions: int = 1
    is_trashed: bool = False


@dataclass(slots=True, kw_only=True)
class Event:
    """What happened to an entity, as `GET /api/v4/events` tells it."""

    id: str
    type: str
    entity_id: int
    entity_type: str
    created_by: int
    created_at: int
    value_before: list[dict[str, Any]]
    value_after: list[dict[str, Any]]


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A webhook destination and the events it wants."""

    id: int
    destination: str
    settings: tuple[str, ...]
    sort: int
    created_by: int
    created_at: int
    updated_at: int
    disabled: bool = False


@dataclass(slots=True, kw_only=True)
class Unsorted:
    """A request from a form that waits to be accepted; its lead is not among the leads until then."""

    uid: str
    category: str
    source_uid: str
    source_name: str
    pipeline_id: int
    created_at: int
    metadata: dict[str, Any]
    lead_id: int
    contact_ids: tuple[int, ...] = ()
    company_ids: tuple[int, ...] = ()


@dataclass(slots=True, kw_only=True)
class Source:
    """Where leads come from, registered by the integration."""

    id: int
    name: str
    external_id: str
    pipeline_id: int
    default: bool = False


@dataclass(frozen=True, slots=True)
class StageHook:
    """An address that the digital pipeline calls when a lead comes to a stage; set by hand there."""

    pipeline_id: int
    status_id: int
    destination: str
