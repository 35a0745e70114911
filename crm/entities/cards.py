"""The cards of an account, as read: leads, contacts and companies (fact sheet, 4.1 and 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from crm.entities.common import WON, Extra, Linked, Tag, multitext
from crm.fields import Field


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
