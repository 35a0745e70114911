"""JSON objects read key by key: lenient in types, since the service is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

Json = Mapping[str, Any]
T = TypeVar("T")


class Reader:
    """A JSON object from which named keys are taken; `rest` is what nobody took."""

    def __init__(self, body: Any) -> None:
        if not isinstance(body, Mapping):
            raise ValueError("an object was expected")  # noqa: TRY004 - a fault of data, not of code
        self._body = body
        self._taken = {"_links"}

    def raw(self, key: str) -> Any:
        self._taken.add(key)
        return self._body.get(key)

    def id(self) -> int:
        found = self.integer("id")
        if found is None:
            raise ValueError("an entity without id")
        return found

    def integer(self, key: str) -> int | None:
        value = self.raw(key)
        try:
            return int(value) if isinstance(value, int | float | str) else None
        except (ValueError, OverflowError):
            return None

    def text(self, key: str) -> str:
        value = self.raw(key)
        return value if isinstance(value, str) else "" if value is None else str(value)

    def text_or_none(self, key: str) -> str | None:
        value = self.raw(key)
        return None if value is None else str(value)

    def flag(self, key: str) -> bool:
        return self.raw(key) in (True, 1, "1", "true", "Y")

    def moment(self, key: str) -> datetime | None:
        seconds = self.integer(key)
        try:
            return datetime.fromtimestamp(seconds, UTC) if seconds else None
        except (ValueError, OverflowError, OSError):
            return None

    def objects(self, key: str) -> tuple[Json, ...]:
        return objects(self.raw(key))

    def many(self, key: str, read: Callable[[Any], T]) -> tuple[T, ...]:
        return tuple(read(one) for one in self.objects(key))

    def embedded(self) -> Reader:
        value = self.raw("_embedded")
        return Reader(value if isinstance(value, Mapping) else {})

    def has(self, key: str) -> bool:
        return key in self._body

    def rest(self) -> dict[str, Any]:
        return {key: value for key, value in self._body.items() if key not in self._taken}


def objects(value: Any) -> tuple[Json, ...]:
    """The objects of a list, or of a mapping that stands where a list is due; null is empty."""
    items: Iterator[Any] = iter(
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    )
    return tuple(item for item in items if isinstance(item, Mapping))


def with_embedded(r: Reader, inside: Reader) -> dict[str, Any]:
    rest, embedded = r.rest(), inside.rest()
    return {**rest, "_embedded": embedded} if embedded else rest
