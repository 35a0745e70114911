"""F19: SIGTERM in the middle of anything: gone within ten seconds, and the next process finishes the work."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from crm.sandbox.faults import Fault
from tests.acceptance.test_kill import order
from tests.acceptance.town import Town, town
from tests.leaks import leaks
from tests.servers.fixtures import require
from tests.servers.scripted import serving, silence

pytestmark = pytest.mark.servers

EXIT_SECONDS = 10.0
MOMENTS = 8
HANGS = Fault(kind="delay", seconds=120)


async def _hears_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await silence(reader)


async def _in_data(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An SMTP server that takes a letter and never answers to it."""
    writer.write(b"220 slow.test ESMTP\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"DATA":
            writer.write(b"354 go on\r\n")
            await silence(reader)
        answers = {b"EHLO": b"250-slow.test\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 2.7.0 welcome\r\n"}
        writer.write(answers.get(verb, b"250 2.0.0 fine\r\n"))


async def _until(under_way: Callable[[], bool], process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60):
        while not under_way():
            assert process.returncode is None
            await asyncio.sleep(0.05)  # another process cannot be awaited in any better way


async def _stopped(here: Town, under_way: Callable[[], bool], **settings: str) -> float:
    """Start a worker, ask it to stop when it is there; the seconds it took to end."""
    process = await here.start("run", **settings)
    reading = asyncio.create_task(process.communicate())
    await _until(under_way, process)
    await asyncio.sleep(0.3)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        _, complaints = await reading
    taken = time.monotonic() - started
    assert process.returncode == 0, complaints.decode()
    assert b"Traceback" not in complaints
    assert not leaks(complaints.decode())
    return taken


def _sending(path: Path) -> Callable[[], bool]:
    """Whether a confirmation is on its way."""

    def asked() -> bool:
        if not path.exists():
            return False
        with closing(sqlite3.connect(path, timeout=10)) as database:
            try:
                rows = database.execute("SELECT 1 FROM effect WHERE action = 'send_confirmation' AND state = 'sending'")
                return rows.fetchone() is not None
            except sqlite3.OperationalError:  # it has no tables yet
                return False

    return asked


async def _finish(here: Town, letters: int) -> None:
    finished = await here.mailsync("run", "--once", AMOCRM__SETTLE_SECONDS="1")
    balance = json.loads((await here.mailsync("journal", "balance", "--json")).out)
    assert balance["done"] + balance["parked"] == letters, finished.err
    assert len(here.crm.leads) == letters
    assert set(here.leads_by_reference().values()) == {1}
    assert set(here.confirmed().values()) <= {1}


async def test_sigterm_while_amocrm_does_not_answer(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    async with town(tmp_path) as here:
        here.mail.deliver_lmtp(order(1))
        here.crm.fail(HANGS.model_copy(update={"path": "/api/v4/leads/complex", "method": "POST"}))
        taken = await _stopped(here, lambda: any("complex" in one.path for one in here.crm.requests))
        print(f"{taken:.1f} s")
        assert taken <= EXIT_SECONDS
        await _finish(here, 1)


async def test_sigterm_while_the_mailbox_does_not_answer(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    connected: list[bool] = []

    async def server(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        connected.append(True)
        await silence(reader)

    async with town(tmp_path) as here, serving(server) as port:
        taken = await _stopped(here, lambda: bool(connected), MAILBOX__PORT=str(port))
        print(f"{taken:.1f} s")
        assert taken <= EXIT_SECONDS


async def test_sigterm_while_idling(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    async with town(tmp_path) as here:
        here.mail.deliver_lmtp(order(1))
        taken = await _stopped(here, lambda: len(here.confirmed()) == 1)
        print(f"{taken:.1f} s")
        assert taken <= EXIT_SECONDS
        await _finish(here, 1)


async def test_sigterm_while_the_smtp_server_thinks_about_a_letter(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    async with town(tmp_path) as here, serving(_in_data) as port:
        here.mail.deliver_lmtp(order(1))
        taken = await _stopped(
            here,
            _sending(tmp_path / "mailsync.db"),
            SMTP__PORT=str(port),
            SMTP__SECURITY="plain",
            SMTP__HOST="127.0.0.1",
        )
        print(f"{taken:.1f} s")
        assert taken <= EXIT_SECONDS
        await _finish(here, 1)
        (entry,) = (await here.mailsync("journal", "list", "--json", "--state", "parked")).lines
        assert "journal settle" in entry["cure"]
        assert here.confirmed() == {}


async def test_sigterm_in_a_backlog(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    async with town(tmp_path) as here:
        for number in range(40):
            here.mail.deliver_lmtp(order(number))
        taken = await _stopped(here, lambda: len(here.crm.leads) >= 5)
        print(f"{taken:.1f} s, {len(here.crm.leads)} leads")
        assert taken <= EXIT_SECONDS
        await _finish(here, 40)
        assert len(here.confirmed()) == 40  # nothing was in doubt that need not be


async def test_sigterm_at_any_moment_leaves_nothing_in_doubt(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    require("dovecot", "postfix")
    chance = random.Random(20261128)  # noqa: S311 - a seed, so that a failure comes again
    async with town(tmp_path) as here:
        for number in range(60):
            here.mail.deliver_lmtp(order(number))
        for _ in range(MOMENTS):
            process = await here.start("run")
            reading = asyncio.create_task(process.communicate())
            await asyncio.sleep(chance.uniform(0.1, 4.0))  # any moment of its life, its start included
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, complaints = await reading
            assert time.monotonic() - started <= EXIT_SECONDS
            # Before it hears signals it is ended by the first; nothing has begun then.
            assert process.returncode in (0, -signal.SIGTERM), complaints.decode()
            assert b"Traceback" not in complaints
        await _finish(here, 60)
        assert len(here.confirmed()) == 60
    record_property("runs", MOMENTS)


async def test_a_second_sigterm_waits_for_nothing(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    async with town(tmp_path) as here, serving(_in_data) as port:
        here.mail.deliver_lmtp(order(1))
        process = await here.start("run", SMTP__PORT=str(port), SMTP__SECURITY="plain", SMTP__HOST="127.0.0.1")
        reading = asyncio.create_task(process.communicate())
        await _until(_sending(tmp_path / "mailsync.db"), process)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(1)  # well within the time that the letter is given to end
        process.send_signal(signal.SIGTERM)
        await reading
        assert process.returncode == 130
        await _finish(here, 1)
        assert here.confirmed() == {}


async def test_a_worker_that_crashes_leaves_no_core_file(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    async with town(tmp_path) as here:
        here.mail.deliver_lmtp(order(1))
        process = await here.start("run")
        reading = asyncio.create_task(process.communicate())
        await _until(lambda: bool(here.crm.requests), process)
        assert psutil.Process(process.pid).rlimit(psutil.RLIMIT_CORE) == (0, 0)
        process.send_signal(signal.SIGABRT)
        _, complaints = await reading
        assert process.returncode == -signal.SIGABRT
        assert not leaks(complaints.decode())
