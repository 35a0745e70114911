"""`POST /webhook/amocrm`: stored, then answered 200 at once; 503 where it could not be stored (fact sheet, 10.4)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from mailsync.errors import TemporaryFailure
from mailsync.hooks.intake import BadBody, ForeignAccount
from mailsync.web.keys import is_one_of, keys_of
from mailsync.web.problems import Problem, Told, unavailable
from mailsync.web.services import Here, Services
from mailsync.web.waiting import waited

router = APIRouter(tags=["AmoCRM"])

FORM: dict[str, Any] = {
    "requestBody": {
        "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}},
        "description": "what AmoCRM posts: PHP's bracketed keys",
    }
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Told, "description": "not a body of AmoCRM"},
    403: {"model": Told, "description": "wrong key, or another account"},
    413: {"model": Told, "description": "larger than 1 MB"},
    422: {"model": Told, "description": "the query cannot be read"},
    503: {"model": Told, "description": "not stored: send it again"},
}


class Received(BaseModel):
    """How many events were new, known already, or of no interest."""

    stored: int
    known: int
    ignored: int


@router.post("/webhook/amocrm", responses=REFUSALS, openapi_extra=FORM, summary="Events of AmoCRM")
async def take(request: Request, services: Here, key: str = "") -> Received:
    """Nothing in the body is believed: the lead is read again before anything is done."""
    with services.metrics.webhook_seconds.time():
        _check_key(services, key)
        try:
            taken = await services.hooks.take(await request.body(), waited(request.scope))
        except BadBody as failure:
            raise _refused(services, "body", Problem(400, str(failure), cure=failure.cure)) from failure
        except ForeignAccount as failure:
            raise _refused(services, "account", Problem(403, str(failure), cure=failure.cure)) from failure
        except TemporaryFailure as failure:
            raise _refused(services, "disk", unavailable(failure)) from failure
    for outcome in ("stored", "known", "ignored"):
        services.metrics.webhook_events.labels(outcome).inc(getattr(taken, outcome))
    return Received(stored=taken.stored, known=taken.known, ignored=taken.ignored)


def _check_key(services: Services, key: str) -> None:
    keys = keys_of(services.settings.webhook_key)
    if keys and not is_one_of(key, keys):
        cure = "the webhook's address in AmoCRM must end with ?key= and web.webhook_key"
        raise _refused(services, "key", Problem(403, "wrong key", cure=cure))


def _refused(services: Services, why: str, problem: Problem) -> Problem:
    services.metrics.webhook_refused.labels(why).inc()
    return problem
