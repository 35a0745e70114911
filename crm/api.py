"""Authorised calls: the token, one deadline over all repeats, and every failure as one of our errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crm import cures
from crm.answers import SETTLING, Effect, decoded, failure
from crm.authorization import Authorization
from crm.calls import ROOT, Calls, Observed
from crm.clock import Clock
from crm.errors import Blocked, CrmError, NotSent, OutcomeUnknown, RateLimited, Refused, Unauthorized, Unavailable
from crm.limiter import Limiter
from crm.messages import Answer, Request
from crm.settings import Settings, same_origin
from crm.tokens import TokenStore
from crm.transport import Transport, TransportError

Query = Sequence[tuple[str, str]]
READ_TRIES = 4


class Api:
    """The account's API. `call` raises CrmError alone; whatever it returns is a success (2xx)."""

    def __init__(
        self,
        settings: Settings,
        store: TokenStore,
        limiter: Limiter,
        clock: Clock,
        transport: Transport,
        on_call: Callable[[Observed], None] | None = None,
    ) -> None:
        self._limiter = limiter
        self._clock = clock
        self._calls = Calls(limiter, clock, transport, settings.call_deadline, on_call)
        self._probing = asyncio.Lock()
        self.authorization = Authorization(settings, store, clock, self._calls.exchange)

    async def get(self, path: str, query: Query = (), *, origin: str | None = None) -> Any:
        """The JSON of a read, None for 204. `path` begins after /api/v4, or is a whole URL of the same origin."""
        answer = await self.call("GET", path, query=query, origin=origin)
        return json_of(answer, Effect.READ)

    async def write(self, method: str, path: str, body: Callable[[], Any], effect: Effect) -> Any:
        """The JSON of a write, None for 204. `body` is asked for what to send only when the call's turn has come."""
        content: list[bytes] = []

        def encoded() -> bytes:
            if not content:
                content.append(json.dumps(body(), ensure_ascii=False).encode())
            return content[0]

        answer = await self.call(method, path, content=encoded, effect=effect)
        return json_of(answer, effect)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        content: Callable[[], bytes] = bytes,
        effect: Effect = Effect.READ,
        content_type: str = "application/json",
        origin: str | None = None,
    ) -> Answer:
        """One call within the deadline; reads are repeated with back-off, writes never, except once after a 401.

        `origin` is where a whole URL may lead to if not to the account itself: the file service has its own.
        """
        deadline = self._calls.deadline()
        tries = 0
        while True:
            tries += 1
            try:
                return await self._authorised(
                    deadline, method, path, query, content, effect=effect, content_type=content_type, origin=origin
                )
            except (RateLimited, Unavailable) as error:
                wait = _read_backoff(error, tries) if effect is Effect.READ else None
                if wait is None or self._clock.monotonic() + wait >= deadline:
                    raise
                await self._clock.sleep(wait)

    async def probe(self) -> None:
        """Ask for the account, even while calls are stopped: an answer lets them go on, a 402 or 403 stops them.

        Raises NotSent where it got no answer, which says nothing about a block, or Unauthorized.
        """
        try:
            access = await self.authorization.access()
            request = Request("GET", f"{access.base_url}{ROOT}/account", headers=_bearer(access.token))
            failed = failure(Effect.READ, await self._calls.exchange(request), now=self._clock.time())
            if isinstance(failed, NotSent):
                raise failed
        except NotSent as error:
            if isinstance(error, Blocked):
                self._limiter.block(error)
            elif self._limiter.blocked is not None:
                self._limiter.block(self._limiter.blocked)  # try again after the interval, not with every call
            raise
        self._limiter.unblock()

    async def _authorised(
        self,
        deadline: float,
        method: str,
        path: str,
        query: Query,
        content: Callable[[], bytes],
        *,
        effect: Effect,
        content_type: str,
        origin: str | None,
    ) -> Answer:
        await self._pass_block()
        access = await self.authorization.access()
        for renewed in (False, True):
            url = _url(access.base_url, path, origin or access.base_url)

            def request(token: str = access.token, url: str = url) -> Request:
                data = content()
                headers = {**_bearer(token), **({"Content-Type": content_type} if data else {})}
                return Request(method, url, tuple(query), headers, data)

            answer = await self._tried(request, deadline, effect)
            error = failure(effect, answer, now=self._clock.time())
            if error is None:
                self._limiter.succeeded()
                return answer
            if isinstance(error, Unauthorized) and not renewed:
                access = await self.authorization.renew(access.token)  # a 401 has applied nothing
                continue
            raise await self._noted(error, answer)
        raise AssertionError("unreachable")

    async def _tried(self, request: Callable[[], Request], deadline: float, effect: Effect) -> Answer:
        try:
            return await self._calls.send(request, deadline)
        except TransportError as error:
            if not error.sent or effect is Effect.READ:
                raise Unavailable(str(error), cure=cures.UNREACHABLE) from error
            raise OutcomeUnknown(
                str(error), harmless=effect is Effect.SET, retry_after=SETTLING, cure=cures.LOOK_FIRST
            ) from error

    async def _noted(self, error: CrmError, answer: Answer) -> CrmError:
        """What a failure means for everybody else; a 402 or 403 for this request alone becomes Refused."""
        if error.status == 429 and isinstance(error, RateLimited | OutcomeUnknown):
            error.retry_after = self._limiter.pause(error.retry_after)
        elif isinstance(error, Blocked):
            return await self._judged(error, answer)
        return error

    async def _judged(self, error: Blocked, answer: Answer) -> CrmError:
        if "json" not in answer.headers.get("content-type", ""):
            self._limiter.block(error)  # a gateway's page: the whole address is blocked, asking again makes it worse
            return error
        async with self._probing:
            if self._limiter.blocked is not None:
                return error
            try:
                await self.probe()
            except (NotSent, Unauthorized):
                self._limiter.block(error)
                return error
        cure = cures.NO_RIGHTS if error.status == 403 else error.cure
        return Refused(str(error), cure=cure, status=error.status, request_id=error.request_id)

    async def _pass_block(self) -> None:
        """While calls are stopped, the first caller after the interval probes; all others fail at once."""
        if self._limiter.blocked is None:
            return
        async with self._probing:
            if self._limiter.probe_due:
                await self.probe()
        self._limiter.check()


def json_of(answer: Answer, effect: Effect) -> Any:
    """The JSON of a successful answer, None for 204. Raises Unavailable or OutcomeUnknown where it is none."""
    if answer.status == 204:
        return None
    try:
        return decoded(answer)
    except ValueError as error:
        known: Any = {"status": answer.status, "request_id": answer.request_id}
        if effect is Effect.READ:
            raise Unavailable("the answer is not JSON", cure=cures.UNREACHABLE, **known) from error
        raise OutcomeUnknown(
            "the answer is not JSON", harmless=effect is Effect.SET, cure=cures.LOOK_FIRST, **known
        ) from error


def _url(base_url: str, path: str, origin: str) -> str:
    if path.startswith("/"):
        return f"{base_url}{ROOT}{path}"
    if not same_origin(path, origin):
        raise Refused("a link leads to another origin and is not followed", cure=cures.REDIRECTED)
    return path


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _read_backoff(error: RateLimited | Unavailable, tries: int) -> float | None:
    """Seconds until a read is tried again, None where it is not; a pause after 429 is no failure of the read."""
    if isinstance(error, RateLimited):
        return error.retry_after
    if tries >= READ_TRIES:
        return None
    return error.retry_after if error.retry_after is not None else 0.5 * 2.0 ** (tries - 1)
