"""What an administrator sets up, as read: users, pipelines, field definitions, webhooks (fact sheet, 4.5, 4.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from crm.entities.common import Extra


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
