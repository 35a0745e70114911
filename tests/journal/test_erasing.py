"""Forgetting a person: nothing that names them is left, and what is under way does not bring it back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm.entities import EntityType
from crm.index import Entry as Known
from crm.keys import Key
from mailsync.deciding.effects import AddNote
from mailsync.deciding.plan import Plan
from mailsync.errors import PermanentFailure
from mailsync.journal.account import StoredContactIndex
from mailsync.journal.database import Database
from mailsync.journal.journal import Journal
from mailsync.journal.records import ReadingNote, State
from tests.worker.house import House, house, letter

ADDRESS, PHONE = "ivanov@zavod.example", "+74951234567"
ORDER = f"Просим выставить счёт: патрон токарный 7100-0035 - 2 шт.\n\nС уважением,\nИванов Пётр, {PHONE}"
NOTE = ReadingNote("order", ADDRESS, "Заявка", "<1@zavod.example>", (), "content", frozenset({f"address:{ADDRESS}"}))


async def everything(journal: Journal) -> str:
    """All rows of all tables, as text."""

    def question(connection: sqlite3.Connection) -> str:
        tables = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows: list[Any] = [tuple(row) for table in tables for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608
        return repr(rows)

    return await journal.database.read(question)


async def index_of_people(here: House) -> StoredContactIndex:
    index = StoredContactIndex(here.journal.database)
    keys = frozenset({Key("email", ADDRESS), Key("phone", "74951234567")})
    await index.put([Known(EntityType.CONTACTS, 77, keys), Known(EntityType.COMPANIES, 78, frozenset(keys))])
    return index


@pytest.mark.parametrize("who", [ADDRESS, "Ivanov@Zavod.example", PHONE, "8 (495) 123-45-67"])
async def test_nothing_names_the_person_any_more(who: str) -> None:
    async with house() as here:
        await here.mailbox.deliver(letter(ORDER))
        assert await here.run_once() == 0
        assert await here.journal.desk.erase(who, here.clock.now()) == 1
        left = await everything(here.journal)
        assert "zavod.example" not in left
        assert "1234567" not in left
        assert "Иванов" not in left


async def test_an_address_that_refused_letters_is_forgotten() -> None:
    async with house() as here:
        await here.journal.work.mark_dead(ADDRESS, "5.1.1", here.clock.now())
        await here.journal.desk.erase(ADDRESS, here.clock.now())
        assert not await here.journal.knowledge.is_dead(ADDRESS)


async def test_a_company_with_the_same_phone_stays_known() -> None:
    async with house() as here:
        index = await index_of_people(here)
        await here.journal.desk.erase(ADDRESS, here.clock.now())
        phone = Key("phone", "74951234567")
        assert await index.find(EntityType.CONTACTS, [phone]) == {}
        assert await index.find(EntityType.COMPANIES, [phone]) == {phone: (78,)}


@pytest.mark.parametrize("who", [PHONE, "8 495 123 45 67"])
async def test_a_request_by_phone_alone_is_forgotten(who: str) -> None:
    body = {"source": "site", "contact": {"phone": f"{PHONE} доб. 12"}, "comment": "Перезвоните"}
    other = {"source": "site", "contact": {"phone": "+74951234568"}}
    async with house() as here:
        for one in (body, other):
            await here.journal.requests.store("site", json.dumps(one).encode(), None, here.clock.now())
        assert await here.run_once() == 0
        assert await here.journal.desk.erase(who, here.clock.now()) == 1
        assert "1234567" not in await everything(here.journal)
        assert "1234568" in await everything(here.journal)


async def test_what_is_neither_an_address_nor_a_phone_is_refused() -> None:
    async with house() as here:
        with pytest.raises(PermanentFailure, match="neither"):
            await here.journal.desk.erase("Иванов", here.clock.now())


async def test_a_refusal_of_long_ago_is_forgotten_with_the_rest() -> None:
    async with house() as here:
        await here.journal.work.mark_dead(ADDRESS, "5.1.1", here.clock.now())
        await here.journal.desk.forget_older(here.clock.now() + 1, here.clock.now() + 1)
        assert not await here.journal.knowledge.is_dead(ADDRESS)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(Database(tmp_path / "journal.db")) as opened:
        yield opened


async def test_what_was_being_worked_on_stays_forgotten(journal: Journal) -> None:
    await journal.requests.store("site", b"{}", None, 1.0)
    (entry,) = await journal.work.unread(1.0, 10)
    await journal.work.note_reading(entry.id, NOTE, 1.0)
    assert await journal.desk.erase(ADDRESS, 2.0) == 1
    await journal.work.note_reading(entry.id, NOTE, 3.0)
    await journal.work.write_plan(entry.id, Plan((AddNote(text=ADDRESS, marker="x"),), reasons=(ADDRESS,)), 3.0)
    assert await journal.work.effects(entry.id) == []
    await journal.work.finish(entry.id, 3.0)
    await journal.work.park(entry.id, 3.0, "refused", "look")
    assert "zavod.example" not in await everything(journal)
    erased = await journal.desk.get(entry.id)
    assert erased
    assert (erased.state, erased.reason) == (State.IGNORED, "erased")


async def test_an_effect_that_ends_after_it_was_erased_leaves_no_trace(journal: Journal) -> None:
    await journal.requests.store("site", b"{}", None, 1.0)
    (entry,) = await journal.work.unread(1.0, 10)
    await journal.work.note_reading(entry.id, NOTE, 1.0)
    await journal.work.write_plan(entry.id, Plan((AddNote(text="x", marker="x"),)), 1.0)
    (row,) = await journal.work.effects(entry.id)
    await journal.desk.erase(ADDRESS, 2.0)
    await journal.work.replace_effect(row, 3.0, [AddNote(text=ADDRESS, marker="x")], ADDRESS)
    assert "zavod.example" not in await everything(journal)


async def test_freed_pages_are_overwritten(journal: Journal, tmp_path: Path) -> None:
    await journal.requests.store("site", b"a word that nobody may read again " * 1000, None, 1.0)
    (entry,) = await journal.work.unread(1.0, 10)
    await journal.work.note_reading(entry.id, NOTE, 1.0)
    await journal.desk.erase(ADDRESS, 2.0)
    journal.close()
    assert b"nobody may read" not in (tmp_path / "journal.db").read_bytes()
