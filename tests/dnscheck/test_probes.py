"""The two probes that leave the DNS, against real sockets: the policy over HTTPS, the greeting on port 25."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mailsync.dnscheck.https import HttpsPolicySource
from mailsync.dnscheck.neighbours.mtasts import Fetched, FetchError, UnreachableError
from mailsync.dnscheck.neighbours.starttls import MailServerError, tlsa_matches
from mailsync.dnscheck.smtp_probe import SmtpProbe
from tests.dnscheck.certificates import self_signed, server_context
from tests.dnscheck.servers import free_port

HOST = "mta-sts.shop.test"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"), HOST)


@asynccontextmanager
async def listening(talk: Talk, certificate: Path | None = None) -> AsyncIterator[int]:
    """A server that holds one conversation a connection."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except OSError:
            pass  # the client had enough
        finally:
            writer.transport.abort()

    context = server_context(certificate) if certificate else None
    server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def replying(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        assert request.startswith(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.shop.test\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return talk


@pytest.mark.parametrize(
    ("answer", "fetched"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 15\r\n\r\nversion: STSv1\n",
            Fetched(200, "text/plain", "version: STSv1\n"),
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: TEXT/PLAIN\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            Fetched(200, "text/plain", "abc"),
        ),
        (b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.test/\r\n\r\n", Fetched(301, "", "")),
        (b"HTTP/1.0 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>", Fetched(404, "text/html", "<p>")),
    ],
)
async def test_a_policy_is_fetched_as_it_is(answer: bytes, fetched: Fetched, certificate: Path) -> None:
    async with listening(replying(answer), certificate) as port:
        source = HttpsPolicySource(port=port, ca_file=str(certificate))
        assert await source.fetch(HOST, ["127.0.0.1"]) == fetched


async def test_an_endless_answer_is_cut(certificate: Path) -> None:
    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"x" * 4096)
            await writer.drain()

    async with listening(flood, certificate) as port:
        fetched = await HttpsPolicySource(port=port, ca_file=str(certificate)).fetch(HOST, ["127.0.0.1"])
    assert 0 < len(fetched.body) <= 64 * 1024


async def test_a_certificate_that_nobody_vouches_for_is_a_fault_of_the_server(certificate: Path) -> None:
    async with listening(replying(b""), certificate) as port:
        with pytest.raises(FetchError, match="TLS"):
            await HttpsPolicySource(port=port).fetch(HOST, ["127.0.0.1"])
        with pytest.raises(FetchError, match="TLS"):
            await HttpsPolicySource(port=port, ca_file=str(certificate)).fetch("mta-sts.other.test", ["127.0.0.1"])


async def test_what_is_no_http_is_a_fault_of_the_server(certificate: Path) -> None:
    async with listening(replying(b"220 mail.shop.test ESMTP\r\n"), certificate) as port:
        with pytest.raises(FetchError, match="not an HTTP answer"):
            await HttpsPolicySource(port=port, ca_file=str(certificate)).fetch(HOST, ["127.0.0.1"])


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_nobody_there_is_told_apart(certificate: Path) -> None:
    with pytest.raises(UnreachableError):
        await HttpsPolicySource(port=free_port()).fetch(HOST, ["127.0.0.1"])
    async with listening(silent, certificate) as port:
        with pytest.raises(UnreachableError, match=r"no answer within 0\.2 s"):
            await HttpsPolicySource(timeout=0.2, port=port, ca_file=str(certificate)).fetch(HOST, ["127.0.0.1"])


def greeting(
    certificate: Path, features: bytes = b"250-mx\r\n250 STARTTLS\r\n", go_ahead: bytes = b"220 go\r\n"
) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220-mx.shop.test\r\n220 ESMTP\r\n")
        while command := await reader.readline():
            if command.startswith(b"EHLO"):
                writer.write(features)
            elif command.startswith(b"STARTTLS"):
                writer.write(go_ahead)
                await writer.drain()
                await writer.start_tls(server_context(certificate))
            await writer.drain()

    return talk


async def test_a_mail_server_shows_its_certificate(certificate: Path) -> None:
    async with listening(greeting(certificate)) as port:
        server = await SmtpProbe(port=port, ca_file=str(certificate)).look(HOST, "127.0.0.1")
    assert (server.banner, server.starttls, server.distrust) == ("220-mx.shop.test", True, "")
    assert tlsa_matches(f"3 0 1 {hashlib.sha256(server.leaf).hexdigest()}", server)
    assert tlsa_matches(f"3 1 1 {hashlib.sha256(server.spki).hexdigest()}", server)


async def test_a_certificate_is_shown_also_where_it_is_not_believed(certificate: Path) -> None:
    async with listening(greeting(certificate)) as port:
        server = await SmtpProbe(port=port).look(HOST, "127.0.0.1")
    assert server.distrust == "self-signed certificate"
    assert server.leaf


@pytest.mark.parametrize(
    ("features", "go_ahead"),
    [(b"250 mx\r\n", b"220 go\r\n"), (b"250-mx\r\n250 STARTTLS\r\n", b"454 not now\r\n")],
)
async def test_a_mail_server_without_starttls(features: bytes, go_ahead: bytes, certificate: Path) -> None:
    async with listening(greeting(certificate, features, go_ahead)) as port:
        assert not (await SmtpProbe(port=port).look(HOST, "127.0.0.1")).starttls


async def test_port_25_may_be_closed_silent_or_talk_without_end(certificate: Path) -> None:
    with pytest.raises(MailServerError):
        await SmtpProbe(port=free_port()).look(HOST, "127.0.0.1")
    async with listening(silent) as port:
        with pytest.raises(MailServerError, match="no answer"):
            await SmtpProbe(timeout=0.2, port=port).look(HOST, "127.0.0.1")

    async def endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"220-more\r\n" * 100)
            await writer.drain()

    async with listening(endless) as port:
        with pytest.raises(MailServerError, match="without an end"):
            await SmtpProbe(port=port).look(HOST, "127.0.0.1")
