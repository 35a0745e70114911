"""Custom field values as AmoCRM stores them, and how long a text may be (fact sheet, 2 and 4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

TEXT_LIMIT = 256  # characters of a text field through the API, although the web form takes more
UNLIMITED_TYPES = frozenset({"textarea"})


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field; enumerated values carry `enum_id` or `enum_code`, a file's value is a mapping."""

    value: str | int | float | bool | Mapping[str, Any] | None = None
    enum_id: int | None = None
    enum_code: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entity, named by `field_id` or `field_code`. No values at all means: clear it."""

    field_id: int | None = None
    field_code: str | None = None
    values: tuple[Value, ...] = ()
    field_type: str | None = None
    field_name: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def texts(self) -> tuple[str, ...]:
        """The values as text, without empty ones and without mappings."""
        plain = (value.value for value in self.values if not isinstance(value.value, Mapping))
        return tuple(str(value) for value in plain if value is not None and value != "")


@dataclass(frozen=True, slots=True)
class Leftover:
    """The whole text of which only the beginning went into a field; `where` names the field as the API does."""

    where: str
    text: str = field(repr=False)


def text(field_id: int, value: str) -> Field:
    """A `text`, `url` or `streetaddress` field."""
    return Field(field_id, values=(Value(value),), field_type="text")


def textarea(field_id: int, value: str) -> Field:
    """A `textarea` field, which has no limit of 256."""
    return Field(field_id, values=(Value(value),), field_type="textarea")


def numeric(field_id: int, value: Decimal | float) -> Field:
    """A `numeric` field; it is read back as text."""
    return Field(field_id, values=(Value(float(value) if value != int(value) else int(value)),), field_type="numeric")


def checkbox(field_id: int, *, value: bool) -> Field:
    """A `checkbox` field."""
    return Field(field_id, values=(Value(value),), field_type="checkbox")


def day(field_id: int, value: date, zone: ZoneInfo) -> Field:
    """A `date` or `birthday` field: noon in the account's zone, since midnight elsewhere is another day there."""
    noon = datetime.combine(value, time(12), zone)
    return Field(field_id, values=(Value(int(noon.timestamp())),), field_type="date")


def moment(field_id: int, value: datetime) -> Field:
    """A `date_time` field; `value` is aware."""
    return Field(field_id, values=(Value(_unix(value)),), field_type="date_time")


def choice(field_id: int, *options: str | int) -> Field:
    """A `select`, `radiobutton` or `multiselect` field: options by enum id (int) or by their text."""
    values = tuple(Value(enum_id=option) if isinstance(option, int) else Value(option) for option in options)
    return Field(field_id, values=values, field_type="select")


def emails(addresses: Iterable[str], enum_code: str = "WORK") -> Field:
    """The EMAIL field of contacts and companies."""
    return Field(
        field_code="EMAIL",
        values=tuple(Value(address, enum_code=enum_code) for address in addresses),
        field_type="multitext",
    )


def phones(numbers: Iterable[str], enum_code: str = "WORK") -> Field:
    """The PHONE field of contacts and companies."""
    return Field(
        field_code="PHONE",
        values=tuple(Value(number, enum_code=enum_code) for number in numbers),
        field_type="multitext",
    )


def file(field_id: int, *, uuid: str, version_uuid: str, name: str, size: int) -> Field:
    """A `file` field, holding an uploaded file."""
    value = {"file_uuid": uuid, "version_uuid": version_uuid, "file_name": name, "file_size": size}
    return Field(field_id, values=(Value(value),), field_type="file")


def as_day(value: Value, zone: ZoneInfo) -> date | None:
    """The account's local day of a `date` value; None where it is not one."""
    moment_ = as_moment(value)
    return None if moment_ is None else moment_.astimezone(zone).date()


def as_moment(value: Value) -> datetime | None:
    """The aware moment of a date value, which is Unix seconds or RFC 3339."""
    raw = value.value
    try:
        if isinstance(raw, str) and not raw.lstrip("-").isdecimal():
            parsed = datetime.fromisoformat(raw)
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return datetime.fromtimestamp(int(str(raw)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def as_number(value: Value) -> Decimal | None:
    """The number of a `numeric` value, which is read as text."""
    try:
        number = Decimal(str(value.value))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def fit(fields: Iterable[Field], limit: int = TEXT_LIMIT) -> tuple[tuple[Field, ...], tuple[Leftover, ...]]:
    """Fields that the service will take, and the whole texts of those that had to be cut."""
    fitted: list[Field] = []
    leftovers: list[Leftover] = []
    for one in fields:
        if one.field_type in UNLIMITED_TYPES:
            fitted.append(one)
            continue
        where = one.field_code or str(one.field_id)
        leftovers.extend(
            Leftover(where, v.value) for v in one.values if isinstance(v.value, str) and len(v.value) > limit
        )
        fitted.append(replace(one, values=tuple(_cut(value, limit) for value in one.values)))
    return tuple(fitted), tuple(leftovers)


def cut(value: str, limit: int) -> str:
    """At most `limit` characters, the last of them an ellipsis where something is missing."""
    return value if len(value) <= limit else value[: limit - 1].rstrip() + "…"


def _cut(value: Value, limit: int) -> Value:
    return replace(value, value=cut(value.value, limit)) if isinstance(value.value, str) else value


def _unix(value: datetime) -> int:
    if value.tzinfo is None:
        raise ValueError("a moment must carry its time zone")
    return int(value.timestamp())
