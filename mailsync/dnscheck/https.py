"""Fetches MTA-STS policies (RFC 8461, 3.3) from an address that our own resolver has found."""

from __future__ import annotations

import asyncio
import http.client
import io
import ssl
from collections.abc import Sequence

from mailsync.dnscheck.neighbours.mtasts import Fetched, FetchError, UnreachableError

_MOST_OCTETS = 64 * 1024  # RFC 8461, 3.3, suggests this bound


class HttpsPolicySource:
    """`port` and `ca_file` are for tests against a server on loopback; `timeout` is in seconds, for the whole fetch."""

    def __init__(self, *, timeout: float = 10.0, port: int = 443, ca_file: str | None = None) -> None:
        self._timeout = timeout
        self._port = port
        self._ca_file = ca_file

    async def fetch(self, host: str, addresses: Sequence[str]) -> Fetched:
        """Raises UnreachableError where nobody answers, FetchError for what an answer is not good enough for."""
        try:
            async with asyncio.timeout(self._timeout):
                octets = await self._asked(host, addresses[0])
        except TimeoutError as error:
            raise UnreachableError(f"{host}: no answer within {self._timeout:g} s") from error
        except ssl.SSLError as error:
            raise FetchError(f"{host}: TLS: {error.reason or error}") from error
        except OSError as error:
            raise UnreachableError(f"{host} ({addresses[0]}): {error}") from error
        return _read(host, octets)

    async def _asked(self, host: str, address: str) -> bytes:
        context = ssl.create_default_context(cafile=self._ca_file)
        reader, writer = await asyncio.open_connection(address, self._port, ssl=context, server_hostname=host)
        try:
            request = f"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode("ascii"))
            return await _all(reader)
        finally:
            writer.transport.abort()


async def _all(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server hangs up, within the bound; the rest is not wanted."""
    octets = b""
    while len(octets) < _MOST_OCTETS and (more := await reader.read(_MOST_OCTETS - len(octets))):
        octets += more
    return octets


class _Received:
    """As much of a socket as http.client reads answers from."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._octets)


def _read(host: str, octets: bytes) -> Fetched:
    """HTTP/1.1 with its lengths and chunks, left to the standard library."""
    answer = http.client.HTTPResponse(_Received(octets))  # type: ignore[arg-type]
    try:
        answer.begin()
        body = answer.read()
    except http.client.HTTPException as error:
        raise FetchError(f"{host}: not an HTTP answer ({type(error).__name__})") from error
    content_type = answer.headers.get_content_type() if answer.headers["Content-Type"] else ""
    return Fetched(answer.status, content_type, body.decode("utf-8", "replace"))
