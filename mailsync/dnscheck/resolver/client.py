"""Questions on their way: EDNS, TCP where an answer was cut, several servers, aliases, a deadline for each question."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import dns.asyncbackend
import dns.asyncquery
import dns.exception
import dns.inet
import dns.message
import dns.resolver

from mailsync.dnscheck.lookup import Failure, Lookup, Records
from mailsync.dnscheck.names import BadNameError, ascii_name
from mailsync.dnscheck.resolver import message
from mailsync.errors import PermanentFailure

_MOST_AT_ONCE = 16
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Nameserver:
    """A DNS server by its address."""

    address: str
    port: int = 53

    def __str__(self) -> str:
        if self.port == 53:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def nameservers(text: str | None) -> tuple[Nameserver, ...]:
    """The server of a setting HOST[:PORT] (an address; IPv6 with a port in brackets), or the system's for None.

    Raises PermanentFailure for what is no address, or where the system has no resolver.
    """
    if text is None:
        return _system()
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        host, port = bracketed.groups()
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, None
    try:
        return (Nameserver(str(ip_address(host)), int(port or 53)),)
    except ValueError as error:
        cure = "Give an address such as 9.9.9.9, 127.0.0.1:5353 or [2620:fe::fe]:53."
        raise PermanentFailure(f"not a resolver's address: {text[:80]!r}", cure=cure) from error


def _system() -> tuple[Nameserver, ...]:
    try:
        configured = dns.resolver.Resolver().nameservers
    except dns.resolver.NoResolverConfiguration as error:
        raise PermanentFailure(
            "this system has no DNS resolver configured", cure="Name one: dns.resolver, --resolver HOST[:PORT]."
        ) from error
    return tuple(Nameserver(server) for server in configured if isinstance(server, str))


class DnsResolver:
    """Asks recursive servers, in order, until one answers; and single name servers by `lookup_at`.

    Nothing is cached: whoever asks twice wants to know twice. A question ends after `seconds` at most, whatever the
    servers do; one try takes a third of that. `direct_port` is where `lookup_at` finds name servers.
    """

    def __init__(self, servers: Sequence[Nameserver], *, seconds: float = 6, direct_port: int = 53) -> None:
        self.servers = tuple(servers)
        self._seconds = seconds
        self._direct_port = direct_port
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)

    async def lookup(self, name: str, rdtype: str) -> Lookup:
        """Records of `rdtype` at an absolute name, in Unicode or A-labels; AD is reported as the server sent it."""
        return await self._bounded(self.servers, name, rdtype, recursion=True)

    async def lookup_at(self, server: str, name: str, rdtype: str) -> Lookup:
        """What the name server at this address says of itself, without recursion."""
        return await self._bounded((Nameserver(server, self._direct_port),), name, rdtype, recursion=False)

    async def _bounded(self, servers: Sequence[Nameserver], name: str, rdtype: str, *, recursion: bool) -> Lookup:
        try:
            name = ascii_name(name)
        except BadNameError:
            return Failure("BAD-NAME")
        question = _Question(servers, rdtype, recursion=recursion, patience=self._seconds / 3)
        async with self._places:
            try:
                async with asyncio.timeout(self._seconds):
                    return await question.followed(name)
            except TimeoutError:
                return question.failure or Failure("TIMEOUT")


class _Question:
    """One question on its way through servers, transports and aliases; `failure` is the most telling one so far."""

    def __init__(self, servers: Sequence[Nameserver], rdtype: str, *, recursion: bool, patience: float) -> None:
        self._servers = servers
        self._rdtype = rdtype
        self._recursion = recursion
        self._patience = patience
        self.failure: Failure | None = None

    async def followed(self, name: str) -> Lookup:
        """The answer, asking on where a server leaves an alias open; only recursion is entitled to that."""
        found = await self._asked(name)
        aliases: tuple[str, ...] = ()
        while isinstance(found, message.Alias):
            aliases += found.aliases
            if len(aliases) > message.MOST_ALIASES or len(set(aliases)) < len(aliases):
                return Failure("CNAME-LOOP")
            if not self._recursion:
                return Failure("ALIAS")
            found = await self._asked(found.target)
        return found if isinstance(found, Failure) else _with_aliases(aliases, found)

    async def _asked(self, name: str) -> Lookup | message.Alias:
        """Every server once, and, where none said anything, once more."""
        for _ in range(2):
            for server in self._servers:
                found = await self._from(server, name)
                if not isinstance(found, Failure):
                    return found
                self._note(found)
            if self.failure and self.failure.reason not in {"TIMEOUT", "NETWORK"}:
                break
        return self.failure or Failure("TIMEOUT")

    async def _from(self, server: Nameserver, name: str) -> Lookup | message.Alias:
        found = await self._exchange(server, name)
        if found == Failure("FORMERR"):  # a server from before EDNS (RFC 6891, 7)
            found = await self._exchange(server, name, edns=False)
        if found == Failure("SERVFAIL") and self._recursion:
            unchecked = await self._exchange(server, name, checking=False)
            if not isinstance(unchecked, Failure):
                return Failure("BOGUS")
        return found

    async def _exchange(
        self, server: Nameserver, name: str, *, edns: bool = True, checking: bool = True
    ) -> Lookup | message.Alias:
        asked = message.query(name, self._rdtype, edns=edns, recursion=self._recursion, checking=checking)
        try:
            async with await _connected(server) as datagrams:
                # Datagrams that are no answer to this question are passed over: anyone can send them.
                response, _ = await dns.asyncquery.udp_with_fallback(
                    asked,
                    server.address,
                    self._patience,
                    server.port,
                    ignore_unexpected=True,
                    udp_sock=datagrams,
                    ignore_errors=True,
                )
        except dns.exception.Timeout:
            return Failure("TIMEOUT")
        except (dns.exception.DNSException, EOFError):
            return Failure("BAD-ANSWER")
        except OSError:
            return Failure("NETWORK")
        return message.outcome(response, name, self._rdtype)

    def _note(self, failure: Failure) -> None:
        """A server's own words tell more than its silence."""
        if self.failure is None or self.failure.reason in {"TIMEOUT", "NETWORK"}:
            self.failure = failure


async def _connected(server: Nameserver) -> Any:
    """A datagram socket of one server: only then does the system tell that nobody is there (RFC 1122, 4.1.3.3)."""
    family = dns.inet.af_for_address(server.address)
    backend: Any = dns.asyncbackend.get_default_backend()
    return await backend.make_socket(family, socket.SOCK_DGRAM, destination=(server.address, server.port))


def _with_aliases(aliases: tuple[str, ...], found: Lookup) -> Lookup:
    if not aliases or isinstance(found, Failure):
        return found
    if isinstance(found, Records):
        return Records(found.values, aliases + found.aliases, found.authenticated, found.ttl)
    return type(found)(aliases + found.aliases, found.authenticated)
