"""`POST /ingest/leads` and the connection test: stored in the journal, worked off from there."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel

from mailsync.errors import TemporaryFailure
from mailsync.journal.records import Entry, State
from mailsync.journal.requests import KeyReused
from mailsync.requests.schema import IngestRequest
from mailsync.web.json_body import described, json_body
from mailsync.web.keys import bearer, shown_reasons
from mailsync.web.problems import Problem, Told, stored, unavailable
from mailsync.web.services import Here, Services

router = APIRouter(prefix="/ingest", tags=["requests"])

TEST_SECONDS = 20.0
TEST_LOOK_EVERY = 0.1
TEST_WAITERS = 4  # more callers are told how it stands without waiting
NOT_TOLD = "the test lead could not be made"
Asked = Annotated[IngestRequest, Depends(json_body(IngestRequest))]
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Told, "description": "no valid key"},
    413: {"model": Told, "description": "larger than 1 MB"},
    422: {"model": Told, "description": "cannot be read, or the Idempotency-Key belongs to another request"},
    503: {"model": Told, "description": "not configured, or not stored: send it again"},
}
TEST_REFUSALS: dict[int | str, dict[str, Any]] = {
    502: {"model": Told, "description": "AmoCRM refuses the lead"},
    503: {"model": Told, "description": "AmoCRM or the journal is away"},
}


class Accepted(BaseModel):
    """The request is stored; its reference finds it in AmoCRM and in the journal, and may be quoted."""

    status: Literal["accepted"] = "accepted"
    reference: str


class Tested(BaseModel):
    status: Literal["success"] = "success"
    amo_lead_id: int


@router.post(
    "/leads",
    status_code=202,
    responses=REFUSALS,
    openapi_extra=described(IngestRequest),
    dependencies=[Depends(bearer(lambda web: web.ingest_key, "web.ingest_key"))],
    summary="A request of the site, the bot, the cart or the Mini App",
)
async def accept(
    asked: Asked,
    services: Here,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Accepted:
    """Answered as soon as it is stored; the same `Idempotency-Key` gets the same reference for 24 hours."""
    body = asked.model_dump_json(exclude_defaults=True, exclude_none=True).encode()
    return Accepted(reference=await _store(services, asked.source, body, idempotency_key))


async def _store(services: Services, source: str, body: bytes, idempotency_key: str | None) -> str:
    storing = services.journal.requests.store(source, body, idempotency_key, services.clock.now())
    try:
        reference, new = await stored(storing)
    except KeyReused as failure:
        raise Problem(422, str(failure), cure=failure.cure) from failure
    if new:
        services.wake()
    return reference


@router.get("/test-crm", responses=TEST_REFUSALS, summary="Connection test: one tagged lead an hour")
async def test_crm(services: Here, reasons: Annotated[bool, Depends(shown_reasons)]) -> Tested:
    """A test lead through the journal, the worker and AmoCRM; the same one for an hour.

    What went wrong inside is told to callers with the ingest key; others are sent to the journal.
    """
    try:
        entry = await _finished(services, await services.journal.requests.test(services.clock.now()))
    except TemporaryFailure as failure:
        raise unavailable(failure if reasons else TemporaryFailure("the journal is away")) from failure
    if entry.state is State.DONE and entry.lead_id:
        return Tested(amo_lead_id=entry.lead_id)
    status, headers = (502, {}) if entry.state is State.PARKED else (503, {"Retry-After": "60"})
    if not reasons:
        raise Problem(status, NOT_TOLD, cure=f"mailsync journal show {entry.reference}", headers=headers)
    outage = services.health.outages.get("crm")
    reason = entry.reason or (outage.reason if outage else "") or "the worker has not come round to it yet"
    raise Problem(status, reason, cure=entry.cure or (outage.cure if outage else ""), headers=headers)


async def _finished(services: Services, entry: Entry) -> Entry:
    """The entry when it has ended or has to wait for something, or as it is when the time is over."""
    deadline = asyncio.get_running_loop().time() + TEST_SECONDS
    services.wake()
    if services.test_waiters >= TEST_WAITERS:
        return entry
    services.test_waiters += 1
    try:
        while entry.state is State.WAITING and not entry.reason and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(TEST_LOOK_EVERY)
            entry = await services.journal.desk.get(entry.id) or entry
    finally:
        services.test_waiters -= 1
    return entry
