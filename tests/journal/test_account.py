"""What the AmoCRM client keeps in the journal, held to the client's own contract suites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailsync.journal.account import StoredContactIndex, StoredTokens
from mailsync.journal.database import Database
from tests.crm.index_contract import ContactIndexContract
from tests.crm.token_store_contract import TokenStoreContract


class TestStoredContactIndex(ContactIndexContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[StoredContactIndex]:
        with Database(tmp_path / "journal.db") as database:
            yield StoredContactIndex(database)


class TestStoredTokens(TokenStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[StoredTokens]:
        with Database(tmp_path / "journal.db") as database:
            yield StoredTokens(database, tmp_path / "lock")
