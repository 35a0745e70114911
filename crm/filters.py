"""Conditions on lists: sent as `filter[…]` and checked again on every row, for the service may ignore them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crm.entities import Company, Contact, EntityType, Event, Lead, Note, Task

Query = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to `until`, both inclusive and aware; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def query(self, name: str) -> Query:
        bounds = (("from", self.since), ("to", self.until))
        return [(f"filter[{name}][{end}]", str(int(at.timestamp()))) for end, at in bounds if at is not None]

    def holds(self, moment: datetime | None) -> bool:
        if moment is None:
            return self == ALWAYS
        return (self.since is None or moment >= self.since.replace(microsecond=0)) and (
            self.until is None or moment <= self.until
        )


ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Leads by id, pipeline, (pipeline, status), responsible user, and when they were created or changed."""

    ids: tuple[int, ...] = ()
    pipeline_ids: tuple[int, ...] = ()
    statuses: tuple[tuple[int, int], ...] = ()  # (pipeline_id, status_id): 142 and 143 mean nothing alone
    responsible_user_ids: tuple[int, ...] = ()
    created: Period = ALWAYS
    updated: Period = ALWAYS

    def query(self) -> Query:
        pairs = [
            (f"filter[statuses][{place}][{name}]", str(value))
            for place, pair in enumerate(self.statuses)
            for name, value in zip(("pipeline_id", "status_id"), pair, strict=True)
        ]
        return [
            *_many("id", self.ids),
            *_many("pipeline_id", self.pipeline_ids),
            *pairs,
            *_many("responsible_user_id", self.responsible_user_ids),
            *self.created.query("created_at"),
            *self.updated.query("updated_at"),
        ]

    def matches(self, lead: Lead) -> bool:
        return (
            _among(lead.id, self.ids)
            and _among(lead.pipeline_id, self.pipeline_ids)
            and (not self.statuses or (lead.pipeline_id, lead.status_id) in self.statuses)
            and _among(lead.responsible_user_id, self.responsible_user_ids)
            and self.created.holds(lead.created_at)
            and self.updated.holds(lead.updated_at)
        )


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """Contacts or companies by id, responsible user and when they were changed (by creation is unreliable)."""

    ids: tuple[int, ...] = ()
    responsible_user_ids: tuple[int, ...] = ()
    updated: Period = ALWAYS

    def query(self) -> Query:
        return [
            *_many("id", self.ids),
            *_many("responsible_user_id", self.responsible_user_ids),
            *self.updated.query("updated_at"),
        ]

    def matches(self, person: Contact | Company) -> bool:
        return (
            _among(person.id, self.ids)
            and _among(person.responsible_user_id, self.responsible_user_ids)
            and self.updated.holds(person.updated_at)
        )


@dataclass(frozen=True, slots=True)
class NoteFilter:
    """Notes by id, type and when they were changed."""

    ids: tuple[int, ...] = ()
    note_types: tuple[str, ...] = ()
    updated: Period = ALWAYS

    def query(self) -> Query:
        return [*_many("id", self.ids), *_many("note_type", self.note_types), *self.updated.query("updated_at")]

    def matches(self, note: Note) -> bool:
        return (
            _among(note.id, self.ids)
            and _among(note.note_type, self.note_types)
            and self.updated.holds(note.updated_at)
        )


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Tasks by id, responsible user, whether they are completed, and the entities they belong to."""

    ids: tuple[int, ...] = ()
    responsible_user_ids: tuple[int, ...] = ()
    is_completed: bool | None = None
    entity_type: EntityType | None = None
    entity_ids: tuple[int, ...] = ()  # with entity_type
    updated: Period = ALWAYS

    def query(self) -> Query:
        completed = [] if self.is_completed is None else [("filter[is_completed]", str(int(self.is_completed)))]
        kind = [] if self.entity_type is None else [("filter[entity_type]", str(self.entity_type))]
        return [
            *_many("id", self.ids),
            *_many("responsible_user_id", self.responsible_user_ids),
            *completed,
            *kind,
            *_many("entity_id", self.entity_ids),
            *self.updated.query("updated_at"),
        ]

    def matches(self, task: Task) -> bool:
        return (
            _among(task.id, self.ids)
            and _among(task.responsible_user_id, self.responsible_user_ids)
            and self.is_completed in {None, task.is_completed}
            and (self.entity_type is None or task.entity_type == self.entity_type)
            and _among(task.entity_id, self.entity_ids)
            and self.updated.holds(task.updated_at)
        )


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Events by type, entity and when they happened; `entity_type` is singular here ("lead")."""

    types: tuple[str, ...] = ()
    entity_type: str | None = None
    entity_ids: tuple[int, ...] = ()
    created: Period = ALWAYS

    def query(self) -> Query:
        kind = [] if self.entity_type is None else [("filter[entity]", self.entity_type)]
        return [
            *_many("type", self.types),
            *kind,
            *_many("entity_id", self.entity_ids),
            *self.created.query("created_at"),
        ]

    def matches(self, event: Event) -> bool:
        return (
            _among(event.type, self.types)
            and (self.entity_type is None or event.entity_type == self.entity_type)
            and _among(event.entity_id, self.entity_ids)
            and self.created.holds(event.created_at)
        )


def _many(name: str, values: Iterable[object]) -> Query:
    return [(f"filter[{name}][]", str(value)) for value in values]


def _among(value: object, wanted: tuple[object, ...]) -> bool:
    return not wanted or value in wanted
