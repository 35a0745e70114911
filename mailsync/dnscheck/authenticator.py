"""Authenticates letters that no trusted server has judged: DKIM and DMARC asked of the DNS, within a deadline."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from mailsync.dnscheck.letter import authenticate
from mailsync.dnscheck.lookup import Resolver
from mailsync.reading.model import Authentication, AuthenticationResult

SECONDS = 8.0
BIG_LETTER = 1 << 20  # octets; hashing more would hold the event loop for long
HOPS = 4  # Received fields on top that may be our own servers handing the letter on
_RECEIVED = re.compile(rb"^received:(.*(?:\r?\n[ \t].*){0,20})", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(rb"\[(?:IPv6:)?([0-9A-Fa-f:.]{3,45})\]")


class DnsAuthenticator:
    """`resolver` makes a resolver: one for each letter, since big letters are checked in a thread of their own."""

    def __init__(self, resolver: Callable[[], Resolver]) -> None:
        self._resolver = resolver

    async def authenticate(self, raw: bytes) -> Authentication:
        """The verdict about the author's domain; `none` where the DNS does not answer in time. Raises nothing."""
        if len(raw) < BIG_LETTER:
            return await self._within_deadline(raw)
        return await asyncio.to_thread(asyncio.run, self._within_deadline(raw))

    async def _within_deadline(self, raw: bytes) -> Authentication:
        client = connecting_address(raw)
        try:
            async with asyncio.timeout(SECONDS):
                verdict = await authenticate(raw, self._resolver(), datetime.now(UTC), client)
        except TimeoutError:
            return Authentication(detail="the DNS did not answer in time")
        if verdict.result is AuthenticationResult.FAIL and client is None:
            # Without the sending address SPF is not known, and half a check convicts nobody.
            return Authentication(AuthenticationResult.NONE, verdict.detail)
        return verdict


def connecting_address(raw: bytes) -> IPv4Address | IPv6Address | None:
    """The public address that handed the letter to our provider, as its own topmost Received fields tell it
    (RFC 5321, 4.4); None where they do not. Fields below the first public address may be anybody's invention."""
    head = raw[: 64 << 10].partition(b"\r\n\r\n")[0]
    for number, field in enumerate(_RECEIVED.finditer(head)):
        if number >= HOPS:
            break
        for text in _ADDRESS.findall(field.group(1).partition(b" by ")[0]):
            try:
                address = ip_address(text.decode("ascii"))
            except ValueError:
                continue
            if address.is_global:
                return address
    return None
