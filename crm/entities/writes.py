"""What is written, and what a write that is done answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.entities.common import EntityType
from crm.fields import Field, Leftover


@dataclass(frozen=True, slots=True)
class NewContact:
    """A person to be created; `request_id` is only mirrored, it stops no duplicates."""

    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    tags: tuple[str, ...] = ()
    responsible_user_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewCompany:
    """An organisation to be created; `inn` is what it is recognised by and is written by a field of `fields`."""

    name: str
    inn: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    tags: tuple[str, ...] = ()
    responsible_user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Existing:
    """A contact or company that is already there."""

    id: int


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead to be created. `leads/complex` makes a new contact and company along with it; plain `leads` takes
    only existing ones.
    """

    name: str = ""
    price: int | None = None
    pipeline_id: int | None = None
    status_id: int | None = None
    responsible_user_id: int | None = None
    created_at: datetime | None = None
    fields: tuple[Field, ...] = ()
    tags: tuple[str, ...] = ()
    contact: NewContact | Existing | None = None
    company: NewCompany | Existing | None = None
    source_external_id: str | None = None


@dataclass(frozen=True, slots=True)
class LeadUpdate:
    """Changes of a lead: what is None stays as it is."""

    id: int
    name: str | None = None
    price: int | None = None
    pipeline_id: int | None = None
    status_id: int | None = None
    responsible_user_id: int | None = None
    loss_reason_id: int | None = None
    fields: tuple[Field, ...] = ()
    tags_to_add: tuple[str, ...] = ()
    tags_to_delete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonUpdate:
    """Changes of a contact or company: what is None stays as it is; a field named here loses its other values."""

    id: int
    name: str | None = None
    responsible_user_id: int | None = None
    fields: tuple[Field, ...] = ()
    tags_to_add: tuple[str, ...] = ()
    tags_to_delete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be created; type 1 is "follow up", 2 "meeting"."""

    text: str
    complete_till: datetime
    entity_id: int | None = None
    entity_type: EntityType | None = None
    task_type_id: int = 1
    responsible_user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A write that is done: the id, and what did not fit and belongs into a note."""

    id: int
    leftovers: tuple[Leftover, ...] = ()


@dataclass(frozen=True, slots=True)
class CreatedLead:
    """A lead of `leads/complex`. `merged`: duplicate control put it into an existing lead, whose id this is."""

    id: int
    contact_id: int | None = None
    company_id: int | None = None
    merged: bool = False
    leftovers: tuple[Leftover, ...] = ()
