"""Durable webhooks a second with their latencies, beside the same endpoint without a write, and a burst on a slow disk.

    python -m benchmarks.webhook [--hooks 5000] [--connections 32] [--rounds 5] [--folder DIR] [--write FILE]

The endpoint runs in a process of its own, as in production: real uvicorn, real SQLite with synchronous=FULL in
DIR (give one on the disk to be measured). "No write" answers after parsing and checking. The burst opens 1,000
connections at once while every commit takes 1.5 s: each answer has to come within 2 s, as 200 or as a refusal
that AmoCRM answers with another try. Modes take turns; of the rounds the one with the median rate is shown.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import multiprocessing.connection
import os
import platform
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
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


@dataclass(frozen=True)
class Run:
    """One run of a mode; `seconds` are sorted, `stored` counts the events in the journal."""

    mode: str
    connections: int
    seconds: list[float]
    statuses: Counter[int]
    took: float
    stored: int

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.took

    def at(self, part: float) -> float:
        """Milliseconds within which this part of the answers came."""
        return 1000 * self.seconds[min(len(self.seconds) - 1, int(len(self.seconds) * part))]


def _stored(journal_file: str) -> int:
    with sqlite3.connect(journal_file) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM entry WHERE source = 'webhook'").fetchone()[0])


def _measure(mode: str, folder: Path, hooks: int, connections: int, number: int = 0) -> Run:
    journal_file = str(folder / f"{mode.replace(' ', '-')}-{connections}-{number}.db")
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(mode, journal_file, theirs))
    process.start()
    port = ours.recv()
    seconds, statuses, took = asyncio.run(_load(port, hooks, connections))
    ours.send("stop")
    process.join(30)
    return Run(mode, connections, seconds, statuses, took, _stored(journal_file))


def _median(runs: Sequence[Run]) -> Run:
    return sorted(runs, key=lambda run: run.rate)[len(runs) // 2]


def _report(pairs: Sequence[tuple[Run, Run]], burst: Run, options: argparse.Namespace) -> str:
    """The page of docs/benchmarks."""
    rows = [
        f"| {run.mode} | {run.connections} | {run.rate:.0f} | {run.at(0.5):.1f} | {run.at(0.99):.1f} "
        f"| {run.seconds[-1] * 1000:.0f} | {run.stored} |"
        for pair in pairs
        for run in pair
    ]
    parts = ", ".join(f"{a.rate / b.rate:.2f} at {a.connections}" for a, b in pairs)
    late = sum(one > DEADLINE for one in burst.seconds)
    answers = ", ".join(f"{count} × {status}" for status, count in sorted(burst.statuses.items()))
    lines = [
        "# Durable webhooks",
        "",
        (
            f"Made by `python -m benchmarks.webhook --write {options.write}` on {date.today()}: "  # noqa: DTZ011 - a day
            f"Python {platform.python_version()}, uvicorn {version('uvicorn')}, SQLite {sqlite3.sqlite_version}, "
            f"{os.cpu_count()} cores shared with the load (load average {os.getloadavg()[0]:.1f})."
        ),
        f"{options.hooks} hooks a run, the median of {options.rounds} runs; the modes take turns.",
        "",
        "| mode | connections | a second | median ms | p99 ms | slowest ms | in the journal |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
        "",
        f"Rate of the durable endpoint as a part of the one without a write: {parts} connections.",
        "",
        (
            f"{BURST} connections at once while every commit takes {SLOW_DISK} s: {answers}; slowest "
            f"{burst.seconds[-1]:.2f} s, {late} later than {DEADLINE:g} s. A 503 makes AmoCRM ask again; "
            f"{burst.stored} events were in the journal afterwards: they are known when they come again."
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hooks", type=int, default=5_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        folder, pairs = Path(scratch), []
        for connections in (1, options.connections):
            runs: dict[str, list[Run]] = {"durable": [], "no write": []}
            for number in range(options.rounds):
                for mode, told in runs.items():
                    told.append(_measure(mode, folder, options.hooks, connections, number))
            pairs.append((_median(runs["durable"]), _median(runs["no write"])))
        report = _report(pairs, _measure("slow disk", folder, BURST, BURST), options)
    print(report, end="")
    if options.write:
        options.write.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
