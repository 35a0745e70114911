"""The one module that knows httpx: a request out, an answer in, and what a failure says about the write.

Whether a failed request had left is read off httpx's trace events: before the first byte of the headers nothing
can have been applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from crm.messages import Answer, Request
from crm.settings import Settings

CustomTransport = httpx.AsyncBaseTransport  # such as httpx.ASGITransport(app)
LARGEST_ANSWER = 32 * 1024 * 1024  # bytes; 250 leads with 40 long fields each stay below


class TransportError(Exception):
    """No usable answer. `sent` is False where the request certainly did not leave this machine whole."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
)


class Transport:
    """A connection pool. `custom` replaces the network, as httpx.ASGITransport(app) does in tests."""

    def __init__(self, settings: Settings, custom: CustomTransport | None = None) -> None:
        self._timeout = settings.answer_timeout
        self._traced = custom is None
        self._client = httpx.AsyncClient(
            transport=custom,
            headers={"User-Agent": settings.user_agent, "Accept": "application/json"},
            timeout=httpx.Timeout(settings.answer_timeout, connect=settings.connect_timeout),
            # Idle links are dropped before a gateway is likely to drop them: a write on a dying link is a lost answer.
            limits=httpx.Limits(
                max_connections=settings.concurrency + 2,
                max_keepalive_connections=settings.concurrency,
                keepalive_expiry=4.0,
            ),
            follow_redirects=False,
            trust_env=False,
        )

    async def send(self, request: Request, timeout: float | None = None) -> Answer:
        """The answer, whatever its status; TransportError where there is none within `timeout` seconds."""
        leaving = _Leaving(traced=self._traced)
        try:
            async with asyncio.timeout(min(timeout or self._timeout, self._timeout)):
                return await self._exchange(request, leaving)
        except TimeoutError as error:
            raise TransportError("no answer in time", sent=leaving.seen) from error
        except _NEVER_LEFT as error:
            raise TransportError(f"no connection: {type(error).__name__}", sent=False) from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise TransportError(f"the answer was lost: {type(error).__name__}", sent=leaving.seen) from error

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def _exchange(self, request: Request, leaving: _Leaving) -> Answer:
        async with self._client.stream(
            request.method,
            request.url,
            params=httpx.QueryParams(request.query) if request.query else None,
            headers=dict(request.headers),
            content=request.content or None,
            extensions={"trace": leaving.trace},
        ) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise httpx.StreamError("the answer is too large")
            return Answer(response.status_code, dict(response.headers.items()), bytes(body))


class _Leaving:
    """Notes the moment when the headers begin to leave."""

    def __init__(self, *, traced: bool) -> None:
        self.seen = not traced  # a transport that tells nothing is taken to have sent

    async def trace(self, event: str, _info: Mapping[str, object]) -> None:
        if event.endswith(".send_request_headers.started"):
            self.seen = True
