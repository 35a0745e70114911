"""What every TokenStore does: subclass with a fixture `store`, an empty one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from crm.tokens import TokenPair, TokenStore

PAIR = TokenPair("access", "def502" + "a" * 900, datetime(2026, 11, 24, tzinfo=UTC), "https://demo.amocrm.ru")


class TokenStoreContract:
    async def test_an_empty_store_has_no_pair(self, store: TokenStore) -> None:
        assert await store.load() is None

    async def test_what_was_saved_last_is_loaded(self, store: TokenStore) -> None:
        await store.save(PAIR)
        await store.save(replace(PAIR, access_token="newer"))
        assert await store.load() == replace(PAIR, access_token="newer")

    async def test_one_at_a_time_holds_the_lock(self, store: TokenStore) -> None:
        order: list[str] = []

        async def holder(name: str) -> None:
            async with store.lock():
                order.append(f"{name} in")
                await asyncio.sleep(0)
                order.append(f"{name} out")

        await asyncio.gather(holder("first"), holder("second"))
        assert order[0].split()[0] == order[1].split()[0]
        assert order[2].split()[0] == order[3].split()[0]

    async def test_the_pair_can_be_loaded_and_saved_under_the_lock(self, store: TokenStore) -> None:
        async with store.lock():
            assert await store.load() is None
            await store.save(PAIR)
        assert await store.load() == PAIR
