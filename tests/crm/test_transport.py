"""The transport over real sockets: what a failure says about whether the request had left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from crm.client import AmoCRM
from crm.entities import NewLead
from crm.errors import CrmError, NotSent, OutcomeUnknown, Refused
from crm.messages import Answer, Request
from crm.settings import Settings
from crm.transport import Transport, TransportError

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(handler: Handler, **settings: float) -> AsyncIterator[tuple[str, Transport]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    url = f"http://{host}:{port}"
    transport = Transport(Settings(url, **{"answer_timeout": 0.3, **settings}))  # type: ignore[arg-type]
    try:
        yield url, transport
    finally:
        await transport.aclose()
        server.close()
        await server.wait_closed()


async def head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def hang_up_at_once(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return


async def hang_up_after_the_request(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await head(reader)


async def hang_up_within_the_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()


async def stay_silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def speak_another_protocol(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example.ru ESMTP\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    "handler",
    [
        hang_up_at_once,
        hang_up_after_the_request,
        hang_up_within_the_answer,
        stay_silent,
        drip,
        speak_another_protocol,
    ],
    ids=lambda handler: handler.__name__,
)
async def test_once_the_request_may_have_left_its_fate_is_unknown(handler: Handler) -> None:
    async with served(handler) as (url, transport):
        with pytest.raises(TransportError) as raised:
            await transport.send(Request("POST", url, content=b"{}"))
    assert raised.value.sent


async def test_where_nobody_listens_nothing_has_left() -> None:
    async with served(hang_up_at_once) as (url, transport):
        pass
    transport = Transport(Settings(url))
    with pytest.raises(TransportError) as raised:
        await transport.send(Request("POST", url, content=b"{}"))
    assert not raised.value.sent
    await transport.aclose()


async def test_waiting_for_a_free_connection_has_sent_nothing() -> None:
    async with served(stay_silent, concurrency=1) as (url, transport):
        calls = [transport.send(Request("POST", url, content=b"{}"), 0.3) for _ in range(3)]
        late = transport.send(Request("POST", url, content=b"{}"), 0.1)
        errors = await asyncio.gather(*calls, late, return_exceptions=True)
    assert [isinstance(error, TransportError) and error.sent for error in errors] == [True, True, True, False]


async def test_an_answer_past_the_limit_is_not_read_to_its_end() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(40):
            writer.write(b" " * 1024 * 1024)
            await writer.drain()

    async with served(flood, answer_timeout=10) as (url, transport):
        with pytest.raises(TransportError, match="lost"):
            await transport.send(Request("GET", url))


async def test_a_redirect_is_told_not_followed() -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with served(redirect) as (url, transport):
        assert (await transport.send(Request("GET", url))).status == 302
        async with AmoCRM(Settings(url, long_lived_token="t")) as client:
            with pytest.raises(Refused):
                await client.leads.get(1)


async def test_headers_say_who_we_are() -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await head(reader))
        writer.write(b"HTTP/1.1 204 No Content\r\nX-Request-Id: r-1\r\n\r\n")
        await writer.drain()

    async with served(answer) as (url, transport):
        got: Answer = await transport.send(Request("GET", f"{url}/api/v4/leads", (("filter[id][]", "1"),)))
    assert (got.status, got.request_id) == (204, "r-1")
    assert seen[0].startswith(b"GET /api/v4/leads?filter%5Bid%5D%5B%5D=1 HTTP/1.1\r\n")
    assert b"user-agent: crm-python/" in seen[0].lower()


@pytest.mark.parametrize(("handler", "expected"), [(hang_up_after_the_request, OutcomeUnknown), (None, NotSent)])
async def test_the_client_tells_an_unsent_write_from_a_lost_answer(
    handler: Handler | None, expected: type[CrmError]
) -> None:
    async with served(handler or hang_up_at_once) as (url, _):
        if handler:
            async with AmoCRM(Settings(url, long_lived_token="t")) as client:
                with pytest.raises(expected):
                    await client.leads.create_complex(NewLead("Заказ"))
            return
    async with AmoCRM(Settings(url, long_lived_token="t")) as client:
        with pytest.raises(expected):
            await client.leads.create_complex(NewLead("Заказ"))
