"""Shapes of JSON objects: which keys an item may have and what may stand in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from crm.sandbox.problems import Refusal

Check = Callable[[Any], bool]


def integer(value: Any) -> TypeGuard[int]:
    """A whole number; JSON's true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


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


def anything(_: Any) -> bool:
    """Checked elsewhere."""
    return True


def nullable(check: Check) -> Check:
    """The same, or null."""
    return lambda value: value is None or check(value)


def text(limit: int) -> Check:
    """Text up to `limit` characters."""
    return lambda value: isinstance(value, str) and len(value) <= limit


_TYPE_NAMES: dict[Check, str] = {integer: "int", string: "string", boolean: "bool", mapping: "array", objects: "array"}


def shape(
    item: Mapping[str, Any], keys: Mapping[str, Check], *, required: tuple[str, ...] = (), unknown_keys: str = "refuse"
) -> list[Refusal]:
    """What is wrong with an item's keys, by key."""
    missing = [Refusal("FieldMissing", key, "This field is missing.") for key in required if key not in item]
    wrong = [_wrong(key, keys[key], item[key]) for key in item if key in keys and not keys[key](item[key])]
    surplus = [Refusal("NotExpected", key, "This field was not expected.") for key in item if key not in keys]
    return missing + wrong + (surplus if unknown_keys == "refuse" else [])


def _wrong(key: str, check: Check, value: Any) -> Refusal:
    if isinstance(value, str) and check not in _TYPE_NAMES:
        return Refusal("TooLong", key, "This value is too long.")
    return Refusal("InvalidType", key, f"This value should be of type {_TYPE_NAMES.get(check, 'another')}.")
