"""The JSON of an ingest request (design, Web): bounded, tidy, tolerant of keys that nobody knows."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

Source = Literal["site", "bot", "cart", "app"]
SOURCES: tuple[Source, ...] = ("site", "bot", "cart", "app")
_KEPT = "\n\t"


def _tidy(value: object) -> object:
    """No control characters, no blanks around; empty means not given."""
    if not isinstance(value, str):
        return value
    plain = "".join(char if char in _KEPT or unicodedata.category(char)[0] != "C" else " " for char in value)
    return plain.strip() or None


def _tidy_code(value: object) -> object:
    """The same; a form may send a phone or a number of a part as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _tidy(value)


_CODE = {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "integer"}, {"type": "null"}]}
Code = Annotated[str | None, Field(max_length=100), BeforeValidator(_tidy_code), WithJsonSchema(_CODE)]
Short = Annotated[str | None, Field(max_length=300), BeforeValidator(_tidy)]
Long = Annotated[str | None, Field(max_length=20_000), BeforeValidator(_tidy)]
Address = Annotated[
    str | None, Field(max_length=254, pattern=r"^[^@\s<>\",;]{1,64}@[^@\s<>\",;]{1,189}$"), BeforeValidator(_tidy)
]
Page = Annotated[str | None, Field(max_length=2000), BeforeValidator(_tidy)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Contact(_Part):
    """The person who asks."""

    name: Short = None
    phone: Code = None
    email: Address = None
    company: Short = None
    inn: Code = None


class Equipment(_Part):
    """The machine that the request is about."""

    model: Code = None
    serial_number: Code = None


class Item(_Part):
    """One line of a cart."""

    name: Annotated[str, Field(min_length=1, max_length=500), BeforeValidator(_tidy)]
    part_number: Code = None
    quantity: Annotated[float, Field(gt=0, le=1_000_000)] = 1
    unit: Annotated[str | None, Field(max_length=20), BeforeValidator(_tidy)] = None


class IngestRequest(_Part):
    """A request of a customer; all but `source` and one way to reach the contact is optional."""

    source: Source
    contact: Contact = Contact()
    telegram_id: Code = None
    equipment: Equipment = Equipment()
    kind: Literal["order", "service"] | None = None  # what the form asked for; None: read out of the rest
    items: Annotated[tuple[Item, ...], Field(max_length=500)] = ()
    comment: Long = None
    page: Page = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> IngestRequest:
        if not (self.contact.phone or self.contact.email or self.telegram_id):
            raise ValueError("no way to reach the contact: give contact.phone, contact.email or telegram_id")
        return self
