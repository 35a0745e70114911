"""The JSON of machines (design, Web), and a machine of the journal in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from mailsync.passport.equipment import Equipment, Line, SyncedName
from mailsync.web.passport.answers import moment

Serial = Annotated[str, StringConstraints(min_length=1, max_length=100)]
TelegramId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]


def _iso_day(value: object) -> object:
    """YYYY-MM-DD as text and nothing else: a number would be taken for seconds."""
    if value is None or (isinstance(value, str) and re.fullmatch(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}", value)):
        return value
    raise ValueError("give a day as YYYY-MM-DD, or null")


def _one_line(value: object) -> object:
    return (" ".join(value.split()) or None) if isinstance(value, str) else value


class HistoryLine(BaseModel):
    """`applied` is false where a later change had come first."""

    at: datetime
    source: Literal["crm", "passport", "app"]
    field: str
    value: str | None
    previous: str | None
    applied: bool


class Machine(BaseModel):
    """A machine of the digital passport."""

    serial_number: str
    model: str | None
    telegram_id: str | None
    lead_id: int
    contact_id: int | None
    registered_at: datetime
    service_status: str | None
    maintenance_date: date | None
    history: list[HistoryLine]


class MachineChange(BaseModel):
    """What the platform may change; a value of null clears, a missing one stays."""

    model_config = ConfigDict(extra="forbid")

    service_status: Annotated[str | None, Field(max_length=256), BeforeValidator(_one_line)] = None
    maintenance_date: Annotated[date | None, BeforeValidator(_iso_day)] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give service_status or maintenance_date")
        return self

    def values(self) -> dict[SyncedName, str | None]:
        found: dict[SyncedName, str | None] = {}
        if "service_status" in self.model_fields_set:
            found["service_status"] = self.service_status
        if "maintenance_date" in self.model_fields_set:
            found["maintenance_date"] = self.maintenance_date.isoformat() if self.maintenance_date else None
        return found


def machine_of(found: Equipment, history: Sequence[Line]) -> Machine:
    """A machine with those lines of its history that the caller may see."""
    return Machine(
        serial_number=found.serial_number,
        model=found.model,
        telegram_id=found.telegram_id,
        lead_id=found.lead_id,
        contact_id=found.contact_id,
        registered_at=moment(found.registered_at),
        service_status=found.service_status.value,
        maintenance_date=date.fromisoformat(day) if (day := found.maintenance_date.value) else None,
        history=[_line(one) for one in history],
    )


def _line(one: Line) -> HistoryLine:
    return HistoryLine(
        at=moment(one.at),
        source=one.source,
        field=one.field,
        value=one.value,
        previous=one.previous,
        applied=one.applied,
    )
