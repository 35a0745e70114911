"""F3: kill -9 at random moments of the real process, with real Dovecot and Postfix; isync beside it."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.test_kill import order
from tests.acceptance.town import Town, town
from tests.faults.accounts import outside_of_sandbox
from tests.faults.oracle import Inside, at_rest
from tests.faults.world import message_id
from tests.leaks import leaks

WORKER_SPAN = 6.0  # seconds in which a worker starts, carries out a round of letters and waits for the next
DRAIN_RUNS = 60
ISYNC_MAILBOX = "isync@shop.test"
Start = Callable[[], Awaitable[asyncio.subprocess.Process]]


@dataclass(frozen=True)
class Storm:
    """What a storm of kills has left."""

    letters: int
    kills: int
    lost: int
    doubled: int
    uncertain: int
    seconds: float
    violations: tuple[str, ...] = ()


async def worker_storm(folder: Path, *, letters: int, rounds: int, seed: int) -> Storm:
    """Letters keep coming through Postfix while the worker is killed once a round; then it is left to finish."""
    async with town(folder) as here:
        started = time.monotonic()
        kills = await _rage(
            lambda: here.start("run"),
            lambda number: asyncio.to_thread(here.mail.send, order(number), f"buyer{number}@client.test"),
            letters,
            _moments(seed, rounds, WORKER_SPAN),
        )
        await asyncio.to_thread(here.mail.dovecot.wait_for_letters, here.mail.user, letters, timeout=60)
        await drain(here)
        return _judged(here, folder, letters, kills, time.monotonic() - started)


async def isync_storm(folder: Path, *, letters: int, rounds: int, seed: int) -> Storm:
    """The same letters fetched by mbsync into a Maildir, killed at the same shares of an undisturbed fetch."""
    async with town(folder) as here:
        config = _mbsyncrc(here, folder)
        span = await _undisturbed(here, config, letters // rounds)
        started = time.monotonic()
        kills = await _rage(
            lambda: _mbsync(config),
            lambda number: asyncio.to_thread(here.mail.dovecot.deliver, order(number), ISYNC_MAILBOX),
            letters,
            _moments(seed, rounds, span),
        )
        for _ in range(3):
            await (await _mbsync(config)).communicate()
        found = Counter(_identity(path) for part in ("new", "cur") for path in (folder / "Mail" / part).iterdir())
        wanted = {message_id(order(number)) for number in range(letters)}
        return Storm(
            letters,
            kills,
            lost=len(wanted - set(found)),
            doubled=sum(count - 1 for count in found.values()),
            uncertain=0,
            seconds=time.monotonic() - started,
        )


def _moments(seed: int, rounds: int, span: float) -> list[float]:
    """When to kill, in seconds after the start of each round: the same shares of `span` for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - a seed, so that a storm comes again
    return [chance.uniform(0.02, 1.0) * span for _ in range(rounds)]


async def _rage(start: Start, deliver: Callable[[int], Awaitable[None]], letters: int, moments: list[float]) -> int:
    """A share of the letters before each round; the number of processes that were still at work when killed."""
    killed = delivered = 0
    for number, moment in enumerate(moments, 1):
        while delivered < letters * number // len(moments):
            await deliver(delivered)
            delivered += 1
        process = await start()
        reading = asyncio.create_task(process.communicate())
        done, _ = await asyncio.wait([reading], timeout=moment)
        if not done:
            process.kill()
            killed += 1
        _, told = await reading
        assert not leaks((told or b"").decode(errors="replace"))
    return killed


async def drain(here: Town) -> None:
    """Run until nothing waits any more, or for the last time."""
    for _ in range(DRAIN_RUNS):
        await here.mailsync("run", "--once")
        if not (await here.mailsync("journal", "balance", "--json")).json["waiting"]:
            return


def _judged(here: Town, folder: Path, letters: int, kills: int, seconds: float) -> Storm:
    with closing(sqlite3.connect(folder / "mailsync.db")) as connection:
        inside = Inside.of(connection)
    sent = [
        raw
        for address in here.mail.addresses()
        if address != here.mail.user
        for raw in here.mail.other_mailbox(address)
    ]
    mailbox = frozenset(here.mail.mailbox_uids())
    outside = outside_of_sandbox(here.crm, mailbox, inside.cursor["uidvalidity"], sent)
    uncertain = frozenset(row["letter_id"] for row in inside.effects if row["state"] == "uncertain")
    problems = at_rest(inside, outside, uncertain=uncertain)
    return verdict(here, problems, letters=letters, kills=kills, uncertain=len(uncertain), seconds=seconds)


def verdict(here: Town, problems: list[str], *, letters: int, kills: int, uncertain: int, seconds: float) -> Storm:
    """The oracle's problems, and those that only the number of letters and of kills shows."""
    if uncertain > kills:  # one letter is on its way at a time: a kill leaves one in doubt at most
        problems.append(f"U {uncertain} letters in doubt after {kills} kills")
    if len(here.crm.leads) != letters:
        problems.append(f"L {len(here.crm.leads)} leads of {letters} letters")
    return Storm(
        letters,
        kills,
        lost=sum(problem.startswith("L") for problem in problems),
        doubled=sum(problem.startswith("D") for problem in problems),
        uncertain=uncertain,
        seconds=seconds,
        violations=tuple(problems),
    )


def _mbsyncrc(here: Town, folder: Path) -> Path:
    config = folder / "mbsyncrc"
    config.write_text(
        f"""IMAPStore far
Host localhost
Port {here.mail.imap_port}
User {ISYNC_MAILBOX}
Pass {here.mail.password}
SSLType IMAPS
CertificateFile {here.mail.ca_file}

MaildirStore near
Path {folder}/
Inbox {folder}/Mail

Channel all
Far :far:
Near :near:
Create Near
Sync Pull New
SyncState *
"""
    )
    return config


async def _mbsync(config: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "mbsync", "-q", "-c", config, "all", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )


async def _undisturbed(here: Town, config: Path, letters: int) -> float:
    """Seconds that one fetch of a round's letters takes; what it fetched is forgotten."""
    for number in range(letters):
        here.mail.dovecot.deliver(order(number), ISYNC_MAILBOX)
    started = time.monotonic()
    process = await _mbsync(config)
    _, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    taken = time.monotonic() - started
    here.mail.dovecot.rebuild(ISYNC_MAILBOX, 7)
    shutil.rmtree(config.parent / "Mail")
    return taken


def _identity(path: Path) -> str:
    return message_id(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
