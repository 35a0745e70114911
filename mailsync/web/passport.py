"""`/passport/…`: the digital passport for the platform and for the customer's Mini App (design, Web)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from mailsync.errors import TemporaryFailure
from mailsync.journal.passport import AppRequest
from mailsync.journal.records import State
from mailsync.passport.equipment import Equipment, Line, SyncedName
from mailsync.passport.handler import FieldChanged, PassportChange
from mailsync.passport.init_data import Visitor
from mailsync.requests import schema
from mailsync.requests.schema import IngestRequest
from mailsync.web.passport_keys import Caller, caller, customer, platform
from mailsync.web.problems import Problem, Told, unavailable
from mailsync.web.services import Here, Services

router = APIRouter(prefix="/passport", tags=["digital passport"])
Result = TypeVar("Result")

JOURNAL_SECONDS = 5.0
REQUESTS_A_DAY = 20  # of one customer
DAY = 86_400.0
WON, LOST = 142, 143
FOR_CUSTOMERS = frozenset({"registered", "deal", "request", "service_status", "maintenance_date"})
KINDS: dict[str, Literal["service", "order"]] = {"service": "service", "parts": "order"}
STATES = {
    State.WAITING: "Принята, передаём менеджеру",
    State.PARKED: "Принята, менеджер разберёт её вручную",
    State.DONE: "Передана менеджеру",
    State.IGNORED: "Закрыта",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Told, "description": "no valid key, no valid initData"},
    403: {"model": Told, "description": "not for this caller"},
    404: {"model": Told, "description": "no such machine, or not the caller's"},
    422: {"model": Told, "description": "cannot be read"},
    503: {"model": Told, "description": "not configured, or the journal is away"},
}
Serial = Annotated[str, StringConstraints(min_length=1, max_length=100)]
TelegramId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Who = Annotated[Caller, Depends(caller)]
Customer = Annotated[Visitor, Depends(customer)]


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


class CustomerRequest(BaseModel):
    """What a customer asks for in the Mini App; service needs a machine or words, parts need items or words."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["service", "parts"]
    serial_number: Serial | None = None
    comment: Annotated[str | None, Field(max_length=4_000)] = None
    items: Annotated[tuple[schema.Item, ...], Field(max_length=50)] = ()
    phone: Annotated[str | None, Field(max_length=100)] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        named = self.items if self.kind == "parts" else self.serial_number
        if not named and not (self.comment or "").strip():
            raise ValueError("say what is wanted: comment, items or serial_number")
        return self


class Accepted(BaseModel):
    """The request is stored; its reference is what the customer may quote."""

    status: Literal["accepted"] = "accepted"
    reference: str


class RequestState(BaseModel):
    """`state` and `lead_status` are plain Russian; `lead_status` is null until AmoCRM has told of it."""

    reference: str
    kind: Literal["service", "parts"]
    serial_number: str | None
    created: datetime
    state: str
    lead_status: str | None


@router.get("/equipment/{serial_number}", responses=REFUSALS, summary="A machine")
async def machine(serial_number: Serial, who: Who, services: Here) -> Machine:
    """The platform sees every machine, a customer his own."""
    found = await _journal(services.journal.passport.find(serial_number))
    if found is None or not who.may_see(found.telegram_id):
        raise _unknown()
    return await _shown(services, who, found)


@router.get("/equipment", responses=REFUSALS, summary="A customer's machines")
async def machines(
    who: Who, services: Here, telegram_id: Annotated[TelegramId | None, Query()] = None
) -> list[Machine]:
    """The platform names the customer; a customer may leave himself out."""
    owner = telegram_id or (who.visitor.telegram_id if who.visitor else None)
    if owner is None:
        raise Problem(422, "telegram_id is missing", cure="ask for /passport/equipment?telegram_id=…")
    if not who.may_see(owner):
        raise Problem(403, "these are another customer's machines")
    found = await _journal(services.journal.passport.of_telegram(owner))
    return [await _shown(services, who, one) for one in found]


@router.patch(
    "/equipment/{serial_number}", responses=REFUSALS, dependencies=[Depends(platform)], summary="Change a machine"
)
async def change(serial_number: Serial, wanted: MachineChange, who: Who, services: Here) -> Machine:
    """Valid at once; AmoCRM is told by the worker. A change made in AmoCRM later than this one wins over it."""
    done = await _journal(
        services.journal.passport.change(serial_number, wanted.values(), services.clock.now(), _entry_body)
    )
    if done is None:
        raise _unknown()
    services.wake()
    return await _shown(services, who, done)


@router.post("/requests", status_code=202, responses=REFUSALS, summary="Ask for service or parts")
async def ask(
    wanted: CustomerRequest,
    visitor: Customer,
    services: Here,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Accepted:
    """Becomes an ingest request tied to the machine; the same `Idempotency-Key` gets the same reference."""
    passport, now = services.journal.passport, services.clock.now()
    about = await _journal(passport.find(wanted.serial_number)) if wanted.serial_number else None
    if wanted.serial_number and (about is None or about.telegram_id != visitor.telegram_id):
        raise _unknown()
    if await _journal(passport.requests_since(visitor.telegram_id, now - DAY)) >= REQUESTS_A_DAY:
        raise Problem(429, "too many requests today", cure="позвоните нам или напишите завтра")
    body = _ingest(wanted, visitor, about).model_dump_json(exclude_defaults=True, exclude_none=True).encode()
    reference, new = await _journal(
        passport.store_request(body, visitor.telegram_id, wanted.kind, about, idempotency_key, now)
    )
    if new:
        services.wake()
    return Accepted(reference=reference)


@router.get("/requests", responses=REFUSALS, summary="How my requests stand")
async def requests(visitor: Customer, services: Here) -> list[RequestState]:
    """The newest first."""
    return [_request(one) for one in await _journal(services.journal.passport.requests_of(visitor.telegram_id))]


async def _journal(asked: Awaitable[Result]) -> Result:
    """The journal's answer. Raises Problem 503 where it is away or slow."""
    try:
        async with asyncio.timeout(JOURNAL_SECONDS):
            return await asked
    except TemporaryFailure as failure:
        raise unavailable(failure) from failure
    except TimeoutError:
        raise Problem(503, "the journal is too slow", headers={"Retry-After": "30"}) from None


async def _shown(services: Services, who: Caller, found: Equipment) -> Machine:
    lines = await _journal(services.journal.passport.history(found.id or 0))
    return Machine(
        serial_number=found.serial_number,
        model=found.model,
        telegram_id=found.telegram_id,
        lead_id=found.lead_id,
        contact_id=found.contact_id,
        registered_at=_moment(found.registered_at),
        service_status=found.service_status.value,
        maintenance_date=date.fromisoformat(day) if (day := found.maintenance_date.value) else None,
        history=[_line(one) for one in lines if who.visitor is None or (one.applied and one.field in FOR_CUSTOMERS)],
    )


def _entry_body(found: Equipment, lines: tuple[Line, ...]) -> bytes:
    """What the worker needs to carry a change to AmoCRM."""
    changes = [FieldChanged(name=one.field, value=one.value, previous=one.previous) for one in lines]
    change = PassportChange(serial_number=found.serial_number, lead_id=found.lead_id, changes=tuple(changes))
    return change.model_dump_json().encode()


def _ingest(wanted: CustomerRequest, visitor: Visitor, about: Equipment | None) -> IngestRequest:
    return IngestRequest(
        source="app",
        contact=schema.Contact(name=visitor.name, phone=wanted.phone),
        telegram_id=visitor.telegram_id,
        equipment=schema.Equipment(
            model=about.model if about else None, serial_number=about.serial_number if about else None
        ),
        items=wanted.items,
        comment=wanted.comment,
        kind=KINDS[wanted.kind],
    )


def _line(one: Line) -> HistoryLine:
    return HistoryLine(
        at=_moment(one.at),
        source=one.source,
        field=one.field,
        value=one.value,
        previous=one.previous,
        applied=one.applied,
    )


def _request(one: AppRequest) -> RequestState:
    status = one.lead_status_id
    told = None if not status else {WON: "выполнена", LOST: "закрыта"}.get(status, "в работе")
    return RequestState.model_validate(
        {
            "reference": one.reference,
            "kind": one.kind,
            "serial_number": one.serial_number,
            "created": _moment(one.created_at),
            "state": told.capitalize() if told else STATES[one.state],
            "lead_status": told,
        }
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _unknown() -> Problem:
    return Problem(404, "the digital passport knows no such machine", cure="look at the serial number")
