"""Children that read letters: what breaks one of them harms neither its neighbours nor the one who asked."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from mailsync.errors import TemporaryFailure
from mailsync.isolation import ReaderPool
from mailsync.isolation.frames import Answer, Depth, Job, pack, unpack
from mailsync.isolation.worker import ChildFailed, Worker
from mailsync.reading.model import Kind, ReadingContext
from mailsync.reading.reader import read_letter
from tests.reading import bombs

CONTEXT = ReadingContext()
LETTER = bombs.text("Прошу счёт на патрон 7100-0035, 2 шт.\n")
MEGABYTES = 256


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(workers=1, seconds=10, megabytes=MEGABYTES) as pool:
        yield pool


async def test_a_child_reads_a_letter_as_the_reader_itself_does(pool: ReaderPool) -> None:
    assert await pool.read(LETTER, CONTEXT) == read_letter(LETTER, CONTEXT)


def test_synchronous_callers_get_the_same(pool: ReaderPool) -> None:
    assert pool.read_now(LETTER, CONTEXT) == read_letter(LETTER, CONTEXT)


@pytest.mark.parametrize("name", bombs.SWALLOWED)
async def test_a_bomb_is_read_within_time_and_memory(pool: ReaderPool, name: str) -> None:
    reading = await pool.read(bombs.SWALLOWED[name](), CONTEXT)
    assert not [line for line in reading.message.defects if "при чтении файла" in line or "процесс" in line]


@pytest.mark.parametrize("name", bombs.STOPPED)
async def test_a_hostile_document_does_not_keep_the_letter_from_being_read(pool: ReaderPool, name: str) -> None:
    reading = await pool.read(bombs.STOPPED[name](), CONTEXT)
    assert reading.message.subject == "Заявка"
    assert reading.message.new_text == "Заявка во вложении, прошу счёт."
    assert reading.kind is Kind.ORDER
    assert len(reading.message.attachments) == 1


async def test_after_all_that_the_pool_still_reads(pool: ReaderPool) -> None:
    assert (await pool.read(LETTER, CONTEXT)).kind is Kind.ORDER


def test_a_killed_child_is_told_and_its_successor_answers() -> None:
    worker = Worker(MEGABYTES)
    job = Job(LETTER, CONTEXT, Depth.FULL, 10)
    worker.ask(job)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(ChildFailed):
        worker.ask(job)
    worker.close()


def test_a_child_that_overruns_its_deadline_is_told() -> None:
    worker = Worker(MEGABYTES)
    worker.ask(Job(LETTER, CONTEXT, Depth.FULL, 10))
    os.kill(worker.pid, signal.SIGSTOP)
    with pytest.raises(ChildFailed, match="отведённое время"):
        worker.ask(Job(LETTER, CONTEXT, Depth.FULL, 0.2))
    worker.close()


def test_a_child_without_memory_names_the_failure_and_ends() -> None:
    worker = Worker(1)
    answer = worker.ask(Job(bombs.text("слово " * 100_000), CONTEXT, Depth.FULL, 10))
    assert answer == Answer(None, "MemoryError")
    with pytest.raises(ChildFailed):
        worker.ask(Job(LETTER, CONTEXT, Depth.FULL, 10))
    worker.close()


async def test_a_letter_too_large_for_any_child_still_becomes_a_letter_for_a_person() -> None:
    with ReaderPool(workers=1, seconds=5, megabytes=1) as pool:
        reading = await pool.read(bombs.text("слово " * 2_000_000), CONTEXT)
    assert reading.kind is Kind.MESSAGE
    assert any("не разобрано" in line for line in reading.message.defects)


async def test_a_child_that_cannot_start_is_not_the_letters_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    with ReaderPool(workers=1) as pool, pytest.raises(TemporaryFailure, match="не запускается"):
        await pool.read(LETTER, CONTEXT)


async def test_while_one_child_hangs_the_loop_and_the_other_child_go_on() -> None:
    others = set(psutil.Process().children())  # the run's own mail servers, for one
    with ReaderPool(workers=2, seconds=3, megabytes=MEGABYTES) as pool:
        await asyncio.gather(pool.read(LETTER, CONTEXT), pool.read(LETTER, CONTEXT))
        hung, _ = set(psutil.Process().children()) - others
        hung.suspend()
        waiting = [asyncio.create_task(pool.read(LETTER, CONTEXT)) for _ in range(6)]
        done, _ = await asyncio.wait(waiting, timeout=2, return_when=asyncio.FIRST_COMPLETED)
        assert done
        assert all(reading.kind is Kind.ORDER for reading in await asyncio.gather(*waiting))


async def test_closing_leaves_no_child_behind() -> None:
    before = {child.pid for child in psutil.Process().children()}
    with ReaderPool(workers=2) as pool:
        await pool.read(LETTER, CONTEXT)
    assert {child.pid for child in psutil.Process().children()} <= before


@pytest.mark.parametrize("started", [False, True], ids=["while its child starts", "while its child hangs"])
async def test_closing_waits_for_no_letter(*, started: bool) -> None:
    others = set(psutil.Process().children())
    pool = ReaderPool(workers=1, seconds=600, megabytes=MEGABYTES)
    if started:
        await pool.read(LETTER, CONTEXT)
    (child,) = set(psutil.Process().children()) - others
    child.suspend()
    reading = asyncio.create_task(pool.read(LETTER, CONTEXT))
    await asyncio.to_thread(_until_somebody_waits_for, pool)
    async with asyncio.timeout(30):
        await asyncio.to_thread(pool.close)
        with pytest.raises(TemporaryFailure):
            await reading


def _until_somebody_waits_for(pool: ReaderPool) -> None:
    while not pool._idle.empty():
        time.sleep(0.01)
    time.sleep(0.1)  # from taking a child to waiting for it


def test_a_frame_can_name_values_of_the_reader() -> None:
    job = Job(LETTER, replace(CONTEXT, documents=False), Depth.FULL, 1.5)
    answer = Answer(read_letter(LETTER, CONTEXT))
    for value in (job, answer):
        _, _, body, *large = pack(value)
        assert unpack(body, large) == value


def test_a_frame_cannot_name_anything_else() -> None:
    with pytest.raises(pickle.UnpicklingError, match="does not belong"):
        unpack(pickle.dumps(os.system), [])
