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
        self._answers: dict[tuple[str, str], asyncio.Task[Lookup]] = {}
        self.queries: list[Query] = []

    async def lookup(self, name: str, rdtype: str) -> Lookup:
        """Shielded: a check that runs out of time must not take the answer away from the others who wait for it."""
        question = (name.lower().removesuffix("."), rdtype)
        if question not in self._answers:
            self._answers[question] = asyncio.create_task(self._noted(*question, ask(self._inner, *question)))
        return await asyncio.shield(self._answers[question])

    async def lookup_at(self, server: str, name: str, rdtype: str) -> Lookup:
        """Not shared: a name server is asked once, and who gives up waiting frees the resolver's hands."""
        name = name.lower().removesuffix(".")
        return await self._noted(name, rdtype, self._inner.lookup_at(server, name, rdtype), server)

    async def close(self) -> None:
        """Give up the questions that nobody has answered yet."""
        waiting = [task for task in self._answers.values() if not task.done()]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _noted(self, name: str, rdtype: str, answer: Awaitable[Lookup], server: str | None = None) -> Lookup:
        began = self._clock()
        outcome = await answer
        self.queries.append(Query(name, rdtype, outcome, self._clock() - began, server))
        return outcome
