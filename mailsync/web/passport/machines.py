"""`/passport/equipment`: machines, shown and changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from mailsync.passport.equipment import Equipment, Line
from mailsync.passport.handler import FieldChanged, PassportChange
from mailsync.web.json_body import described, json_body
from mailsync.web.passport.answers import REFUSALS, in_time, unknown
from mailsync.web.passport.callers import Caller, caller, platform
from mailsync.web.passport.shapes import Machine, MachineChange, Serial, TelegramId, machine_of
from mailsync.web.problems import Problem, stored
from mailsync.web.services import Here, Services

router = APIRouter(prefix="/passport", tags=["digital passport"])

ONE = "/equipment/{serial_number:path}"  # a serial number may hold a slash
FOR_CUSTOMERS = frozenset({"registered", "deal", "request", "service_status", "maintenance_date"})
Who = Annotated[Caller, Depends(caller)]
Wanted = Annotated[MachineChange, Depends(json_body(MachineChange))]


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
    found = await in_time(services.journal.passport.of_telegram(owner))
    return [await _shown(services, who, one) for one in found]


@router.get(ONE, responses=REFUSALS, summary="A machine")
async def machine(serial_number: Serial, who: Who, services: Here) -> Machine:
    """The platform sees every machine, a customer his own."""
    found = await in_time(services.journal.passport.find(serial_number))
    if found is None or not who.may_see(found.telegram_id):
        raise unknown()
    return await _shown(services, who, found)


@router.patch(
    ONE,
    responses=REFUSALS,
    openapi_extra=described(MachineChange),
    dependencies=[Depends(platform)],
    summary="Change a machine",
)
async def change(serial_number: Serial, who: Who, wanted: Wanted, services: Here) -> Machine:
    """Valid at once; AmoCRM is told by the worker. A change made in AmoCRM later than this one wins over it."""
    done = await stored(
        services.journal.passport.change(serial_number, wanted.values(), services.clock.now(), _entry_body)
    )
    if done is None:
        raise unknown()
    services.wake()
    return await _shown(services, who, done)


async def _shown(services: Services, who: Caller, found: Equipment) -> Machine:
    lines = await in_time(services.journal.passport.history(found.id or 0))
    return machine_of(found, [one for one in lines if who.visitor is None or _is_for_customers(one)])


def _is_for_customers(line: Line) -> bool:
    return line.applied and line.field in FOR_CUSTOMERS


def _entry_body(found: Equipment, lines: tuple[Line, ...]) -> bytes:
    """What the worker needs to carry a change to AmoCRM."""
    changes = [FieldChanged(name=one.field, value=one.value, previous=one.previous) for one in lines]
    change = PassportChange(serial_number=found.serial_number, lead_id=found.lead_id, changes=tuple(changes))
    return change.model_dump_json().encode()
