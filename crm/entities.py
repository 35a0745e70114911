"""What lives in an account, as frozen values. Moments are aware; `extra` keeps every key that has no name here.

Entities as read come first, then what is written (`New…`, `…Update`), then the answers to writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crm.fields import Field, Leftover

Extra = Mapping[str, Any]
WON, LOST = 142, 143  # status ids, the same in every pipeline


class EntityType(StrEnum):
    """The plural names in paths."""

    LEADS = "leads"
    CONTACTS = "contacts"
    COMPANIES = "companies"
    CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True)
class Tag:
    """A label of an entity; `color` exists on leads only."""

    id: int | None
    name: str
    color: str | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Linked:
    """An entity named inside another; `is_main` matters for contacts."""

    id: int
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """A deal. `contacts` is None unless it was asked for (`with=contacts`)."""

    id: int
    name: str = ""
    price: int = 0
    responsible_user_id: int | None = None
    status_id: int | None = None
    pipeline_id: int | None = None
    loss_reason_id: int | None = None
    created_by: int | None = None
    updated_by: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    is_deleted: bool = False
    fields: tuple[Field, ...] = ()
    tags: tuple[Tag, ...] = ()
    companies: tuple[Linked, ...] = ()
    contacts: tuple[Linked, ...] | None = None
    extra: Extra = field(default_factory=dict)

    def field(self, field_id: int) -> Field | None:
        """The custom field with this id, None where it is empty."""
        return next((one for one in self.fields if one.field_id == field_id), None)

    @property
    def is_won(self) -> bool:
        return self.status_id == WON


@dataclass(frozen=True, slots=True)
class Contact:
    """A person. `leads` is None unless it was asked for (`with=leads`)."""

    id: int
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    responsible_user_id: int | None = None
    created_by: int | None = None
    updated_by: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    is_deleted: bool = False
    fields: tuple[Field, ...] = ()
    tags: tuple[Tag, ...] = ()
    companies: tuple[Linked, ...] = ()
    leads: tuple[Linked, ...] | None = None
    extra: Extra = field(default_factory=dict)

    @property
    def emails(self) -> tuple[str, ...]:
        return multitext(self.fields, "EMAIL")

    @property
    def phones(self) -> tuple[str, ...]:
        return multitext(self.fields, "PHONE")


@dataclass(frozen=True, slots=True)
class Company:
    """An organisation; the same shape as a contact without the parts of the name."""

    id: int
    name: str = ""
    responsible_user_id: int | None = None
    created_by: int | None = None
    updated_by: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    is_deleted: bool = False
    fields: tuple[Field, ...] = ()
    tags: tuple[Tag, ...] = ()
    extra: Extra = field(default_factory=dict)

    @property
    def emails(self) -> tuple[str, ...]:
        return multitext(self.fields, "EMAIL")

    @property
    def phones(self) -> tuple[str, ...]:
        return multitext(self.fields, "PHONE")


def multitext(fields: tuple[Field, ...], code: str) -> tuple[str, ...]:
    """All texts of the fields with this `field_code`."""
    return tuple(text for one in fields if one.field_code == code for text in one.texts)


@dataclass(frozen=True, slots=True)
class Note:
    """A line in an entity's feed; `params` depends on `note_type` (fact sheet, 6)."""

    id: int
    entity_id: int
    note_type: str
    params: Mapping[str, Any] = field(default_factory=dict)
    created_by: int | None = None
    responsible_user_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Extra = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text to read, empty where this type has none."""
        value = self.params.get("text")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done by `complete_till`."""

    id: int
    text: str = ""
    complete_till: datetime | None = None
    entity_id: int | None = None
    entity_type: str | None = None
    task_type_id: int | None = None
    responsible_user_id: int | None = None
    is_completed: bool = False
    result: str | None = None
    duration: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class User:
    """A person who works in the account."""

    id: int
    name: str = ""
    email: str = ""
    is_active: bool = True
    is_admin: bool = False
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """A stage of a pipeline; `type` 1 is the Unsorted stage."""

    id: int
    name: str = ""
    pipeline_id: int | None = None
    sort: int = 0
    type: int = 0
    is_editable: bool = True
    color: str | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A sales pipeline with its statuses, in their order."""

    id: int
    name: str = ""
    sort: int = 0
    is_main: bool = False
    is_unsorted_on: bool = False
    is_archive: bool = False
    statuses: tuple[Status, ...] = ()
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LossReason:
    """Why a lead was lost."""

    id: int
    name: str = ""
    sort: int = 0
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select-like field."""

    id: int
    value: str
    code: str | None = None
    sort: int = 0


@dataclass(frozen=True, slots=True)
class CustomField:
    """The definition of a custom field."""

    id: int
    name: str = ""
    code: str | None = None
    type: str = ""
    entity_type: str = ""
    is_api_only: bool = False
    options: tuple[Option, ...] = ()
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `value_before` and `value_after` are lists of one-key mappings (fact sheet, 6)."""

    id: str
    type: str
    entity_id: int | None = None
    entity_type: str | None = None
    created_by: int | None = None
    created_at: datetime | None = None
    value_before: tuple[Mapping[str, Any], ...] = ()
    value_after: tuple[Mapping[str, Any], ...] = ()
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription: where events go and which; `disabled` after too many bad answers."""

    destination: str = field(repr=False)  # its path may hold our secret
    settings: tuple[str, ...] = ()
    id: int | None = None
    disabled: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class File:
    """A stored file; `version_uuid` names these very bytes."""

    uuid: str
    version_uuid: str | None = None
    name: str = ""
    size: int = 0
    type: str = ""
    download_url: str | None = field(default=None, repr=False)
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """That one entity belongs to another."""

    to_entity_id: int
    to_entity_type: str
    entity_id: int | None = None
    entity_type: str | None = None
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """The account. `filters_enabled`, `drive_url` and `time_zone` are None unless they were asked for."""

    id: int
    name: str = ""
    subdomain: str = ""
    current_user_id: int | None = None
    filters_enabled: bool | None = None
    drive_url: str | None = None
    time_zone: str | None = None
    extra: Extra = field(default_factory=dict)


# What is written


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


# Answers to writes


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
