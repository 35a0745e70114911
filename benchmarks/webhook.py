"""Durable webhooks a second with their latencies, beside the same endpoint without a write, and a burst on a slow disk.

    python -m benchmarks.webhook [--hooks 5000] [--connections 16] [--folder DIR]

The endpoint runs in a process of its own, as in production: real uvicorn, real SQLite with synchronous=FULL in
DIR (give one on the disk to be measured). "No write" answers after parsing and checking. The burst opens 1,000
connections at once while every commit takes 1.5 s: each answer has to come within 2 s, as 200 or as a refusal
that AmoCRM answers with another try.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import multiprocessing.connection
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from crm.hook_events import Delivery
from mailsync import logs
from mailsync.app import jobs_of, services_of
from mailsync.config import Config
from mailsync.hooks.intake import HookIntake, Taken
from mailsync.journal.database import Change, Database, Outcome
from mailsync.journal.journal import Journal
from mailsync.memory.crm import ACCOUNT, MemoryCrm
from mailsync.memory.mailbox import MemoryMailbox
from mailsync.memory.submission import MemorySubmission
from mailsync.reading.model import Reading, ReadingContext
from mailsync.reading.reader import read_letter
from mailsync.web.app import create_app
from mailsync.web.server import serve
from mailsync.worker.assembly import Neighbours, assemble

BURST, SLOW_DISK, DEADLINE = 1_000, 1.5, 2.0
Pipe = multiprocessing.connection.Connection


class Direct:
    """Reads letters in this process; none come here."""

    async def read(self, raw: bytes, context: ReadingContext) -> Reading:
        return read_letter(raw, context)


class Unwritten(HookIntake):
    """The same endpoint without its write."""

    async def _store(self, delivery: Delivery) -> Taken:
        return Taken(stored=len(delivery.events))


async def _endpoint(mode: str, journal_file: str, pipe: Pipe) -> None:
    config = Config.model_validate({"mailbox": {"username": "zakaz@localhost", "host": "localhost"}})
    with Journal.open(f"sqlite:///{journal_file}") as journal:
        neighbours = Neighbours(MemoryMailbox(), MemorySubmission(), MemoryCrm(), Direct())
        worker = await assemble(config, journal, neighbours)
        await worker.hooks.account.learn()
        services = services_of(config, worker, jobs_of(config, worker))
        hooks = worker.hooks
        if mode == "no write":
            services.hooks = Unwritten(hooks.journal, hooks.account, hooks.clock, hooks.actions, hooks.arrived)
        if mode == "slow disk":
            _slow_down(journal.database)
        async with serve(create_app(services), "127.0.0.1", 0) as port:
            pipe.send(port)
            await asyncio.to_thread(pipe.recv)


def _slow_down(database: Database) -> None:
    """Every shared commit takes SLOW_DISK seconds more, in the writer's own thread."""
    commit = database._commit_together  # noqa: SLF001 - the place where a disk is slow

    def slow(changes: list[Change]) -> list[Outcome]:
        time.sleep(SLOW_DISK)
        return commit(changes)

    database._commit_together = slow  # type: ignore[method-assign]  # noqa: SLF001


def _run(mode: str, journal_file: str, pipe: Pipe) -> None:
    logs.configure(quiet=True)
    asyncio.run(_endpoint(mode, journal_file, pipe))


def _request(number: int) -> bytes:
    pairs = {
        "leads[status][0][id]": number,
        "leads[status][0][name]": "Заказ RS-7K3QX0M: Заявка на запчасти",
        "leads[status][0][status_id]": 142,
        "leads[status][0][old_status_id]": 80953554,
        "leads[status][0][price]": 150000,
        "leads[status][0][last_modified]": 1_795_531_000,
        "leads[status][0][pipeline_id]": 10226282,
        "leads[status][0][custom_fields][0][id]": 712629,
        "leads[status][0][custom_fields][0][values][0][value]": "4455",
        "account[subdomain]": "new599bd9d13818a",
        "account[id]": ACCOUNT,
    }
    body = urlencode(pairs).encode()
    head = (
        "POST /webhook/amocrm HTTP/1.1\r\nHost: mailsync\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return int(head[9:12])


async def _connection(port: int, numbers: Sequence[int], seconds: list[float], statuses: Counter[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        started = time.perf_counter()
        writer.write(_request(number))
        statuses[await _answer(reader)] += 1
        seconds.append(time.perf_counter() - started)
    writer.close()


async def _load(port: int, hooks: int, connections: int) -> tuple[list[float], Counter[int], float]:
    seconds: list[float] = []
    statuses: Counter[int] = Counter()
    started = time.perf_counter()
    parts = [range(1 + first, hooks + 1, connections) for first in range(connections)]
    await asyncio.gather(*(_connection(port, part, seconds, statuses) for part in parts))
    return sorted(seconds), statuses, time.perf_counter() - started


async def _burst(port: int) -> tuple[list[float], Counter[int]]:
    """1,000 connections at once; the time runs from the moment that a connection stands."""
    seconds: list[float] = []
    statuses: Counter[int] = Counter()
    await asyncio.gather(*(_connection(port, [number], seconds, statuses) for number in range(1, BURST + 1)))
    return sorted(seconds), statuses


def _shown(seconds: list[float]) -> str:
    return "  ".join(
        f"{name} {1000 * seconds[min(len(seconds) - 1, int(len(seconds) * part))]:.1f} ms"
        for name, part in (("median", 0.5), ("p99", 0.99), ("max", 1.0))
    )


def _stored(journal_file: str) -> int:
    with sqlite3.connect(journal_file) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM entry WHERE source = 'webhook'").fetchone()[0])


def _measure(mode: str, folder: Path, hooks: int, connections: int) -> None:
    journal_file = str(folder / f"{mode.replace(' ', '-')}-{connections}.db")
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(mode, journal_file, theirs))
    process.start()
    port = ours.recv()
    if mode == "slow disk":
        seconds, statuses = asyncio.run(_burst(port))
        late = sum(one > DEADLINE for one in seconds)
        told = f"{_shown(seconds)}, {late} later than {DEADLINE:g} s"
        print(f"{mode:>10}: {BURST} at once {dict(statuses)}, {told}")
    else:
        seconds, statuses, took = asyncio.run(_load(port, hooks, connections))
        told = f"{hooks / took:6.0f} a second  {_shown(seconds)}"
        print(f"{mode:>10}, {connections:3} connections: {told}  {dict(statuses)}")
    ours.send("stop")
    process.join(30)
    print(f"            in the journal: {_stored(journal_file)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hooks", type=int, default=5_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        for connections in (1, options.connections):
            for mode in ("durable", "no write"):
                _measure(mode, folder, options.hooks, connections)
        _measure("slow disk", folder, 0, 0)


if __name__ == "__main__":
    main()
