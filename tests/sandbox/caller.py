"""Who calls the sandbox in these tests, and by which clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from crm.sandbox.sandbox import Sandbox

EVENING = 1_795_446_000  # 2026-11-23 18:00:00 in Moscow
BASE_URL = "https://demo.amocrm.ru"


@dataclass
class Clock:
    """A clock that stands still until it is told to go."""

    now: float = EVENING

    def __call__(self) -> float:
        return self.now


@dataclass
class Caller:
    """An integration that calls the sandbox, in process."""

    sandbox: Sandbox
    clock: Clock
    http: httpx.AsyncClient

    async def call(self, method: str, path: str, json: Any = None) -> tuple[int, Any]:
        """Status and body of one call (text where it is no JSON); the clock goes on, within the rate limit."""
        self.clock.now += 0.2
        answer = await self.http.request(method, path, json=json)
        is_json = answer.content and "json" in answer.headers["content-type"]
        return answer.status_code, answer.json() if is_json else answer.text or None

    async def add(self, kind: str, **item: Any) -> int:
        """The id of a new record."""
        status, body = await self.call("POST", f"/api/v4/{kind}", [item])
        assert status == 200, body
        record_id: int = body["_embedded"][kind][0]["id"]
        return record_id

    async def rows(self, path: str) -> list[dict[str, Any]]:
        """The rows of one page; none for a 204."""
        status, page = await self.call("GET", path)
        if status == 204:
            return []
        assert status == 200, page
        ((_, rows),) = page["_embedded"].items()
        assert isinstance(rows, list)
        return rows

    async def refused(self, method: str, path: str, json: Any) -> list[tuple[str, str, str]]:
        """Request id, code and path of every validation error of a 400."""
        status, body = await self.call(method, path, json)
        assert status == 400, body
        return [
            (item["request_id"], error["code"], error["path"])
            for item in body["validation-errors"]
            for error in item["errors"]
        ]
