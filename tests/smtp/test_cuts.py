"""The link breaks after octet k of what the server says, for every k: what the sender is told is true (F9)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from mailsync.errors import TemporaryFailure, UnknownOutcome
from mailsync.ports import Envelope
from mailsync.sandbox.smtp_server import AcceptedLetter, EmbeddedSmtpServer, Login
from mailsync.smtp import SmtpSettings, SmtpSubmission
from mailsync.tls import Security
from tests.servers.scripted import Ending, FaultyLink, serving

ENVELOPE = Envelope("zakaz@shop.test", ("ivanov@client.test",), b"Message-ID: <a@shop.test>\r\n\r\nbody\r\n")
FAR = 100_000  # octets: more than the whole dialogue


class Server:
    """An honest server and what it took."""

    def __init__(self) -> None:
        self.accepted: list[AcceptedLetter] = []
        self.smtp = EmbeddedSmtpServer(self._accept, login=Login("zakaz@shop.test", "secret"))

    async def _accept(self, letter: AcceptedLetter) -> None:
        self.accepted.append(letter)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.smtp.start()
    yield server
    await server.smtp.stop()


async def send(port: int, *, timeout: float) -> None:
    async def noted() -> None:
        """Nothing to note."""

    submission = SmtpSubmission(
        SmtpSettings(
            host="127.0.0.1",
            port=port,
            security=Security.PLAIN,
            username="zakaz@shop.test",
            password="secret",
            command_timeout=timeout,
            data_timeout=timeout,
        )
    )
    async with asyncio.timeout(30):
        await submission.submit(ENVELOPE, noted)


async def told(server: Server, octets: int, ending: Ending, *, timeout: float = 10) -> str:
    """What the sender is told over a link that ends there; fails where that is not what happened."""
    before = len(server.accepted)
    async with serving(FaultyLink(server.smtp.port, octets, ending)) as port:
        try:
            await send(port, timeout=timeout)
        except TemporaryFailure:
            assert len(server.accepted) == before
            return "not sent"
        except UnknownOutcome:
            return "unknown"
    assert len(server.accepted) == before + 1
    return "sent"


async def dialogue(server: Server) -> int:
    """How many octets the server says up to the answer to the letter."""
    link = FaultyLink(server.smtp.port, FAR)
    async with serving(link) as port:
        await send(port, timeout=10)
    return link.passed


@pytest.mark.parametrize("ending", [Ending.CLOSED, Ending.RESET])
async def test_after_every_octet(
    server: Server, record_property: Callable[[str, object], None], ending: Ending
) -> None:
    octets = await dialogue(server)
    record_property("runs", octets)
    outcomes = [await told(server, point, ending) for point in range(octets)]
    last_answer = len(b"250 2.0.0 accepted\r\n")
    assert set(outcomes[:-last_answer]) == {"not sent"}
    assert set(outcomes[-last_answer:]) == {"unknown"}
    assert await told(server, FAR, ending) == "sent"


async def test_silence_after_any_octet(server: Server, record_property: Callable[[str, object], None]) -> None:
    octets = await dialogue(server)
    outcomes = [await told(server, point, Ending.SILENT, timeout=0.2) for point in range(0, octets, 41)]
    record_property("runs", len(outcomes))
    assert "sent" not in outcomes
