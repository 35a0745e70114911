"""The link breaks after octet k of what the server says, for every k: nothing is lost, nothing is guessed (F11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

import pytest

from mailsync.errors import TemporaryFailure, UnknownOutcome
from mailsync.imap import ImapMailbox, ImapSettings
from mailsync.sandbox.imap_server import EmbeddedImapServer
from mailsync.tls import Security
from tests.leaks import MAILBOX_PASSWORD
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import Ending, FaultyLink, serving

LETTERS = [
    b"Message-ID: <a@client.test>\r\nSubject: one\r\n\r\nfirst\r\n",
    b"Message-ID: <b@client.test>\r\nSubject: {3}\r\n\r\n* 2 FETCH (UID 9)\r\n)\r\n",
]
COPY = b"Message-ID: <copy@shop.test>\r\n\r\nbody\r\n"
GOODBYE = 100  # octets at the end that may fail: the answer to LOGOUT
FAR = 100_000  # octets: more than the whole dialogue


@dataclass
class Account:
    """A mailbox with the two letters, on a server's port for plain text."""

    port: int
    username: str

    def mailbox(self, port: int, *, timeout: float = 10) -> ImapMailbox:
        """The same mailbox through another port."""
        return ImapMailbox(
            ImapSettings(
                host="127.0.0.1",
                port=port,
                security=Security.PLAIN,
                username=self.username,
                password=MAILBOX_PASSWORD,
                connect_timeout=timeout,
                command_timeout=timeout,
                slow_command_timeout=timeout,
            )
        )

    async def count_copies(self) -> int:
        async with self.mailbox(self.port).connect() as session:
            opened = await session._conversation.open_folder("EXAMINE", "Sent")
            return len(await session._conversation.search("ALL")) if opened.ok else 0


@pytest.fixture
async def pymap() -> AsyncIterator[Account]:
    server = EmbeddedImapServer("zakaz@shop.test", MAILBOX_PASSWORD)
    await server.start()
    for raw in LETTERS:
        await server.deliver(raw)
    yield Account(server.port, "zakaz@shop.test")
    await server.stop()


@pytest.fixture
def on_dovecot(dovecot: Dovecot) -> Account:
    account = Account(dovecot.imap_plain_port, dovecot.new_address())
    for raw in LETTERS:
        dovecot.deliver(raw, account.username)
    return account


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Account:
    """One of the two above, by its name; not asked for inside a test, whose loop runs already."""
    account: Account = request.getfixturevalue(request.param)
    return account


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
            await session.identities(uids)
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


async def cut(account: Account, octets: int, ending: Ending, *, timeout: float = 10) -> bool:
    """One dialogue over a link that ends there; True where it came to its end all the same."""
    before = await account.count_copies()
    dialogue = Dialogue()
    finished = False
    async with serving(FaultyLink(account.port, octets, ending)) as port:
        try:
            async with asyncio.timeout(30):
                await dialogue.run(account.mailbox(port, timeout=timeout))
            finished = True
        except (TemporaryFailure, UnknownOutcome):
            pass
    copies = await account.count_copies() - before
    assert dialogue.letters == LETTERS[: len(dialogue.letters)]
    if dialogue.appended is not None:
        assert copies == int(dialogue.appended)
    if finished:
        assert dialogue.letters == LETTERS
    return finished


async def whole_dialogue(account: Account) -> int:
    """How many octets the server says when nothing goes wrong."""
    link = FaultyLink(account.port, FAR)
    async with serving(link) as port:
        await Dialogue().run(account.mailbox(port))
    return link.passed


async def cut_at(account: Account, points: Iterable[int], ending: Ending, *, timeout: float = 10) -> int:
    finished = [await cut(account, point, ending, timeout=timeout) for point in points]
    return len(finished) - sum(finished)


async def test_the_dialogue_comes_to_its_end_over_a_good_link(pymap: Account) -> None:
    assert await cut(pymap, FAR, Ending.CLOSED)


@pytest.mark.parametrize("ending", [Ending.CLOSED, Ending.RESET])
async def test_a_link_that_ends_after_any_octet_is_a_passing_failure(
    pymap: Account, record_property: Callable[[str, object], None], ending: Ending
) -> None:
    points = range(0, await whole_dialogue(pymap) - GOODBYE, 29)
    record_property("runs", len(points))
    assert await cut_at(pymap, points, ending) == len(points)


@pytest.mark.servers
async def test_so_it_is_with_dovecot(on_dovecot: Account, record_property: Callable[[str, object], None]) -> None:
    points = range(0, await whole_dialogue(on_dovecot) - GOODBYE, 101)
    record_property("runs", len(points))
    assert await cut_at(on_dovecot, points, Ending.CLOSED) == len(points)


async def test_a_link_that_falls_silent_is_given_up_within_the_time_allowed(
    pymap: Account, record_property: Callable[[str, object], None]
) -> None:
    points = range(0, await whole_dialogue(pymap) - GOODBYE, 311)
    record_property("runs", len(points))
    assert await cut_at(pymap, points, Ending.SILENT, timeout=0.2) == len(points)


@pytest.mark.long
@pytest.mark.parametrize("ending", [Ending.CLOSED, Ending.RESET])
@pytest.mark.parametrize("account", ["pymap", pytest.param("on_dovecot", marks=pytest.mark.servers)], indirect=True)
async def test_every_single_octet(
    account: Account, record_property: Callable[[str, object], None], ending: Ending
) -> None:
    octets = await whole_dialogue(account)
    failed = await cut_at(account, range(octets + 1), ending)
    record_property("runs", octets + 1)
    assert failed >= octets - GOODBYE
