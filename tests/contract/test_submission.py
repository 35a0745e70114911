"""What every Submission does: the in-memory twin, the embedded server and Postfix."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.memory.submission import MemorySubmission
from mailsync.ports import Envelope, Submission
from mailsync.sandbox.mail import MailSandbox
from mailsync.smtp import SmtpSettings, SmtpSubmission
from tests.servers.mail import RealMailServers

LETTER = (
    b"From: zakaz@shop.test\r\nMessage-ID: <answer@shop.test>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0300\r\n"
    b"Subject: x\r\n\r\n.\r\n..dots\r\nend\r\n"
)


@dataclass
class Server:
    """One of the submission servers, and the letters that it took for a customer."""

    submission: Submission
    accepted: Callable[[int], Awaitable[list[bytes]]]  # waits for so many where delivery takes its time
    customer: str = "ivanov@client.test"

    def envelope(self, raw: bytes = LETTER) -> Envelope:
        return envelope(self.customer, raw=raw)


@asynccontextmanager
async def memory() -> AsyncIterator[Server]:
    submission = MemorySubmission()

    async def accepted(_count: int) -> list[bytes]:
        return [envelope.raw for envelope in submission.accepted]

    yield Server(submission, accepted)


def sandbox_settings(sandbox: MailSandbox, password: str) -> SmtpSettings:
    return SmtpSettings(
        host=sandbox.host,
        port=sandbox.submission_port,
        username=sandbox.username,
        password=password,
        ca_file=sandbox.ca_file,
        command_timeout=10,
    )


@asynccontextmanager
async def aiosmtpd() -> AsyncIterator[Server]:
    async with MailSandbox() as sandbox:
        submission = SmtpSubmission(sandbox_settings(sandbox, sandbox.password))

        async def accepted(_count: int) -> list[bytes]:
            return [letter.raw for letter in sandbox.sink]

        yield Server(submission, accepted)
        await submission.close()


@asynccontextmanager
async def on_postfix(servers: RealMailServers) -> AsyncIterator[Server]:
    customer = servers.dovecot.new_address()

    async def accepted(count: int) -> list[bytes]:
        letters = await asyncio.to_thread(servers.dovecot.wait_for_letters, customer, count)
        return [raw[raw.index(b"From: ") :] for raw in letters]  # without the trace headers

    settings = SmtpSettings(
        host=servers.host,
        port=servers.smtp_port,
        username=servers.user,
        password=servers.password,
        ca_file=servers.ca_file,
        command_timeout=10,
    )
    submission = SmtpSubmission(settings)
    yield Server(submission, accepted, customer)
    await submission.close()


@pytest.fixture(params=["memory", "aiosmtpd", pytest.param("postfix", marks=pytest.mark.servers)])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    match request.param:
        case "memory":
            opened = memory()
        case "aiosmtpd":
            opened = aiosmtpd()
        case _:
            opened = on_postfix(request.getfixturevalue("mail_servers"))
    async with opened as running:
        yield running


def envelope(*recipients: str, raw: bytes = LETTER) -> Envelope:
    return Envelope("zakaz@shop.test", recipients or ("ivanov@client.test",), raw)


class Noted:
    """A `before_data` that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self) -> None:
        self.calls += 1


async def test_a_letter_arrives_as_it_was_given(server: Server) -> None:
    noted = Noted()
    answer = await server.submission.submit(server.envelope(), noted)
    assert answer.startswith("250")
    assert noted.calls == 1
    assert await server.accepted(1) == [LETTER]


async def test_the_letter_is_not_sent_before_the_intent_is_noted(server: Server) -> None:
    async def note() -> None:
        assert await server.accepted(0) == []

    await server.submission.submit(server.envelope(), note)
    assert await server.accepted(1) == [LETTER]


async def test_a_letter_whose_intent_cannot_be_noted_is_not_sent(server: Server) -> None:
    async def fail() -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        await server.submission.submit(server.envelope(), fail)
    assert await server.accepted(0) == []
    await server.submission.submit(server.envelope(), Noted())
    assert await server.accepted(1) == [LETTER]


async def test_several_letters_one_after_another(server: Server) -> None:
    letters = [LETTER.replace(b"answer", b"answer%d" % number) for number in range(5)]
    for raw in letters:
        await server.submission.submit(server.envelope(raw), Noted())
    assert sorted(await server.accepted(5)) == letters


async def test_a_closed_submission_opens_again(server: Server) -> None:
    await server.submission.submit(server.envelope(), Noted())
    await server.submission.close()
    await server.submission.submit(server.envelope(), Noted())
    assert await server.accepted(2) == [LETTER, LETTER]


async def test_a_connection_that_the_server_dropped_is_opened_again() -> None:
    async with MailSandbox() as sandbox:
        submission = SmtpSubmission(sandbox_settings(sandbox, sandbox.password))
        await submission.submit(envelope(), Noted())
        await sandbox.submission.drop_connections()
        noted = Noted()
        await submission.submit(envelope(), noted)
        assert noted.calls == 1
        assert len(sandbox.sink) == 2
        await submission.close()


async def test_a_wrong_password_is_told_plainly() -> None:
    async with MailSandbox() as sandbox:
        submission = SmtpSubmission(sandbox_settings(sandbox, "wrong-password"))
        noted = Noted()
        with pytest.raises(TemporaryFailure, match="Неверный пароль") as refusal:
            await submission.submit(envelope(), noted)
        assert "MAILSYNC_SMTP__PASSWORD" in refusal.value.cure
        assert "wrong-password" not in str(refusal.value)
        assert noted.calls == 0


async def test_a_password_that_is_not_set_makes_letters_wait_without_asking_the_server() -> None:
    async with MailSandbox() as sandbox:
        with pytest.raises(TemporaryFailure, match="no password is set"):
            await SmtpSubmission(sandbox_settings(sandbox, "")).submit(envelope(), Noted())


async def test_a_server_that_is_not_there_is_a_passing_failure(unused_tcp_port: int) -> None:
    settings = SmtpSettings(host="localhost", port=unused_tcp_port, username="zakaz@shop.test", password="secret")
    with pytest.raises(TemporaryFailure, match="cannot be reached") as failure:
        await SmtpSubmission(settings).submit(envelope(), Noted())
    assert failure.value.neighbour == "smtp"


@pytest.mark.parametrize(
    ("recipient", "raw", "problem"),
    [
        ("a@b.test>\r\nRCPT TO:<c@d.test", LETTER, "address"),
        ("a@b.test\nDATA", LETTER, "address"),
        ("a b@c.test", LETTER, "address"),
        ("nobody", LETTER, "address"),
        ("a@b.test", b"Subject: x\r\n\r\n.\n.\r\nMAIL FROM:<x@y>\r\n", "CRLF"),
        ("a@b.test", b"Subject: x\r\n\r\nbody\r.\r\n", "CRLF"),
        ("a@b.test", b"Subject: x\r\n\r\nbody without an end", "CRLF"),
    ],
)
async def test_what_could_smuggle_commands_is_refused_before_connecting(
    recipient: str, raw: bytes, problem: str, unused_tcp_port: int
) -> None:
    settings = SmtpSettings(host="localhost", port=unused_tcp_port, username="zakaz@shop.test", password="secret")
    with pytest.raises(PermanentFailure, match=problem):
        await SmtpSubmission(settings).submit(envelope(recipient, raw=raw), Noted())


async def test_cyrillic_addresses_are_written_as_the_server_allows() -> None:
    async with MailSandbox() as sandbox:
        submission = SmtpSubmission(sandbox_settings(sandbox, sandbox.password))
        await submission.submit(envelope("ivanov@почта.рф"), Noted())
        await submission.submit(envelope("иванов@почта.рф"), Noted())
        await submission.close()
    assert [letter.rcpt_to for letter in sandbox.sink] == [
        ("ivanov@xn--80a1acny.xn--p1ai",),
        ("иванов@xn--80a1acny.xn--p1ai",),
    ]
