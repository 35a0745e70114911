"""How many API calls a letter costs: 10,000 letters' worth of leads against the sandbox, in virtual time.

    python -m benchmarks.crm_calls [LETTERS]

Prints calls per letter, the most calls in any sliding second, 429s, and how long AmoCRM's clock ran. Limits of
issue 3: unknown senders with a note each 0.06, known senders 0.045 with a note, 0.025 without; no second above 7.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace

from crm.entities import EntityType, NewContact, NewLead
from crm.note_types import NewNote, Text
from tests.crm.sandboxed import MANAGER, PIPELINE, STATUS, Pair, run

AT_ONCE = 500  # letters under way, as a worker would have


@dataclass(frozen=True)
class Figures:
    """What one run cost."""

    name: str
    limit: float
    letters: int
    calls: Counter[str]
    busiest_second: int
    refused: int
    virtual_seconds: float
    leads: int
    contacts: int

    def __str__(self) -> str:
        per_letter = self.calls.total() / self.letters
        verdict = "ok" if per_letter <= self.limit and self.busiest_second <= 7 and not self.refused else "TOO MUCH"
        shares = ", ".join(f"{path} {count}" for path, count in self.calls.most_common())
        return (
            f"{self.name}: {per_letter:.4f} calls per letter (limit {self.limit}), "
            f"busiest second {self.busiest_second}, 429s {self.refused}, {self.virtual_seconds:.0f} s long, "
            f"{self.leads} leads, {self.contacts} contacts: {verdict}\n    {shares}"
        )


async def _letters(pair: Pair, count: int, *, note: bool) -> None:
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with at_once:
            await write(number)

    async def write(number: int) -> None:
        contact = NewContact(f"Клиент {number}", emails=(f"client{number}@example.ru",))
        lead = await pair.client.book.create_lead(
            NewLead(f"Заказ {number}", None, PIPELINE, STATUS, MANAGER, contact=contact)
        )
        if note:
            await pair.client.notes.create(NewNote(EntityType.LEADS, lead.id, Text(f"Письмо {number}")))

    await asyncio.gather(*map(one, range(count)))


async def _measured(pair: Pair, name: str, limit: float, count: int, *, note: bool) -> Figures:
    first, began = len(pair.box.requests), asyncio.get_running_loop().time()
    leads = len(pair.box.leads)
    await _letters(pair, count, note=note)
    seen = pair.box.requests[first:]
    return Figures(
        name,
        limit,
        count,
        Counter(f"{one.method} {one.path.removeprefix('/api/v4')}" for one in seen),
        pair.box.max_calls_per_second(),
        sum(one.status == 429 for one in seen),
        asyncio.get_running_loop().time() - began,
        len(pair.box.leads) - leads,
        len(pair.box.contacts),
    )


def main() -> None:
    """Unknown senders first, then the same senders as known ones, by a client that has been started anew."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000

    async def use(pair: Pair) -> list[Figures]:
        unknown = await _measured(pair, "unknown senders, a note each", 0.06, count, note=True)
        await asyncio.sleep(86_400)
        async with pair.build() as again:
            fresh = replace(pair, client=again)
            cold = await _measured(fresh, "known senders, a note each, empty index", 0.045, count, note=True)
            await asyncio.sleep(86_400)
            known = await _measured(fresh, "known senders, a note each", 0.045, count, note=True)
            await asyncio.sleep(86_400)
            bare = await _measured(fresh, "known senders, no note", 0.025, count, note=False)
        return [unknown, cold, known, bare]

    began = time.perf_counter()
    for figures in run(use):
        print(figures)
    print(f"measured in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
