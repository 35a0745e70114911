"""Everything the account holds, in memory, with the log of what was written and who wants to hear of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crm.sandbox.records import (
    Company,
    Contact,
    Event,
    Lead,
    Note,
    Record,
    Source,
    StageHook,
    StoredFile,
    Subscription,
    Tag,
    Task,
    Unsorted,
)

_FIRST_IDS = {
    "leads": 30_000_001,
    "contacts": 40_000_001,
    "companies": 45_000_001,
    "notes": 50_000_001,
    "tasks": 60_000_001,
    "tags": 70_001,
    "files": 80_001,
    "sessions": 90_001,
    "webhooks": 1_001,
    "sources": 2_001,
    "fields": 720_001,
    "options": 910_001,
    "pipelines": 10_300_001,
    "statuses": 81_000_001,
}

EntityKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Applied:
    """One write that took effect, whatever the caller was told about it."""

    time: float
    action: str
    entity: str
    entity_id: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did, for events and webhooks; `before` holds the former values of what changed."""

    action: str
    entity: str
    subject: Any
    user_id: int
    time: float
    before: dict[str, Any] = field(default_factory=dict)
    note: Note | None = None


@dataclass(slots=True)
class Store:
    """The tables. Ids grow and are never given twice."""

    clock: Callable[[], float]
    leads: dict[int, Lead] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    companies: dict[int, Company] = field(default_factory=dict)
    notes: dict[int, Note] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    sources: dict[int, Source] = field(default_factory=dict)
    unsorted: dict[str, Unsorted] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    stage_hooks: list[StageHook] = field(default_factory=list)
    attached: dict[EntityKey, list[str]] = field(default_factory=lambda: defaultdict(list))
    events: list[Event] = field(default_factory=list)
    applied: list[Applied] = field(default_factory=list)
    listeners: list[Callable[[Change], None]] = field(default_factory=list)
    _links: dict[EntityKey, dict[EntityKey, bool]] = field(default_factory=lambda: defaultdict(dict))
    _feeds: dict[EntityKey, list[int]] = field(default_factory=lambda: defaultdict(list))
    _agendas: dict[EntityKey, list[int]] = field(default_factory=lambda: defaultdict(list))
    _tags: dict[str, dict[str, Tag]] = field(default_factory=lambda: defaultdict(dict))
    _ids: dict[str, int] = field(default_factory=lambda: dict(_FIRST_IDS))

    @property
    def now(self) -> int:
        """The clock in whole seconds, as every stored time is."""
        return int(self.clock())

    def next_id(self, kind: str) -> int:
        """A fresh id of this kind."""
        fresh = self._ids[kind]
        self._ids[kind] = fresh + 1
        return fresh

    def table(self, entity: str) -> dict[int, Any]:
        """The records of one entity kind by id."""
        tables: dict[str, dict[int, Any]] = {
            "leads": self.leads,
            "contacts": self.contacts,
            "companies": self.companies,
        }
        return tables[entity]

    def find(self, entity: str, entity_id: int) -> Record | None:
        """A record that is neither deleted nor waiting in Unsorted."""
        record: Record | None = self.table(entity).get(entity_id)
        return None if record is None or record.is_deleted or record.is_unsorted else record

    def record(self, change: Change, entity_id: int) -> None:
        """Log a write that took effect and tell the listeners."""
        self.applied.append(Applied(change.time, change.action, change.entity, entity_id))
        for listener in self.listeners:
            listener(change)

    # Links: kept on both sides, so that either can be read without a scan.

    def link(self, one: EntityKey, other: EntityKey, *, is_main: bool = False) -> bool:
        """Tie two records; False where they were tied already. A lead's first contact is its main one."""
        lead, contact = (one, other) if one[0] == "leads" else (other, one)
        may_be_main = lead[0] == "leads" and contact[0] == "contacts"
        is_main = may_be_main and (is_main or not self.linked(lead, "contacts"))
        is_new = other not in self._links[one]
        if is_new:
            self._links[one][other] = self._links[other][one] = False
        if is_main:
            for key in self._links[lead]:
                if key[0] == "contacts":
                    self._links[lead][key] = self._links[key][lead] = key == contact
        return is_new

    def unlink(self, one: EntityKey, other: EntityKey) -> bool:
        """Untie two records; False where they were not tied."""
        self._links[other].pop(one, None)
        return self._links[one].pop(other, None) is not None

    def linked(self, one: EntityKey, kind: str) -> list[tuple[int, bool]]:
        """Ids of this kind tied to a record, each with whether it is the main contact; the main one first."""
        tied = [(key[1], is_main) for key, is_main in self._links[one].items() if key[0] == kind]
        return sorted(tied, key=lambda pair: not pair[1])

    def links(self, one: EntityKey) -> list[tuple[EntityKey, bool]]:
        """Everything tied to a record."""
        return list(self._links[one].items())

    # Notes

    def add_note(self, note: Note) -> None:
        """Append to the feed of its entity."""
        self.notes[note.id] = note
        self._feeds[note.entity, note.entity_id].append(note.id)

    def feed(self, entity: str, entity_id: int) -> list[Note]:
        """The notes of one record, oldest first."""
        return [self.notes[note_id] for note_id in self._feeds[entity, entity_id]]

    def move_feed(self, entity: str, source_id: int, target_id: int) -> None:
        """Let another record of the same kind have these notes."""
        for note_id in self._feeds.pop((entity, source_id), []):
            self.notes[note_id].entity_id = target_id
            self._feeds[entity, target_id].append(note_id)

    # Files

    def keep_file(self, file: StoredFile) -> None:
        """Store a file, or a new version of one."""
        self.files[file.uuid] = file
        self.applied.append(Applied(self.clock(), "add", "files", file.id))

    # Tasks

    def add_task(self, task: Task) -> None:
        """Keep a task, and note where it hangs."""
        self.tasks[task.id] = task
        if task.entity is not None and task.entity_id is not None:
            self._agendas[task.entity, task.entity_id].append(task.id)

    def agenda(self, entity: str, entity_id: int) -> list[Task]:
        """The tasks of one record, oldest first."""
        return [self.tasks[task_id] for task_id in self._agendas[entity, entity_id]]

    # Tags

    def tag(self, entity: str, name: str) -> Tag:
        """The tag of this name, made if it is new (names are compared without case)."""
        known = self._tags[entity]
        if name.casefold() not in known:
            known[name.casefold()] = Tag(self.next_id("tags"), name)
        return known[name.casefold()]

    def tag_by_id(self, entity: str, tag_id: int) -> Tag | None:
        """The tag with this id."""
        return next((tag for tag in self._tags[entity].values() if tag.id == tag_id), None)

    def tags(self, entity: str) -> list[Tag]:
        """All tags of an entity kind."""
        return list(self._tags[entity].values())
