"""Shapes of JSON objects: which keys an item may have and what may stand in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from crm.sandbox.problems import Refusal

LATEST = 10**11  # Unix seconds, the year 5138

Check = Callable[[Any], bool]


def integer(value: Any) -> TypeGuard[int]:
    """A whole number; JSON's true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def moment(value: Any) -> TypeGuard[int]:
    """Unix seconds of a year that calendars know."""
    return integer(value) and 0 <= value < LATEST


def string(value: Any) -> TypeGuard[str]:
    """Text of any length."""
    return isinstance(value, str)


def boolean(value: Any) -> TypeGuard[bool]:
    """True or false."""
    return isinstance(value, bool)


def mapping(value: Any) -> TypeGuard[dict[str, Any]]:
    """A JSON object."""
    return isinstance(value, dict)


def objects(value: Any) -> TypeGuard[list[dict[str, Any]]]:
    """A JSON array of objects."""
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def strings(value: Any) -> TypeGuard[list[str]]:
    """A JSON array of texts."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def anything(_: Any) -> bool:
    """Checked elsewhere."""
    return True


@dataclass(frozen=True, slots=True)
class Text:
    """Text of at most `limit` characters."""

    limit: int

    def __call__(self, value: Any) -> bool:
        """Whether the value passes."""
        return isinstance(value, str) and len(value) <= self.limit


@dataclass(frozen=True, slots=True)
class Nullable:
    """What `check` lets pass, or null."""

    check: Check

    def __call__(self, value: Any) -> bool:
        """Whether the value passes."""
        return value is None or self.check(value)


_TYPE_NAMES: dict[Check, str] = {
    integer: "int",
    moment: "int",
    string: "string",
    boolean: "bool",
    mapping: "array",
    objects: "array",
    strings: "array",
}


def shape(
    item: Mapping[str, Any], keys: Mapping[str, Check], *, required: tuple[str, ...] = (), unknown_keys: str = "refuse"
) -> list[Refusal]:
    """What is wrong with an item's keys, by key."""
    missing = [Refusal("FieldMissing", key, "This field is missing.") for key in required if key not in item]
    wrong = [_wrong(key, keys[key], item[key]) for key in item if key in keys and not keys[key](item[key])]
    surplus = [Refusal("NotExpected", key, "This field was not expected.") for key in item if key not in keys]
    return missing + wrong + (surplus if unknown_keys == "refuse" else [])


def _wrong(key: str, check: Check, value: Any) -> Refusal:
    if isinstance(check, Nullable):
        check = check.check
    if isinstance(check, Text) and isinstance(value, str):
        return Refusal("TooLong", key, f"This value is too long. It should have {check.limit} characters or less.")
    return Refusal("InvalidType", key, f"This value should be of type {_TYPE_NAMES.get(check, 'string')}.")
