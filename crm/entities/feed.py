"""What hangs on a card, as read: notes, tasks, files, links, and the log of events (fact sheet, 5 to 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.entities.common import Extra


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
