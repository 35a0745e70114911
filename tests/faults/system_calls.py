"""F2: SIGKILL at the n-th system call of the real process: between two of them nothing outside can change.

strace kills the process that makes the call: the worker, or a child of it that reads letters.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path

from crm.sandbox.server import serve
from tests.acceptance.town import Town, town
from tests.faults.accounts import outside_of_sandbox
from tests.faults.letters import MORE, answer, order, with_files
from tests.faults.many import Count
from tests.faults.oracle import Inside, at_rest
from tests.faults.world import message_id

CHANGING = ("write", "pwrite64", "fsync", "fdatasync", "sendto", "ftruncate", "unlink", "rename", "mkdir")
DEADLINE = 120.0
DRAIN_RUNS = 8
_CALL = re.compile(r"^(\d+) +(\w+)\(")


@dataclass(frozen=True, order=True)
class Point:
    """The `number`th `call` that one process or thread makes."""

    call: str
    number: int


@dataclass(frozen=True)
class Place:
    """A mailbox, a customer, an AmoCRM and a journal of one run, in a town that serves all of them."""

    here: Town
    customer: str
    journal: Path

    def letters(self) -> list[bytes]:
        """An order, an answer to it that orders more, and a letter with files."""
        first = order(1, self.customer)
        other = f"other-{self.customer}"
        return [
            first,
            answer(message_id(first), MORE, sender=self.customer),
            with_files("Здравствуйте! Просим счёт на патрон 7100-0035, 2 шт.", "чертёж.pdf", sender=other),
        ]


@asynccontextmanager
async def new_place(here: Town, folder: Path, number: int) -> AsyncIterator[Place]:
    """Everything anew, the mail servers excepted, with the letters of the scenario in the mailbox."""
    user, customer = f"box{number}@shop.test", f"buyer{number}@client.test"
    journal = folder / str(number) / "mailsync.db"
    async with serve() as running:
        changes = {
            "MAILSYNC_MAILBOX__USERNAME": user,
            "MAILSYNC_AMOCRM__BASE_URL": running.base_url,
            "MAILSYNC_AMOCRM__LONG_LIVED_TOKEN": running.sandbox.long_lived_token,
            "MAILSYNC_AMOCRM__REQUESTS_PER_SECOND": "7",
            "MAILSYNC_JOURNAL__URL": f"sqlite:///{journal}",
        }
        place = Place(replace(here, crm=running.sandbox, environment=here.environment | changes), customer, journal)
        for raw in place.letters():
            here.mail.dovecot.deliver(raw, user)
        yield place


async def points(here: Town, folder: Path) -> list[Point]:
    """Every point that an undisturbed run passes."""
    trace = folder / "trace"
    async with new_place(here, folder, 0) as place:
        assert await _traced(place, "-o", str(trace), "-e", f"trace={','.join(CHANGING)}") == 0
    counts: dict[tuple[str, str], int] = {}
    for line in trace.read_text(errors="replace").splitlines():
        if found := _CALL.match(line):
            thread, call = found.groups()
            counts[call, thread] = counts.get((call, thread), 0) + 1
    most = {call: max((n for (name, _), n in counts.items() if name == call), default=0) for call in CHANGING}
    return [Point(call, number) for call, count in most.items() for number in range(1, count + 1)]


def sample(all_points: list[Point], count: int, seed: int) -> list[Point]:
    """So many of the points, the same share of each call where it has enough; always the same for a seed."""
    chance = random.Random(seed)  # noqa: S311 - a seed, so that a failure comes again
    kinds = [[point for point in all_points if point.call == call] for call in CHANGING]
    chosen: list[Point] = []
    for left, kind in enumerate(sorted(kinds, key=len)):
        share = (count - len(chosen)) // (len(kinds) - left)
        chosen += chance.sample(kind, min(share, len(kind)))
    return sorted(chosen)


async def killed_at(here: Town, folder: Path, number: int, point: Point) -> list[str]:
    """Kill one worker there, let others finish, and judge: everything that is wrong."""
    async with new_place(here, folder, number) as place:
        await _traced(
            place, "-o", os.devnull, "-e", f"inject={point.call}:signal=KILL:when={point.number}", "-e", "trace=none"
        )
        for _ in range(DRAIN_RUNS):
            finished = await place.here.mailsync("run", "--once")
            if not _waiting(place):
                break
        problems = list(_judged(place)) if finished.status in (0, 1) else [f"exit {finished.status}: {finished.err}"]
        return [f"{point.call} {point.number}: {problem}" for problem in problems]


async def killed_at_some(folder: Path, count: int | None, seed: int) -> Count:
    """Kill at so many of the points, or at all of them, as many at once as there are processors; `more`: all points."""
    async with town(folder) as here:
        known = await points(here, folder)
        chosen = known if count is None else sample(known, count, seed)
        turn = asyncio.Semaphore(os.cpu_count() or 1)

        async def one(number: int, point: Point) -> list[str]:
            async with turn:
                return await killed_at(here, folder, number, point)

        found = await asyncio.gather(*(one(number, point) for number, point in enumerate(chosen, 1)))
    return Count(len(chosen), [problem for problems in found for problem in problems], len(known))


async def _traced(place: Place, *arguments: str) -> int:
    """`mailsync run --once` under strace; its exit status."""
    process = await asyncio.create_subprocess_exec(
        "strace", "-f", "-qq", *arguments, sys.executable, "-m", "mailsync", "run", "--once",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, env=os.environ | place.here.environment,
    )  # fmt: skip
    async with asyncio.timeout(DEADLINE):
        return await process.wait()


def _waiting(place: Place) -> int:
    with closing(sqlite3.connect(place.journal)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM entry WHERE state = 'waiting'").fetchone()[0])


def _judged(place: Place) -> Iterator[str]:
    with closing(sqlite3.connect(place.journal)) as connection:
        inside = Inside.of(connection)
    mail = place.here.mail
    sent = [*mail.other_mailbox(place.customer), *mail.other_mailbox(f"other-{place.customer}")]
    uncertain = frozenset(row["letter_id"] for row in inside.effects if row["state"] == "uncertain")
    outside = outside_of_sandbox(
        place.here.crm, frozenset(range(1, len(place.letters()) + 1)), inside.cursor["uidvalidity"], sent
    )
    yield from at_rest(inside, outside, uncertain=uncertain)
    if len(uncertain) > 1:
        yield f"U {len(uncertain)} letters in doubt after one kill"
    if len(place.here.crm.leads) != 2:
        yield f"L {len(place.here.crm.leads)} leads instead of 2"
