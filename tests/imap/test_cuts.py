"""The link breaks after octet k of what the server says, for every k: nothing is lost, nothing is guessed (F11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest

from mailsync.errors import TemporaryFailure, UnknownOutcome
from mailsync.imap import ImapMailbox, ImapSettings
from mailsync.sandbox.imap_server import EmbeddedImapServer
from mailsync.tls import Security
from tests.servers.scripted import Ending, FaultyLink, serving

LETTERS = [
    b"Message-ID: <a@client.test>\r\nSubject: one\r\n\r\nfirst\r\n",
    b"Message-ID: <b@client.test>\r\nSubject: {3}\r\n\r\n* 2 FETCH (UID 9)\r\n)\r\n",
]
COPY = b"Message-ID: <copy@shop.test>\r\n\r\nbody\r\n"
FAR = 100_000  # octets: more than the whole dialogue


@pytest.fixture
async def imap() -> AsyncIterator[EmbeddedImapServer]:
    server = EmbeddedImapServer("zakaz@shop.test", "secret")
    await server.start()
    for raw in LETTERS:
        await server.deliver(raw)
    yield server
    await server.stop()


def mailbox(port: int, *, timeout: float = 10) -> ImapMailbox:
    return ImapMailbox(
        ImapSettings(
            host="127.0.0.1",
            port=port,
            security=Security.PLAIN,
            username="zakaz@shop.test",
            password="secret",
            connect_timeout=timeout,
            command_timeout=timeout,
            slow_command_timeout=timeout,
        )
    )


class Dialogue:
    """Everything that the worker ever says to the server; keeps how far it came."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.appended: bool | None = False  # None: unknown

    async def run(self, mailbox: ImapMailbox) -> None:
        async with mailbox.connect() as session:
            uids = await session.uids_after(0)
            async for letter in session.fetch(uids):
                self.letters.append(letter.raw)
            await session.message_ids(uids)
            await session.wait(0.001)
            try:
                await session.append("Sent", COPY)
            except UnknownOutcome:
                self.appended = None
                raise
            self.appended = True
            await session.has_message("Sent", "<copy@shop.test>")
            await session.after(uids[0], "seen")
            await session.all_uids()


async def count_of_copies(imap: EmbeddedImapServer) -> int:
    async with mailbox(imap.port).connect() as session:
        opened = await session._conversation.open_folder("EXAMINE", "Sent")
        assert opened.ok
        return len(await session._conversation.search("ALL"))


async def cut(imap: EmbeddedImapServer, octets: int, ending: Ending, *, timeout: float = 10) -> bool:
    """One dialogue over a link that ends there; True where it came to its end all the same."""
    before = await count_of_copies(imap)
    dialogue = Dialogue()
    finished = False
    async with serving(FaultyLink(imap.port, octets, ending)) as port:
        try:
            async with asyncio.timeout(30):
                await dialogue.run(mailbox(port, timeout=timeout))
            finished = True
        except (TemporaryFailure, UnknownOutcome):
            pass
    copies = await count_of_copies(imap) - before
    assert dialogue.letters == LETTERS[: len(dialogue.letters)]
    if dialogue.appended is not None:
        assert copies == int(dialogue.appended)
    if finished:
        assert dialogue.letters == LETTERS
    return finished


async def whole_dialogue(imap: EmbeddedImapServer) -> int:
    """How many octets the server says when nothing goes wrong."""
    link = FaultyLink(imap.port, FAR)
    async with serving(link) as port:
        await Dialogue().run(mailbox(port))
    return link.passed


async def cut_at(imap: EmbeddedImapServer, points: Iterable[int], ending: Ending, *, timeout: float = 10) -> int:
    finished = [await cut(imap, point, ending, timeout=timeout) for point in points]
    return len(finished) - sum(finished)


async def test_the_dialogue_comes_to_its_end_over_a_good_link(imap: EmbeddedImapServer) -> None:
    assert await cut(imap, FAR, Ending.CLOSED)


@pytest.mark.parametrize("ending", [Ending.CLOSED, Ending.RESET])
async def test_a_link_that_ends_after_any_octet_is_a_passing_failure(imap: EmbeddedImapServer, ending: Ending) -> None:
    octets = await whole_dialogue(imap)
    points = range(0, octets - 100, 29)  # the last octets are the goodbye, which may fail
    assert await cut_at(imap, points, ending) == len(points)


async def test_a_link_that_falls_silent_is_given_up_within_the_time_allowed(imap: EmbeddedImapServer) -> None:
    octets = await whole_dialogue(imap)
    points = range(0, octets - 100, 311)
    assert await cut_at(imap, points, Ending.SILENT, timeout=0.2) == len(points)


@pytest.mark.long
@pytest.mark.parametrize("ending", [Ending.CLOSED, Ending.RESET])
async def test_every_single_octet(imap: EmbeddedImapServer, ending: Ending) -> None:
    octets = await whole_dialogue(imap)
    failed = await cut_at(imap, range(octets + 1), ending)
    print(f"{octets + 1} cuts ({ending.value}), {failed} dialogues broken off, nothing lost, nothing doubled")
    assert failed >= octets - 100
