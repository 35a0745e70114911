"""F14: Dovecot and Postfix are killed and started again in turn, while letters come and one worker goes on."""

from __future__ import annotations

import asyncio
import random
import re
import signal
import smtplib
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.acceptance.test_kill import order
from tests.acceptance.town import Town, town
from tests.faults.accounts import outside_of_sandbox
from tests.faults.oracle import Inside, at_rest
from tests.faults.storm import Storm, drain, verdict

BETWEEN = (1.0, 4.0)  # seconds between two restarts
AWAY = (0.1, 2.0)  # seconds that a server stays away
EXIT_SECONDS = 10.0
_ACCEPTED = re.compile(r"cleanup\[\d+\]: (\w+): message-id=(<[^>]+>)")


async def restart_storm(folder: Path, *, letters: int, restarts: int, seed: int) -> Storm:
    """Every `restarts`th share of the letters comes between two restarts; `kills` are those of servers."""
    chance = random.Random(seed)  # noqa: S311 - a seed, so that it comes again
    async with town(folder) as here:
        started = time.monotonic()
        worker = await here.start("run")
        told = asyncio.create_task(worker.communicate())
        for number in range(restarts):
            share = range(letters * number // restarts, letters * (number + 1) // restarts)
            coming = asyncio.create_task(_come(here, share))
            await asyncio.sleep(chance.uniform(*BETWEEN))
            await _restarted(here, number, chance.uniform(*AWAY))
            await coming
        worker.send_signal(signal.SIGTERM)
        async with asyncio.timeout(EXIT_SECONDS):
            _, complaints = await told
        assert worker.returncode == 0, complaints.decode()
        await _arrived(here, letters)
        await drain(here)
        return _judged(here, folder, letters, restarts, time.monotonic() - started)


async def _come(here: Town, numbers: range) -> None:
    """Each letter is offered until Postfix takes it, as another mail server would do."""
    for number in numbers:
        while True:
            try:
                await asyncio.to_thread(here.mail.send, order(number), f"buyer{number}@client.test")
            except (OSError, smtplib.SMTPException):
                await asyncio.sleep(0.2)  # a mail server's next try, sooner
            else:
                break


async def _restarted(here: Town, number: int, away: float) -> None:
    server = here.mail.postfix if number % 2 else here.mail.dovecot
    server.kill()
    await asyncio.sleep(away)
    await asyncio.to_thread(server.start)


async def _arrived(here: Town, letters: int) -> None:
    """Postfix delivers what it has put off; then every letter is in the mailbox."""
    wanted = {f"<{number}@client.test>".encode() for number in range(letters)}
    async with asyncio.timeout(60):
        while missing := wanted - {_identity(raw) for raw in here.mail.mailbox()}:
            print(f"{len(missing)} letters are on their way")
            await asyncio.sleep(0.5)  # other processes cannot be awaited in any better way


def _identity(raw: bytes) -> bytes:
    found = re.search(rb"^Message-ID: (<.*>)\r$", raw, re.MULTILINE)
    return found[1] if found else b""


def _judged(here: Town, folder: Path, letters: int, restarts: int, seconds: float) -> Storm:
    """Confirmations are counted where Postfix took them: killed while it hands one on, it hands it on twice."""
    with closing(sqlite3.connect(folder / "mailsync.db")) as connection:
        inside = Inside.of(connection)
    uncertain = frozenset(row["letter_id"] for row in inside.effects if row["state"] == "uncertain")
    ours = {row["letter_id"] for row in inside.effects if row["letter_id"]}
    taken = set(_ACCEPTED.findall(here.mail.postfix.log.read_text(errors="replace")))
    outside = replace(
        outside_of_sandbox(here.crm, frozenset(here.mail.mailbox_uids()), inside.cursor["uidvalidity"], []),
        sent=Counter(message_id for _, message_id in taken if message_id in ours),
    )
    problems = at_rest(inside, outside, uncertain=uncertain)
    return verdict(here, problems, letters=letters, kills=restarts, uncertain=len(uncertain), seconds=seconds)
