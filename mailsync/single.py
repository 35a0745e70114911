"""One worker for one SQLite journal: a lock that the operating system takes back whatever ends the process."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from mailsync.errors import PermanentFailure
from mailsync.journal.journal import beside


@contextmanager
def only_worker(journal_url: str) -> Iterator[None]:
    """Hold the journal for this process. Raises PermanentFailure where another worker holds it."""
    path = beside(journal_url, ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermanentFailure(
                f"another worker is using {journal_url}", cure="stop it first, or give this one a journal of its own"
            ) from None
        yield
