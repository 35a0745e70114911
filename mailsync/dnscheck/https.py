"""Fetches MTA-STS policies (RFC 8461, 3.3) from an address that our own resolver has found."""

from __future__ import annotations

import asyncio
import http.client
import socket
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
                return await asyncio.to_thread(self._fetch, host, addresses[0])
        except TimeoutError as error:
            raise UnreachableError(f"{host}: no answer within {self._timeout:g} s") from error

    def _fetch(self, host: str, address: str) -> Fetched:
        """Blocking; the socket's own timeout ends the thread when nobody waits for it any more."""
        connection = http.client.HTTPConnection(host, timeout=self._timeout)
        try:
            connection.sock = self._connected(host, address)
            connection.request("GET", "/.well-known/mta-sts.txt", headers={"Host": host, "Connection": "close"})
            answer = connection.getresponse()
            body = answer.read(_MOST_OCTETS)
        except ssl.SSLError as error:
            raise FetchError(f"{host}: TLS: {error.reason or error}") from error
        except (OSError, http.client.HTTPException) as error:
            raise UnreachableError(f"{host} ({address}): {error}") from error
        finally:
            connection.close()
        content_type = answer.headers.get_content_type() if answer.headers["Content-Type"] else ""
        return Fetched(answer.status, content_type, body.decode("utf-8", "replace"))

    def _connected(self, host: str, address: str) -> ssl.SSLSocket:
        plain = socket.create_connection((address, self._port), self._timeout)
        try:
            return ssl.create_default_context(cafile=self._ca_file).wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
