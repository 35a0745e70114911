"""`/health/live`, `/health/ready` and `/metrics`."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from mailsync.errors import TemporaryFailure
from mailsync.web.services import Here, Services

router = APIRouter(tags=["health"])

NEIGHBOURS = ("imap", "smtp", "crm", "dns", "disk")
JOURNAL_SECONDS = 5.0
POLLS_MISSED = 10
LEAST_UNPOLLED = 900.0  # seconds without a poll before the worker counts as unable to do its job


class Trouble(BaseModel):
    """One thing that is wrong, and what helps."""

    topic: str
    reason: str
    cure: str = ""
    seconds: int | None = None


class Readiness(BaseModel):
    """`problems` keep the worker from its job; `warnings` do not: it works off or waits."""

    status: Literal["ready", "not ready"]
    problems: list[Trouble]
    warnings: list[Trouble]
    last_poll_seconds: int | None


@router.head("/health/live", include_in_schema=False)
@router.get("/health/live", summary="The process answers")
async def live() -> dict[str, str]:
    return {"status": "alive"}


@router.head("/health/ready", include_in_schema=False)
@router.get(
    "/health/ready",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "not ready"}},
    summary="The worker can do its job",
)
async def ready(services: Here) -> JSONResponse:
    """503 only where the journal cannot be written or the mailbox has not been read for long."""
    problems = [problem for problem in (await _journal(services), _intake(services)) if problem]
    told = Readiness(
        status="not ready" if problems else "ready",
        problems=problems,
        warnings=_warnings(services),
        last_poll_seconds=_poll_age(services),
    )
    return JSONResponse(told.model_dump(exclude_none=True), 503 if problems else 200)


@router.get("/metrics", response_class=Response, summary="Prometheus")
async def metrics(services: Here) -> Response:
    await _measure(services)
    return Response(services.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


async def _journal(services: Services) -> Trouble | None:
    try:
        async with asyncio.timeout(JOURNAL_SECONDS):
            await services.journal.hooks.remember("written_at", str(int(services.clock.now())))
    except TemporaryFailure as failure:
        return Trouble(topic="journal", reason=str(failure), cure=failure.cure)
    except TimeoutError:
        return Trouble(topic="journal", reason="the journal is too slow", cure="look at the disk of the data folder")
    return None


def _intake(services: Services) -> Trouble | None:
    age, longest = _poll_age(services), max(LEAST_UNPOLLED, POLLS_MISSED * services.poll_interval)
    unpolled = age if age is not None else services.clock.now() - services.started_at
    if unpolled < longest:
        return None
    outage = services.health.outages.get("imap")
    reason = outage.reason if outage else "the mailbox has not been read for long"
    return Trouble(topic="intake", reason=reason, cure=outage.cure if outage else "", seconds=int(unpolled))


def _warnings(services: Services) -> list[Trouble]:
    now = services.clock.now()
    away = [
        Trouble(topic=name, reason=outage.reason, cure=outage.cure, seconds=int(now - outage.since))
        for name, outage in services.health.outages.items()
    ]
    told = [
        Trouble(topic=topic, reason=notice.text, cure=notice.cure)
        for topic, notices in services.notices.topics.items()
        for notice in notices
    ]
    return away + told


def _poll_age(services: Services) -> int | None:
    polled = services.polled_at()
    return None if polled is None else int(services.clock.now() - polled)


async def _measure(services: Services) -> None:
    """Set what is only known by asking."""
    metrics, now = services.metrics, services.clock.now()
    load = await services.journal.desk.load()
    for state, count in load.entries.items():
        metrics.entries.labels(state).set(count)
    for state, count in load.effects.items():
        metrics.effects_open.labels(state).set(count)
    metrics.oldest.set(now - load.oldest_waiting if load.oldest_waiting else 0)
    for name in NEIGHBOURS:
        metrics.neighbour_up.labels(name).set(0 if name in services.health.outages else 1)
    if (age := _poll_age(services)) is not None:
        metrics.poll_age.set(age)
    if services.jobs.token_days_left is not None:
        metrics.token_days.set(services.jobs.token_days_left)
    metrics.count_crm_calls(services.crm_answers())
    metrics.webhook_disabled.set(1 if services.jobs.watch and services.jobs.watch.disabled else 0)
    for topic, notices in services.notices.topics.items():
        metrics.notices.labels(topic).set(len(notices))
