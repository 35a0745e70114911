"""`/passport/requests`: what a customer asks for in the Mini App, and how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mailsync.journal.app_requests import AppRequest, TooManyRequests
from mailsync.journal.records import State
from mailsync.passport.equipment import Equipment
from mailsync.passport.init_data import Visitor
from mailsync.requests import schema
from mailsync.requests.schema import IngestRequest
from mailsync.web.ingest import Accepted
from mailsync.web.json_body import described, json_body
from mailsync.web.passport.answers import REFUSALS, in_time, moment, unknown
from mailsync.web.passport.callers import customer
from mailsync.web.passport.shapes import Serial
from mailsync.web.problems import Problem, Told, stored
from mailsync.web.services import Here

router = APIRouter(prefix="/passport", tags=["digital passport"])

WON, LOST = 142, 143
KINDS: dict[str, Literal["service", "order"]] = {"service": "service", "parts": "order"}
STATES = {
    State.WAITING: "Принята, передаём менеджеру",
    State.PARKED: "Принята, менеджер разберёт её вручную",
    State.DONE: "Передана менеджеру",
    State.IGNORED: "Закрыта",
}
TOO_MANY: dict[int | str, dict[str, Any]] = {
    429: {"model": Told, "description": "too many requests of one customer in a day"}
}


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


class RequestState(BaseModel):
    """`state` and `lead_status` are plain Russian; `lead_status` is null until AmoCRM has told of it."""

    reference: str
    kind: Literal["service", "parts"]
    serial_number: str | None
    created: datetime
    state: str
    lead_status: str | None


Customer = Annotated[Visitor, Depends(customer)]
Wanted = Annotated[CustomerRequest, Depends(json_body(CustomerRequest))]


@router.post(
    "/requests",
    status_code=202,
    responses=REFUSALS | TOO_MANY,
    openapi_extra=described(CustomerRequest),
    summary="Ask for service or parts",
)
async def ask(
    visitor: Customer,
    wanted: Wanted,
    services: Here,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Accepted:
    """Becomes an ingest request tied to the machine; the same `Idempotency-Key` gets the same reference."""
    journal, now = services.journal, services.clock.now()
    about = await in_time(journal.passport.find(wanted.serial_number)) if wanted.serial_number else None
    if wanted.serial_number and (about is None or about.telegram_id != visitor.telegram_id):
        raise unknown()
    body = _ingest(wanted, visitor, about).model_dump_json(exclude_defaults=True, exclude_none=True).encode()
    try:
        reference, new = await stored(
            journal.app_requests.store(body, visitor.telegram_id, wanted.kind, about, idempotency_key, now)
        )
    except TooManyRequests as failure:
        raise Problem(429, str(failure), cure=failure.cure) from failure
    if new:
        services.wake()
    return Accepted(reference=reference)


@router.get("/requests", responses=REFUSALS, summary="How my requests stand")
async def requests(visitor: Customer, services: Here) -> list[RequestState]:
    """The newest first."""
    return [_shown(one) for one in await in_time(services.journal.app_requests.of_telegram(visitor.telegram_id))]


def _ingest(wanted: CustomerRequest, visitor: Visitor, about: Equipment | None) -> IngestRequest:
    return IngestRequest(
        source="app",
        contact=schema.Contact(name=visitor.name, phone=wanted.phone),
        telegram_id=visitor.telegram_id,
        equipment=_machine(about),
        items=wanted.items,
        comment=wanted.comment,
        kind=KINDS[wanted.kind],
    )


def _machine(about: Equipment | None) -> schema.Equipment:
    """AmoCRM's fields are longer than those of a form."""
    if about is None:
        return schema.Equipment()
    return schema.Equipment(
        model=(about.model or "")[: schema.CODE_LIMIT], serial_number=about.serial_number[: schema.CODE_LIMIT]
    )


def _shown(one: AppRequest) -> RequestState:
    status = one.lead_status_id
    told = None if not status else {WON: "выполнена", LOST: "закрыта"}.get(status, "в работе")
    return RequestState.model_validate(
        {
            "reference": one.reference,
            "kind": one.kind,
            "serial_number": one.serial_number,
            "created": moment(one.created_at),
            "state": told.capitalize() if told else STATES[one.state],
            "lead_status": told,
        }
    )
