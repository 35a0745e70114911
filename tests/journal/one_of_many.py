"""A process that shares a journal with others: `python -m tests.journal.one_of_many FOLDER [BASE_URL]`.

With an address it asks for the account with the token of the journal and prints the account's id; without one it
takes the lock over a refresh, says so, and keeps it until it is killed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from crm.client import AmoCRM
from crm.sandbox import SandboxSettings
from crm.settings import Settings
from mailsync.journal.account import StoredTokens
from mailsync.journal.database import Database

KNOWN = SandboxSettings()


def settings(base_url: str) -> Settings:
    return Settings(
        base_url=base_url,
        client_id=KNOWN.client_id,
        client_secret=KNOWN.client_secret,
        redirect_uri=KNOWN.redirect_uri,
    )


def tokens(database: Database, folder: Path) -> StoredTokens:
    return StoredTokens(database, folder / "lock")


async def _main(folder: Path, *base_url: str) -> None:
    with Database(folder / "journal.db") as database:
        if not base_url:
            async with tokens(database, folder).lock():
                print("held", flush=True)
                await asyncio.Event().wait()
        async with AmoCRM(settings(*base_url), tokens=tokens(database, folder)) as client:
            print((await client.directory.account()).id, flush=True)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), *sys.argv[2:]))
