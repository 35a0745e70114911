"""A resolver for one run: every question is asked once, however many checks want to know, and written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mailsync.dnscheck.lookup import DirectResolver, Lookup, ask


@dataclass(frozen=True, slots=True)
class Query:
    """A question that went out and what came back; `server` is set where one name server was asked directly."""

    name: str
    rdtype: str
    outcome: Lookup
    seconds: float
    server: str | None = None


class RecordingResolver:
    """Wraps a resolver for the length of one check of one domain, so that no answer outlives it.

    `clock` counts seconds from anywhere (`time.monotonic`). `queries` holds the questions as they were answered.
    """

    def __init__(self, inner: DirectResolver, clock: Callable[[], float]) -> None:
        self._inner = inner
        self._clock = clock
        self._answers: dict[tuple[str | None, str, str], asyncio.Task[Lookup]] = {}
        self.queries: list[Query] = []

    async def lookup(self, name: str, rdtype: str) -> Lookup:
        name = name.lower().removesuffix(".")
        return await self._once((None, name, rdtype), lambda: ask(self._inner, name, rdtype))

    async def lookup_at(self, server: str, name: str, rdtype: str) -> Lookup:
        name = name.lower().removesuffix(".")
        return await self._once((server, name, rdtype), lambda: self._inner.lookup_at(server, name, rdtype))

    async def close(self) -> None:
        """Give up the questions that nobody has answered yet."""
        waiting = [task for task in self._answers.values() if not task.done()]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _once(self, key: tuple[str | None, str, str], question: Callable[[], Awaitable[Lookup]]) -> Lookup:
        """Shielded: a check that runs out of time must not take the answer away from the others who wait for it."""
        if key not in self._answers:
            self._answers[key] = asyncio.create_task(self._asked(key, question))
        return await asyncio.shield(self._answers[key])

    async def _asked(self, key: tuple[str | None, str, str], question: Callable[[], Awaitable[Lookup]]) -> Lookup:
        server, name, rdtype = key
        began = self._clock()
        outcome = await question()
        self.queries.append(Query(name, rdtype, outcome, self._clock() - began, server))
        return outcome
