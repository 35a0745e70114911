"""What every Mailbox does: the in-memory twin, the embedded server and Dovecot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.imap import ImapMailbox, ImapSettings
from mailsync.memory.mailbox import MemoryMailbox
from mailsync.ports import Mailbox, MailboxSession
from mailsync.sandbox.mail import MailSandbox
from tests.servers.dovecot import Dovecot

CAP = 3_000_000


def letter(name: str, body: bytes = b"price 2* 3 {5}\r\n.\r\n* 1 FETCH (UID 9)\r\n") -> bytes:
    return (
        f"From: ivanov@client.test\r\nMessage-ID:\r\n <{name}@client.test>\r\nSubject: ok * {name}\r\n\r\n".encode()
        + body
    )


@dataclass
class Server:
    """One of the mail servers, and how the outside world reaches the same mailbox."""

    mailbox: Mailbox
    deliver: Callable[[bytes], Awaitable[object]]


@asynccontextmanager
async def memory() -> AsyncIterator[Server]:
    mailbox = MemoryMailbox(max_letter_size=CAP)
    yield Server(mailbox, mailbox.deliver)


@asynccontextmanager
async def pymap() -> AsyncIterator[Server]:
    async with MailSandbox() as sandbox:
        settings = ImapSettings(
            host=sandbox.host,
            port=sandbox.imap_port,
            username=sandbox.username,
            password=sandbox.password,
            ca_file=sandbox.ca_file,
            command_timeout=10,
            max_letter_size=CAP,
        )
        yield Server(ImapMailbox(settings), sandbox.deliver)


@pytest.fixture(params=["memory", "pymap", pytest.param("dovecot", marks=pytest.mark.servers)])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    if request.param == "dovecot":
        yield on_dovecot(request.getfixturevalue("dovecot"))
    else:
        async with {"memory": memory, "pymap": pymap}[request.param]() as running:
            yield running


def on_dovecot(dovecot: Dovecot) -> Server:
    address = dovecot.new_address()

    async def deliver(raw: bytes) -> None:
        dovecot.deliver(raw, address)

    settings = ImapSettings(
        host="localhost",
        port=dovecot.imap_port,
        username=address,
        password=dovecot.password,
        ca_file=dovecot.ca_file,
        command_timeout=10,
        max_letter_size=CAP,
    )
    return Server(ImapMailbox(settings), deliver)


async def fetched(session: MailboxSession, uids: list[int]) -> list[bytes]:
    return [letter.raw async for letter in session.fetch(uids)]


async def test_a_letter_comes_back_octet_for_octet(server: Server) -> None:
    raw = letter("a", bytes(range(256)).replace(b"\0", b"").replace(b"\r", b"").replace(b"\n", b"\r\n"))
    await server.deliver(raw)
    async with server.mailbox.connect() as session:
        uids = await session.uids_after(0)
        assert await fetched(session, uids) == [raw]


async def test_an_empty_mailbox_has_no_letters(server: Server) -> None:
    async with server.mailbox.connect() as session:
        assert session.state.messages == 0
        assert await session.uids_after(0) == []
        assert await session.all_uids() == []
        assert await fetched(session, [1, 2]) == []


async def test_only_letters_above_the_last_uid_are_new(server: Server) -> None:
    for name in "abc":
        await server.deliver(letter(name))
    async with server.mailbox.connect() as session:
        first, second, third = await session.uids_after(0)
        assert await session.uids_after(first) == [second, third]
        assert await session.uids_after(third) == []
        assert await session.all_uids() == [first, second, third]
        assert session.state.messages == 3


async def test_uidvalidity_stays_the_same_between_sessions(server: Server) -> None:
    async with server.mailbox.connect() as session:
        before = session.state.uidvalidity
    await server.deliver(letter("a"))
    async with server.mailbox.connect() as session:
        assert session.state.uidvalidity == before
        (uid,) = await session.uids_after(0)
        assert session.state.uidnext == uid + 1


async def test_letters_that_come_during_a_session_are_seen(server: Server) -> None:
    async with server.mailbox.connect() as session:
        assert await session.uids_after(0) == []
        await server.deliver(letter("a"))
        (uid,) = await session.uids_after(0)
        assert await fetched(session, [uid]) == [letter("a")]


async def test_more_letters_than_one_command_may_name(server: Server) -> None:
    letters = [letter(f"n{number}") for number in range(120)]
    for raw in letters:
        await server.deliver(raw)
    async with server.mailbox.connect() as session:
        uids = await session.uids_after(0)
        assert await fetched(session, uids) == letters
        ids = await session.identities(uids)
        assert [ids[uid] for uid in uids] == [
            (f"<n{number}@client.test>", len(raw)) for number, raw in enumerate(letters)
        ]


async def test_uids_that_are_gone_are_left_out(server: Server) -> None:
    await server.deliver(letter("a"))
    async with server.mailbox.connect() as session:
        (uid,) = await session.uids_after(0)
        assert await fetched(session, [uid, uid + 7]) == [letter("a")]
        assert await session.identities([uid, uid + 7]) == {uid: ("<a@client.test>", len(letter("a")))}


async def test_a_letter_without_message_id_has_none(server: Server) -> None:
    await server.deliver(b"Subject: nothing\r\n\r\nbody\r\n")
    async with server.mailbox.connect() as session:
        (uid,) = await session.uids_after(0)
        assert await session.identities([uid]) == {uid: ("", 26)}


@pytest.mark.parametrize("size", [2**20 - 1, 2**20, 2**20 + 1, 2_500_000])
async def test_a_big_letter_comes_in_one_piece(server: Server, size: int) -> None:
    head = letter("big", b"")
    line = b"0123456789" * 7 + b"\r\n"
    raw = (head + line * (size // len(line)))[: size - 2] + b"\r\n"
    await server.deliver(raw)
    async with server.mailbox.connect() as session:
        (big,) = [one async for one in session.fetch(await session.uids_after(0))]
    assert big.size == size
    assert not big.truncated
    assert big.raw == raw


async def test_of_a_letter_over_the_cap_only_the_headers_come(server: Server) -> None:
    raw = letter("huge", (b"x" * 70 + b"\r\n") * (CAP // 70))
    await server.deliver(raw)
    await server.deliver(letter("small"))
    async with server.mailbox.connect() as session:
        huge, small = [letter async for letter in session.fetch(await session.uids_after(0))]
    assert huge.truncated
    assert huge.size == len(raw)
    assert huge.raw == letter("huge", b"")
    assert small.raw == letter("small")


async def test_waiting_ends_when_a_letter_comes(server: Server) -> None:
    async with server.mailbox.connect() as session:
        await session.uids_after(0)
        waiting = asyncio.create_task(session.wait(20))
        await asyncio.sleep(0)
        await server.deliver(letter("a"))
        assert await waiting is True
        assert len(await session.uids_after(0)) == 1


async def test_waiting_ends_when_the_time_is_over(server: Server) -> None:
    async with server.mailbox.connect() as session:
        await session.uids_after(0)
        assert await session.wait(0.05) is False
        assert await session.uids_after(0) == []


async def test_a_letter_that_came_before_the_wait_is_not_slept_over(server: Server) -> None:
    async with server.mailbox.connect() as session:
        last = max(await session.uids_after(0), default=0)
        await server.deliver(letter("a"))
        assert await session.wait(20) is True
        assert len(await session.uids_after(last)) == 1


async def test_a_copy_is_stored_in_another_folder_and_found_by_its_message_id(server: Server) -> None:
    async with server.mailbox.connect() as session:
        assert await session.has_message("Sent", "<copy@shop.test>") is False
        await session.append("Sent", b"Message-ID: <copy@shop.test>\r\nSubject: x\r\n\r\nbody\r\n")
        assert await session.has_message("Sent", "<copy@shop.test>") is True
        assert await session.has_message("Sent", "<other@shop.test>") is False
        assert await session.uids_after(0) == []


async def test_a_folder_that_is_missing_is_made_for_the_copy(server: Server) -> None:
    async with server.mailbox.connect() as session:
        assert await session.has_message("Отправленные & копии", "<copy@shop.test>") is False
        await session.append("Отправленные & копии", b"Message-ID: <copy@shop.test>\r\n\r\nbody\r\n")
        assert await session.has_message("Отправленные & копии", "<copy@shop.test>") is True


async def test_letters_that_come_while_another_folder_is_searched_are_not_slept_over(server: Server) -> None:
    async with server.mailbox.connect() as session:
        await session.uids_after(0)
        await session.append("Sent", letter("copy"))
        await server.deliver(letter("a"))
        await session.has_message("Sent", "<copy@client.test>")
        assert await session.wait(20) is True
        assert len(await session.uids_after(0)) == 1


async def test_reading_leaves_no_trace_and_after_does_what_it_is_told(server: Server) -> None:
    for name in "abc":
        await server.deliver(letter(name))
    async with server.mailbox.connect() as session:
        first, second, third = uids = await session.uids_after(0)
        await fetched(session, uids)
        await session.after(first, "seen")
        await session.after(second, "flag:processed")
        await session.after(third, "move:Archive")
        await session.after(third, "move:Archive")
        assert await session.uids_after(0) == [first, second]
        assert await session.has_message("Archive", "<c@client.test>") is True


async def test_an_action_that_nobody_knows_is_refused_in_plain_words(server: Server) -> None:
    async with server.mailbox.connect() as session:
        with pytest.raises(PermanentFailure, match="delete"):
            await session.after(1, "delete")


async def test_a_cancelled_wait_leaves_a_dead_session_behind_and_the_next_one_works(server: Server) -> None:
    async with server.mailbox.connect() as session:
        await session.uids_after(0)
        waiting = asyncio.create_task(session.wait(20))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with server.mailbox.connect() as session:
        assert await session.uids_after(0) == []


async def test_a_wrong_password_is_told_plainly() -> None:
    async with MailSandbox() as sandbox:
        settings = ImapSettings(
            host=sandbox.host,
            port=sandbox.imap_port,
            username=sandbox.username,
            password="wrong-password",
            ca_file=sandbox.ca_file,
        )
        with pytest.raises(PermanentFailure, match="Неверный пароль") as refusal:
            async with ImapMailbox(settings).connect():
                pass
    assert "MAILSYNC_MAILBOX__PASSWORD" in refusal.value.cure
    assert "wrong-password" not in repr(refusal.value) + str(settings)


async def test_a_password_that_is_not_set_is_told_without_asking_the_server() -> None:
    async with MailSandbox() as sandbox:
        settings = ImapSettings(
            host=sandbox.host, port=sandbox.imap_port, username=sandbox.username, password="", ca_file=sandbox.ca_file
        )
        with pytest.raises(PermanentFailure, match="no password is set"):
            async with ImapMailbox(settings).connect():
                pass


async def test_a_server_that_is_not_there_is_a_passing_failure(unused_tcp_port: int) -> None:
    settings = ImapSettings(host="localhost", port=unused_tcp_port, username="zakaz@shop.test", password="secret")
    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        async with ImapMailbox(settings).connect():
            pass
