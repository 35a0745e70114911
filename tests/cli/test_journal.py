"""`mailsync journal`: what a person at the console does with entries that need one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from mailsync.cli.command import main
from mailsync.deciding.effects import AddNote
from mailsync.deciding.plan import Plan
from mailsync.journal.journal import Journal
from mailsync.journal.records import EffectState, Entry, ReadingNote, State

Command = Callable[..., int]
NOTE = ReadingNote("order", "a@zavod.example", "Заявка", None, (), "content", frozenset())


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A journal with two parked entries: 1 was refused, 2 has an effect of unknown fate."""
    return _filled(f"sqlite:///{tmp_path}/journal.db")


@pytest.fixture
def journal(tmp_path: Path, url: str) -> Command:
    """The command, with the journal of `url`."""
    config = tmp_path / "config.toml"
    config.write_text(f'[journal]\nurl = "{url}"\n')
    return lambda *words: main(["--config", str(config), "journal", *words])


def _filled(url: str) -> str:

    async def fill() -> None:
        with Journal.open(url) as journal:
            for state in (EffectState.PLANNED, EffectState.UNCERTAIN):
                await journal.requests.store("site", b"{}", None, 1.0)
                entry = (await journal.work.unread(1.0, 10))[-1]
                await journal.work.note_reading(entry.id, NOTE, 1.0)
                await journal.work.write_plan(entry.id, Plan((AddNote(text="x", marker="x"),)), 1.0)
                (row,) = await journal.work.effects(entry.id)
                await journal.work.effect_ended(row, 1.0, state)
                await journal.work.park(entry.id, 1.0, "refused", "look")

    asyncio.run(fill())
    return url


def entries(url: str) -> list[Entry]:
    async def read() -> list[Entry]:
        with Journal.open(url) as journal:
            return sorted(await journal.desk.entries(), key=lambda entry: entry.id)

    return asyncio.run(read())


def states(url: str) -> list[State]:
    return [entry.state for entry in entries(url)]


def test_retrying_all_leaves_what_might_be_sent_twice(
    url: str, journal: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert journal("retry", "--all") == 0
    assert states(url) == [State.WAITING, State.PARKED]
    assert entries(url)[1].reference in capsys.readouterr().err


def test_retrying_all_sends_again_where_a_person_says_so(url: str, journal: Command) -> None:
    assert journal("retry", "--all", "--send-again") == 0
    assert states(url) == [State.WAITING, State.WAITING]


def test_a_named_entry_is_retried_whatever_is_uncertain_about_it(url: str, journal: Command) -> None:
    assert journal("retry", "2") == 0
    assert states(url) == [State.PARKED, State.WAITING]


def test_what_can_never_be_done_is_dismissed_with_the_reason(url: str, journal: Command) -> None:
    assert journal("dismiss", "1", entries(url)[1].reference, "--reason", "a test of ours") == 0
    assert states(url) == [State.IGNORED, State.IGNORED]
    assert entries(url)[0].reason == "dismissed by hand: a test of ours"
    assert journal("dismiss", "1") == 1
