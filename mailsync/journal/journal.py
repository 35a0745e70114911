"""The journal as one thing: opened from its URL, with a side for each of those who use it."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from mailsync.errors import PermanentFailure
from mailsync.journal.app_requests import AppRequests
from mailsync.journal.database import Database
from mailsync.journal.desk import Desk
from mailsync.journal.hooks import Hooks
from mailsync.journal.intake import Intake
from mailsync.journal.knowledge import Knowledge
from mailsync.journal.passport import Passport
from mailsync.journal.requests import Requests
from mailsync.journal.states import States
from mailsync.journal.work import Work

SQLITE = "sqlite:///"


class Journal:
    """Open with `Journal.open(url)`; close when done. `sqlite:///relative/path` or `sqlite:////absolute/path`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.intake = Intake(database)
        self.work = Work(database)
        self.knowledge = Knowledge(database)
        self.desk = Desk(database)
        self.requests = Requests(database)
        self.hooks = Hooks(database)
        self.states = States(database)
        self.passport = Passport(database)
        self.app_requests = AppRequests(database)

    @classmethod
    def open(cls, url: str) -> Journal:
        """Raises PermanentFailure for a database that cannot be used, TemporaryFailure where the disk cannot."""
        return cls(Database(sqlite_path(url)))

    @classmethod
    def in_memory(cls) -> Journal:
        return cls(Database(None))

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def sqlite_path(url: str) -> Path:
    """The file of a journal. Raises PermanentFailure for another kind of database."""
    if not url.startswith(SQLITE):
        raise PermanentFailure(
            "journal.url names PostgreSQL, which this version does not speak yet",
            cure='set journal.url = "sqlite:///data/mailsync.db"',
        )
    return Path(url.removeprefix(SQLITE))


def beside(url: str, suffix: str) -> Path:
    """A file beside the journal's: locks."""
    path = sqlite_path(url)
    return path.with_name(path.name + suffix)
