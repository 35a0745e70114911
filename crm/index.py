"""The index of who is known: address, phone or ИНН to id, so that a letter needs no call to find its sender."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crm.entities import EntityType
from crm.keys import Key


@dataclass(frozen=True, slots=True)
class Entry:
    """All keys of one contact or company; no keys at all means that it is gone."""

    entity_type: EntityType
    entity_id: int
    keys: frozenset[Key]


class ContactIndex(Protocol):
    """Remembers entries; whatever is put survives as long as the implementation promises.

    `listed_until` belongs to one entity type: everything changed before it has been put.
    """

    async def find(self, entity_type: EntityType, keys: Iterable[Key]) -> dict[Key, tuple[int, ...]]:
        """The ids that have each key, ascending; keys without any are left out."""
        ...

    async def put(self, entries: Sequence[Entry], listed_until: dict[EntityType, datetime] | None = None) -> None:
        """Replace all keys of each entry's entity and move `listed_until`, together or not at all."""
        ...

    async def listed_until(self, entity_type: EntityType) -> datetime | None:
        """Up to when changes have been listed (aware), None before the first full listing."""
        ...


class MemoryContactIndex:
    """The index of one process's lifetime."""

    def __init__(self) -> None:
        self._ids: defaultdict[tuple[EntityType, Key], set[int]] = defaultdict(set)
        self._keys: dict[tuple[EntityType, int], frozenset[Key]] = {}
        self._until: dict[EntityType, datetime] = {}

    async def find(self, entity_type: EntityType, keys: Iterable[Key]) -> dict[Key, tuple[int, ...]]:
        found = {key: self._ids.get((entity_type, key)) for key in keys}
        return {key: tuple(sorted(ids)) for key, ids in found.items() if ids}

    async def put(self, entries: Sequence[Entry], listed_until: dict[EntityType, datetime] | None = None) -> None:
        for entry in entries:
            for key in self._keys.get((entry.entity_type, entry.entity_id), frozenset()):
                self._ids[entry.entity_type, key].discard(entry.entity_id)
            for key in entry.keys:
                self._ids[entry.entity_type, key].add(entry.entity_id)
            self._keys[entry.entity_type, entry.entity_id] = entry.keys
        self._until.update(listed_until or {})

    async def listed_until(self, entity_type: EntityType) -> datetime | None:
        return self._until.get(entity_type)
