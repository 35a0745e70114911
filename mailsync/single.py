"""One worker for one SQLite journal: a lock that the operating system takes back whatever ends the process."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mailsync.errors import PermanentFailure
from mailsync.journal.database import make_folder
from mailsync.journal.journal import beside


@contextmanager
def only_worker(journal_url: str) -> Iterator[None]:
    """Hold the journal for this process. Raises PermanentFailure where another worker holds it, or nobody can."""
    path = beside(journal_url, ".lock")
    make_folder(path.parent)
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermanentFailure(
                f"another worker is using {journal_url}", cure="stop it first, or give this one a journal of its own"
            ) from None
        yield


def _opened(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="ascii")
    except OSError as error:
        raise PermanentFailure(
            f"{path} cannot be written: {error.strerror}",
            cure="give the worker's user the right to write into the data folder",
        ) from error
