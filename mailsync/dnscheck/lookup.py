"""What comes back from the DNS: four outcomes that must never be taken for one another (RFC 2308, 2.1 and 2.2).

`Records` and its absence in two kinds, `NoData` (the name exists, the type does not) and `NxDomain` (no such name),
are answers. `Failure` is none: nobody knows whether the records exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, order=True)
class Mx:
    """A mail exchange (RFC 5321, 5.1); the null MX of RFC 7505 is preference 0 and the empty exchange."""

    preference: int
    exchange: str

    def __str__(self) -> str:
        return f"{self.preference} {self.exchange}."


@dataclass(frozen=True, slots=True)
class Soa:
    """Start of authority (RFC 1035, 3.3.13); `minimum` is how long absence is cached, in seconds (RFC 2308, 5)."""

    mname: str
    rname: str
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int


Value = bytes | str | Mx | Soa
"""TXT and SPF: bytes, the record's strings joined. A, AAAA: the address. CNAME, NS, PTR: a name in lower case without
the final dot. MX, SOA: their classes. Other types (TLSA, DS, DNSKEY): presentation format, RFC 4034 and RFC 6698."""


@dataclass(frozen=True, slots=True)
class Records:
    """The name has records of the asked type.

    `aliases` are the CNAME targets that were followed, in order. `authenticated` is the AD flag: the resolver says
    that it checked the DNSSEC signatures (RFC 4035, 3.2.3), worth as much as the path to it.
    """

    values: tuple[Value, ...]
    aliases: tuple[str, ...] = ()
    authenticated: bool = False
    ttl: int | None = None

    @property
    def texts(self) -> tuple[bytes, ...]:
        """The values of a TXT answer."""
        return tuple(value for value in self.values if isinstance(value, bytes))

    @property
    def names(self) -> tuple[str, ...]:
        """The values of an answer that consists of names, addresses or presentation format."""
        return tuple(value for value in self.values if isinstance(value, str))

    @property
    def exchanges(self) -> tuple[Mx, ...]:
        """The values of an MX answer, best preference first."""
        return tuple(sorted(value for value in self.values if isinstance(value, Mx)))

    def __str__(self) -> str:
        return f"{len(self.values)} records"


@dataclass(frozen=True, slots=True)
class NoData:
    """The name exists, but has no record of the asked type (NOERROR with an empty answer)."""

    aliases: tuple[str, ...] = ()
    authenticated: bool = False

    def __str__(self) -> str:
        return "NODATA"


@dataclass(frozen=True, slots=True)
class NxDomain:
    """No such name, nor any below it (RFC 8020)."""

    aliases: tuple[str, ...] = ()
    authenticated: bool = False

    def __str__(self) -> str:
        return "NXDOMAIN"


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer that could be used.

    `reason` is a response code (SERVFAIL, REFUSED, FORMERR, NOTIMP, …), TIMEOUT, NETWORK, BOGUS (DNSSEC signatures do
    not verify), LAME (the server knows nothing of the zone), CNAME-LOOP, ALIAS (leads out of a server asked directly),
    BAD-NAME or BAD-ANSWER.
    """

    reason: str = "SERVFAIL"

    def __str__(self) -> str:
        return self.reason


def readable(text: bytes) -> str:
    """A TXT value for people: UTF-8, foreign octets as escapes."""
    return text.decode("utf-8", "backslashreplace")


Absent = NoData | NxDomain
Lookup = Records | NoData | NxDomain | Failure


class Resolver(Protocol):
    """Asks the DNS. Never raises for what the DNS did or did not answer."""

    async def lookup(self, name: str, rdtype: str) -> Lookup:
        """Records of `rdtype` ("TXT", "MX", …) at `name`, an absolute name with or without the final dot."""
        ...


class DirectResolver(Resolver, Protocol):
    """A resolver that can also ask one name server by itself, past all caches."""

    async def lookup_at(self, server: str, name: str, rdtype: str) -> Lookup:
        """What the name server at this address answers from its own zones (no recursion asked)."""
        ...


@runtime_checkable
class Strings(Protocol):
    """A TXT record as dnspython has it."""

    @property
    def strings(self) -> Iterable[bytes]: ...


PlainValue = Value | IPv4Address | IPv6Address | tuple[int, str] | Iterable[bytes] | Strings
PlainAnswer = Lookup | Iterable[PlainValue] | None
"""What a resolver written in a hurry may return: see `outcome`."""


async def ask(resolver: Resolver, name: str, rdtype: str) -> Lookup:
    """Ask a resolver that may be simpler than the Protocol: `outcome` reads its answer, OSError means `Failure`."""
    try:
        return outcome(rdtype, await resolver.lookup(name, rdtype))
    except TimeoutError:
        return Failure("TIMEOUT")
    except OSError:
        return Failure("NETWORK")


def outcome(rdtype: str, answer: PlainAnswer) -> Lookup:
    """One of the four outcomes from one of them, or from plain values: empty is `NoData`, None is `NxDomain`.

    A TXT value may be bytes, text, the record's strings as an iterable of bytes, or an object that has them as
    `strings`; an MX value `(10, "mx.test")` or anything that reads `10 mx.test.`; an address text or an object of
    `ipaddress`. A single text is one value.
    """
    if answer is None:
        return NxDomain()
    if isinstance(answer, str | bytes):
        answer = (answer,)
    if isinstance(answer, Records | NoData | NxDomain | Failure):
        return answer if not isinstance(answer, Records) else _typed_records(rdtype, answer)
    values = tuple(_value(rdtype, value) for value in answer)
    return Records(values) if values else NoData()


def _typed_records(rdtype: str, records: Records) -> Lookup:
    values = tuple(_value(rdtype, value) for value in records.values)
    if not values:
        return NoData(records.aliases, records.authenticated)
    return Records(values, records.aliases, records.authenticated, records.ttl)


def _value(rdtype: str, value: PlainValue) -> Value:
    if isinstance(value, Mx | Soa):
        return value
    if rdtype in {"TXT", "SPF"}:
        return _text(value)
    if rdtype == "MX":
        preference, exchange = value if isinstance(value, tuple | list) else str(value).split()
        return Mx(int(preference), str(exchange).lower().removesuffix("."))
    text = str(value)
    return text.lower().removesuffix(".") if rdtype in {"CNAME", "NS", "PTR"} else text


def _text(value: PlainValue) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, Strings):
        return b"".join(value.strings)
    if isinstance(value, Iterable):
        return b"".join(part.encode() if isinstance(part, str) else bytes(part) for part in value)
    raise TypeError(f"a TXT value is bytes, text or strings of bytes, not {type(value).__name__}")
