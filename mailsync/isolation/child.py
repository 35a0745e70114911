"""The child's side: read one letter after another from standard input, under limits that the kernel enforces."""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import BinaryIO

from mailsync.isolation.frames import HEADER, Answer, Depth, Job, pack, unpack
from mailsync.reading import reader
from mailsync.reading.model import Reading, ReadingContext

READY = "ready"


def main(megabytes: int) -> None:
    """Serve until the pipe closes. Standard output carries frames only: what libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    logging.disable(logging.CRITICAL)  # the libraries' complaints about letters would quote them
    _warm_up()
    _limit(megabytes)
    _send(answers, pack(READY))
    while (job := _receive(sys.stdin.buffer)) is not None:
        answer = _answer(job)
        _send(answers, pack(answer))
        if answer.failure == "MemoryError":
            return  # what is left of the memory cannot be trusted


def _warm_up() -> None:
    """Load what the first letter would load, before memory is measured and the first deadline runs."""
    letter = EmailMessage()
    letter["From"], letter["Subject"], letter["Date"] = "a@b.example", "заявка", datetime(2026, 1, 1, tzinfo=UTC)
    letter.set_content(
        "Прошу счёт на патрон 7100-0035, 2 шт. Станок 16К20, зав. № 1.\n\nИванов Пётр\n+7 495 740-12-30\n"
    )
    letter.add_alternative("<p>Прошу счёт на патрон 7100-0035, 2 шт.</p>", subtype="html")
    reader.read_letter(letter.as_bytes(), ReadingContext())


def _limit(megabytes: int) -> None:
    """No core files, no files at all, and so much memory on top of what the loaded program has mapped already."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    ceiling = pages * resource.getpagesize() + megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(job: Job) -> Answer:
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + job.seconds + 2), hard))
    try:
        return Answer(_read(job))
    except MemoryError:
        return Answer(None, "MemoryError")
    except Exception as error:  # noqa: BLE001 - the pool tries again with less; the name is all that may leave
        return Answer(None, type(error).__name__)


def _read(job: Job) -> Reading:
    if job.depth is Depth.HEADERS:
        return reader.unreadable(job.raw, job.why)
    return reader.read_or_raise(job.raw, job.context)


def _send(stream: BinaryIO, pieces: list[bytes]) -> None:
    stream.writelines(pieces)
    stream.flush()


def _receive(stream: BinaryIO) -> Job | None:
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (count,) = HEADER.unpack(header)
    sizes = [size for (size,) in HEADER.iter_unpack(stream.read(count * HEADER.size))]
    body, *large = [stream.read(size) for size in sizes]
    job = unpack(body, large)
    return job if isinstance(job, Job) else None


if __name__ == "__main__":
    main(int(sys.argv[1]))
