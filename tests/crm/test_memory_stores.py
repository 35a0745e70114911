"""The in-memory stores keep the contracts that durable ones are held to."""

from __future__ import annotations

import pytest

from crm.index import MemoryContactIndex
from crm.tokens import MemoryTokenStore
from tests.crm.index_contract import ContactIndexContract
from tests.crm.token_store_contract import TokenStoreContract


class TestMemoryContactIndex(ContactIndexContract):
    @pytest.fixture
    def index(self) -> MemoryContactIndex:
        return MemoryContactIndex()


class TestMemoryTokenStore(TokenStoreContract):
    @pytest.fixture
    def store(self) -> MemoryTokenStore:
        return MemoryTokenStore()
