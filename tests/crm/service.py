"""A tiny scripted service: answers are given one by one, requests are kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

Reply = httpx.Response | Exception | float  # an answer, a failure, or seconds of silence
Script = Callable[["Seen"], Reply | Awaitable[Reply]]


@dataclass(frozen=True)
class Seen:
    """A request as the service saw it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    body: Any
    headers: httpx.Headers
    at: float


@dataclass
class Service(httpx.AsyncBaseTransport):
    """A transport that asks `script` for every answer."""

    script: Script
    seen: list[Seen] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        is_json = request.headers.get("content-type") == "application/json"
        seen = Seen(
            request.method,
            request.url.path,
            list(request.url.params.multi_items()),
            json.loads(content) if content and is_json else content,
            request.headers,
            asyncio.get_running_loop().time(),
        )
        self.seen.append(seen)
        reply = self.script(seen)
        if isinstance(reply, Awaitable):
            reply = await reply
        if isinstance(reply, float):
            await asyncio.sleep(reply)
            raise httpx.ReadError("silence")
        if isinstance(reply, Exception):
            raise reply
        return reply

    def paths(self) -> list[str]:
        return [f"{one.method} {one.path.removeprefix('/api/v4')}" for one in self.seen]


def in_turn(*replies: Reply) -> Script:
    """Each reply once, in this order."""
    queue = list(replies)
    return lambda _seen: queue.pop(0)


def problem(status: int, **more: Any) -> httpx.Response:
    return httpx.Response(
        status, headers={"content-type": "application/problem+json"}, content=json.dumps({"status": status, **more})
    )


def html(status: int) -> httpx.Response:
    return httpx.Response(status, headers={"content-type": "text/html"}, content=b"<html>no</html>")


def complex_answer(seen: Seen, first_id: int = 901) -> httpx.Response:
    return httpx.Response(
        200,
        json=[
            {
                "id": first_id + n,
                "contact_id": 77 + n,
                "company_id": None,
                "request_id": [item["request_id"]],
                "merged": False,
            }
            for n, item in enumerate(seen.body)
        ],
    )


def embedded(key: str, items: list[dict[str, Any]]) -> httpx.Response:
    return httpx.Response(200, json={"_embedded": {key: items}})
