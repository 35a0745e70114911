"""How many API calls a letter costs: 10,000 letters' worth of leads against the sandbox, in virtual time.

    python -m benchmarks.crm_calls [LETTERS] [--write docs/benchmarks/crm.md]

Prints calls per letter, the most calls in any sliding second, 429s, and how long AmoCRM's clock ran. Limits: unknown
senders with a note each 0.06, known senders 0.045 with a note, 0.025 without; no second above 7 calls; no 429.
Exits 1 where one of them is passed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from crm.entities import EntityType, NewContact, NewLead
from crm.note_types import NewNote, Text
from tests.crm.sandboxed import MANAGER, PIPELINE, STATUS, Pair, run

AT_ONCE = 500  # letters under way, as a worker would have
MOST_PER_SECOND = 7  # calls of one integration (fact sheet, 2)


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

    @property
    def per_letter(self) -> float:
        return self.calls.total() / self.letters

    @property
    def passed(self) -> bool:
        return self.per_letter <= self.limit and self.busiest_second <= MOST_PER_SECOND and not self.refused


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


async def _one_run(pair: Pair, name: str, limit: float, count: int, *, note: bool) -> Figures:
    first, began = len(pair.box.requests), asyncio.get_running_loop().time()
    leads = len(pair.box.leads)
    await _letters(pair, count, note=note)
    seen = pair.box.requests[first:]
    return Figures(
        name,
        limit,
        count,
        Counter(f"{one.method} {one.path.removeprefix('/api/v4')}" for one in seen),
        pair.box.max_calls_per_second(since=seen[0].time),
        sum(one.status == 429 for one in seen),
        asyncio.get_running_loop().time() - began,
        len(pair.box.leads) - leads,
        len(pair.box.contacts),
    )


async def measured(pair: Pair, count: int) -> list[Figures]:
    """Unknown senders first, then the same senders as known ones, by a client that has been started anew."""
    unknown = await _one_run(pair, "unknown senders, a note each", 0.06, count, note=True)
    await asyncio.sleep(86_400)
    async with pair.build() as again:
        fresh = replace(pair, client=again)
        cold = await _one_run(fresh, "known senders, a note each, the index lost", 0.045, count, note=True)
        await asyncio.sleep(86_400)
        known = await _one_run(fresh, "known senders, a note each", 0.045, count, note=True)
        await asyncio.sleep(86_400)
        bare = await _one_run(fresh, "known senders, no note", 0.025, count, note=False)
    return [unknown, cold, known, bare]


def _table(results: Sequence[Figures]) -> Iterator[str]:
    yield "| run | letters | calls | a letter | limit | busiest second | 429s | AmoCRM's time | leads | contacts |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for one in results:
        yield (
            f"| {one.name} | {one.letters} | {one.calls.total()} | {one.per_letter:.4f} | {one.limit} "
            f"| {one.busiest_second} | {one.refused} | {one.virtual_seconds:.0f} s | {one.leads} | {one.contacts} |"
        )
    yield ""
    yield "| run | calls by kind |"
    yield "| --- | --- |"
    for one in results:
        shares = ", ".join(f"{path} {count}" for path, count in one.calls.most_common())
        yield f"| {one.name} | {shares} |"


INTRODUCTION = """\
# Calls to AmoCRM for a letter

Made by `python -m benchmarks.crm_calls --write docs/benchmarks/crm.md` on {day}: the client with its default settings
against the sandbox, both in one process and in virtual time, {at_once} letters under way at once. "The index lost" is a
client started anew without what it knew of addresses: it lists everybody once more. AmoCRM's time is what the limit of
calls a second makes of it, contacts are all there are after the run, and the busiest second is the busiest wherever a
second begins, as the sandbox saw the calls arrive.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("letters", type=int, nargs="?", default=10_000)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tables as a page")
    arguments = parser.parse_args()

    began = time.perf_counter()
    results = run(lambda pair: measured(pair, arguments.letters))
    lines = list(_table(results))
    print("\n".join(lines))
    print(f"measured in {time.perf_counter() - began:.0f} s")
    if arguments.write:
        heading = INTRODUCTION.format(day=datetime.now(UTC).date(), at_once=AT_ONCE)
        arguments.write.write_text(heading + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    missed = [one.name for one in results if not one.passed]
    if missed:
        print(f"above a limit: {'; '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
