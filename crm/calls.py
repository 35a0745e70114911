"""One request out and its answer back: the limiter's turn, the deadline, and what is told about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from crm import cures
from crm.answers import Effect, failure
from crm.clock import Clock
from crm.errors import Blocked, RateLimited, Unavailable
from crm.limiter import Limiter
from crm.messages import Answer, Request
from crm.transport import Transport, TransportError

ROOT = "/api/v4"
RESOURCE_WORDS = frozenset(
    {
        "access_token",
        "account",
        "companies",
        "complex",
        "contacts",
        "current",
        "custom_fields",
        "events",
        "files",
        "leads",
        "link",
        "links",
        "loss_reasons",
        "notes",
        "oauth2",
        "pin",
        "pipelines",
        "sessions",
        "subdomain",
        "tags",
        "tasks",
        "unlink",
        "unpin",
        "upload",
        "users",
        "webhooks",
    }
)


@dataclass(frozen=True, slots=True)
class Observed:
    """One call for logs and metrics. `resource` is the path without ids, `status` None where no answer came."""

    method: str
    resource: str
    status: int | None
    seconds: float
    request_id: str | None


class Calls:
    """Every request of the client passes here, whatever it is for."""

    def __init__(
        self,
        limiter: Limiter,
        clock: Clock,
        transport: Transport,
        deadline: float,
        on_call: Callable[[Observed], None] | None = None,
    ) -> None:
        self._limiter = limiter
        self._clock = clock
        self._transport = transport
        self._deadline = deadline
        self._on_call = on_call

    def deadline(self) -> float:
        """When a call that begins now has to be over (monotonic)."""
        return self._clock.monotonic() + self._deadline

    async def send(self, request: Callable[[], Request], deadline: float, *, probe: bool = False) -> Answer:
        """The answer, whatever its status. `request` is asked for what to send only when the call's turn has come.

        Raises NotSent where no turn came, TransportError where there was no answer. A probe goes out while calls are
        stopped.
        """
        async with self._limiter.turn(deadline, probe=probe):
            built = request()
            began = self._clock.monotonic()
            answer: Answer | None = None
            try:
                answer = await self._transport.send(built, max(0.001, deadline - began))
            finally:
                self._observe(built, answer, self._clock.monotonic() - began)
            return answer

    async def exchange(self, request: Request) -> Answer:
        """For the token endpoint and for probes: sent even while calls are stopped; a lost answer is Unavailable."""
        try:
            answer = await self.send(lambda: request, self.deadline(), probe=True)
        except TransportError as error:
            raise Unavailable(str(error), cure=cures.UNREACHABLE) from error
        failed = failure(Effect.READ, answer, now=self._clock.time())
        if isinstance(failed, RateLimited):
            self._limiter.pause(failed.retry_after)
        elif isinstance(failed, Blocked):
            self._limiter.block(failed)
        return answer

    def _observe(self, request: Request, answer: Answer | None, seconds: float) -> None:
        if self._on_call is not None:
            status, request_id = (answer.status, answer.request_id) if answer else (None, None)
            self._on_call(Observed(request.method, _resource(request.url), status, seconds, request_id))


def _resource(url: str) -> str:
    """The path with `*` for ids, uuids and the secrets of upload addresses: few enough for a metric's label."""
    words = urlsplit(url).path.removeprefix(ROOT).strip("/").split("/")
    return "/" + "/".join(word if word in RESOURCE_WORDS else "*" for word in words)
