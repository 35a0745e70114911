"""The JSON of an ingest request (design, Web): bounded, tidy, tolerant of keys that nobody knows."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

Source = Literal["site", "bot", "cart", "app"]
SOURCES: tuple[Source, ...] = ("site", "bot", "cart", "app")
CODE_LIMIT = 100
_KEPT = "\n\t"
_ADDRESS = re.compile(r"[^@\s<>\",;]{1,64}@[^@\s<>\",;]{1,189}")


def _tidy(value: object) -> object:
    """No control characters, no blanks around; empty means not given."""
    if not isinstance(value, str):
        return value
    plain = "".join(char if char in _KEPT or unicodedata.category(char)[0] != "C" else " " for char in value)
    return plain.strip() or None


def _tidy_code(value: object) -> object:
    """The same; a form may send a phone or a number of a part as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _tidy(value)


def _decimal(value: object) -> object:
    """A cart of a Russian shop may say "2,5"."""
    return value.replace(",", ".") if isinstance(value, str) else value


def _address(value: str | None) -> str | None:
    if value is not None and not _ADDRESS.fullmatch(value):
        raise ValueError("not an e-mail address")
    return value


_CODE = {"anyOf": [{"type": "string", "maxLength": CODE_LIMIT}, {"type": "integer"}, {"type": "null"}]}
Code = Annotated[str | None, Field(max_length=CODE_LIMIT), BeforeValidator(_tidy_code), WithJsonSchema(_CODE)]
Short = Annotated[str | None, Field(max_length=300), BeforeValidator(_tidy)]
Long = Annotated[str | None, Field(max_length=20_000), BeforeValidator(_tidy)]
Address = Annotated[str | None, Field(max_length=254), BeforeValidator(_tidy), AfterValidator(_address)]
Page = Annotated[str | None, Field(max_length=2000), BeforeValidator(_tidy)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_given(cls, told: Any) -> Any:
        return {name: value for name, value in told.items() if value is not None} if isinstance(told, dict) else told


EXAMPLE: dict[str, Any] = {
    "source": "cart",
    "contact": {
        "name": "Иван Петров",
        "phone": "+7 912 345-67-89",
        "email": "ivan@zavod.example",
        "company": "ООО «Завод»",
        "inn": "7707083893",
    },
    "telegram_id": "123456789",
    "equipment": {"model": "16К20", "serial_number": "4455"},
    "items": [{"name": "Патрон токарный", "part_number": "7100-0035", "quantity": 2, "unit": "шт"}],
    "comment": "Нужно к пятнице",
    "page": "https://tdrusstankosbyt.ru/cart",
}


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
    """One line of a cart, by its name, its part number or both."""

    name: Annotated[str | None, Field(max_length=500), BeforeValidator(_tidy)] = None
    part_number: Code = None
    quantity: Annotated[float, Field(gt=0, le=1_000_000), BeforeValidator(_decimal)] = 1
    unit: Annotated[str | None, Field(max_length=20), BeforeValidator(_tidy)] = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not (self.name or self.part_number):
            raise ValueError("give the item's name or part_number")
        return self


class IngestRequest(_Part):
    """A request of a customer; all but `source` and one way to reach the contact is optional."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    source: Source
    contact: Contact = Contact()
    telegram_id: Code = None
    equipment: Equipment = Equipment()
    kind: Literal["order", "service"] | None = None  # what the form asked for; None: read out of the rest
    items: Annotated[tuple[Item, ...], Field(max_length=500)] = ()
    comment: Long = None
    page: Page = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if not (self.contact.phone or self.contact.email or self.telegram_id):
            raise ValueError("no way to reach the contact: give contact.phone, contact.email or telegram_id")
        return self
