"""A worker in a house of memory: every neighbour in this process, time that only moves when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mailsync.config import Config
from mailsync.journal.journal import Journal
from mailsync.journal.records import Entry, State
from mailsync.memory.crm import MemoryCrm
from mailsync.memory.mailbox import MemoryMailbox
from mailsync.memory.submission import MemorySubmission
from mailsync.reading.model import Reading, ReadingContext
from mailsync.reading.reader import read_letter
from mailsync.worker.assembly import Neighbours, Worker, assemble

START = 1_795_000_000.0
CONFIG = Config.model_validate({"mailbox": {"username": "zakaz@tdrusstankosbyt.ru", "host": "localhost"}})


@dataclass
class HandClock:
    """Time moves by sleeping and by hand."""

    seconds: float = START

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class DirectReader:
    """Reads in this process: tests bring their own letters. Of letters read together, the first is ready last."""

    def __init__(self) -> None:
        self._together = 0

    async def read(self, raw: bytes, context: ReadingContext) -> Reading:
        first = not self._together
        self._together += 1
        await asyncio.sleep(0.02 if first else 0)  # no wait for anything: a letter that takes long to read
        self._together -= 1
        return read_letter(raw, context)


@dataclass
class House:
    """Everything that outlives a worker, and the means to start one."""

    config: Config = CONFIG
    clock: HandClock = field(default_factory=HandClock)
    journal: Journal = field(default_factory=Journal.in_memory)
    mailbox: MemoryMailbox = field(default_factory=MemoryMailbox)
    submission: MemorySubmission = field(default_factory=MemorySubmission)
    crm: MemoryCrm = field(default_factory=MemoryCrm)

    async def worker(self) -> Worker:
        self.crm.now = self.clock.now
        neighbours = Neighbours(self.mailbox, self.submission, self.crm, DirectReader())
        return await assemble(self.config, self.journal, neighbours, self.clock)

    async def run_once(self) -> int:
        """A new worker, as after a restart, does all that is due."""
        return await (await self.worker()).run_once()

    async def entries(self, state: State | None = None) -> list[Entry]:
        found = await self.journal.desk.entries(states=[state] if state else [], limit=1000)
        return sorted(found, key=lambda entry: entry.id)


@asynccontextmanager
async def house(config: Config = CONFIG) -> AsyncIterator[House]:
    built = House(config)
    try:
        yield built
    finally:
        built.journal.close()


def letter(
    text: str,
    *,
    sender: str = "ivanov@zavod.example",
    subject: str = "Заявка",
    message_id: str = "<1@zavod.example>",
    headers: str = "",
) -> bytes:
    """A plain letter to us; `headers` are further header lines, each ended by a line break."""
    return (
        (
            f"Return-Path: <{sender}>\nFrom: {sender}\nTo: zakaz@tdrusstankosbyt.ru\nSubject: {subject}\n"
            f"Message-ID: {message_id}\nDate: Mon, 02 Mar 2026 10:15:00 +0300\n{headers}"
            f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )
