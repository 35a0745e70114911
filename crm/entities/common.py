"""What entities of every kind share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm.fields import Field

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


def multitext(fields: tuple[Field, ...], code: str) -> tuple[str, ...]:
    """All texts of the fields with this `field_code`."""
    return tuple(text for one in fields if one.field_code == code for text in one.texts)
