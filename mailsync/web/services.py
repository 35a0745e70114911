"""What the endpoint needs of the process it lives in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from pydantic import SecretStr

from mailsync.config import NO_SECRET, WebSettings
from mailsync.hooks.intake import HookIntake
from mailsync.jobs import Jobs
from mailsync.journal.journal import Journal
from mailsync.ports import Clock
from mailsync.web.metrics import Metrics
from mailsync.worker.health import Health
from mailsync.worker.notices import Notices

Authorize = Callable[[Mapping[str, str]], Awaitable[None]]


@dataclass(slots=True)
class Services:
    """`polled_at` is when the mailbox was last read to its end (None: not yet), `wake` tells the worker of something
    new, `authorize` takes the query of an OAuth2 redirect, `crm_tokens` tells the days that the token is valid."""

    settings: WebSettings
    journal: Journal
    health: Health
    notices: Notices
    clock: Clock
    hooks: HookIntake
    wake: Callable[[], None]
    polled_at: Callable[[], float | None]
    poll_interval: float
    started_at: float
    jobs: Jobs
    crm_answers: Callable[[], Mapping[str, int]]
    authorize: Authorize | None = None
    bot_token: SecretStr = NO_SECRET
    test_waiters: int = 0  # callers of the connection test who wait for its end
    metrics: Metrics = field(default_factory=Metrics)


async def _services(request: Request) -> Services:  # async: anything else would go through a thread
    services: Services = request.app.state.services
    return services


Here = Annotated[Services, Depends(_services)]
