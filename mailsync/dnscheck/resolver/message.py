"""DNS messages made and read: questions to octets, responses to outcomes and values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.MX import MX as MxData  # noqa: N811 - ours is Mx
from dns.rdtypes.ANY.SOA import SOA as SoaData  # noqa: N811
from dns.rdtypes.txtbase import TXTBase

from mailsync.dnscheck.lookup import Failure, Lookup, Mx, NoData, NxDomain, Records, Soa, Value

EDNS_BUFFER = 1232  # RFC 9715: fits every path unfragmented
MOST_ALIASES = 8


@dataclass(frozen=True, slots=True)
class Alias:
    """The answer ends in an alias, and this server tells no more: `target` is to be asked for."""

    target: str
    aliases: tuple[str, ...]


def query(name: str, rdtype: str, *, edns: bool, recursion: bool, checking: bool = True) -> dns.message.Message:
    """A question for a name in A-labels; `checking` False sets CD, which asks for data that DNSSEC calls bogus.

    AD is set, so that resolvers report what they checked (RFC 6840, 5.7).
    """
    # Labels are made here: in text form a backslash, which SPF macros can bring along, would start an escape.
    labels = (*(label.encode() for label in name.split(".")), b"")
    message = dns.message.make_query(
        dns.name.Name(labels), rdtype, use_edns=0 if edns else False, payload=EDNS_BUFFER if edns else None
    )
    message.flags = dns.flags.AD | (dns.flags.RD if recursion else 0) | (0 if checking else dns.flags.CD)
    return message


def outcome(response: dns.message.Message, name: str, rdtype: str) -> Lookup | Alias:
    """What a response to that question says (RFC 2308, 2.1 and 2.2; RFC 6604 for aliases)."""
    code = response.rcode()
    if code not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        return Failure(dns.rcode.to_text(code))
    if response.flags & dns.flags.TC:  # cut off over TCP too: what is not in it may still exist
        return Failure("BAD-ANSWER")
    authenticated = bool(response.flags & dns.flags.AD)
    aliases = _aliases(response, name) if rdtype != "CNAME" else ()
    if len(aliases) > MOST_ALIASES or len(set(aliases)) < len(aliases) or name in aliases:
        return Failure("CNAME-LOOP")
    last = aliases[-1] if aliases else name
    found = _rrset(response, last, rdtype)
    if found is not None:
        values = tuple(_value(rdata) for rdata in found)
        return Records(values, aliases, authenticated, found.ttl)
    if code == dns.rcode.NXDOMAIN:
        return NxDomain(aliases, authenticated)
    return _absence(response, last, aliases, authenticated=authenticated)


def _absence(
    response: dns.message.Message, last: str, aliases: tuple[str, ...], *, authenticated: bool
) -> Lookup | Alias:
    """NODATA; or an alias out of this server's zones, an answer to something else, a referral to other servers."""
    owners = [_text(rrset.name) for rrset in response.authority if rrset.rdtype == dns.rdatatype.SOA]
    if aliases and not any(last == owner or last.endswith(f".{owner}") for owner in owners):
        return Alias(last, aliases)
    if response.answer and not aliases:
        return Failure("BAD-ANSWER")
    referral = any(rrset.rdtype == dns.rdatatype.NS for rrset in response.authority) and not owners
    if referral and not response.flags & dns.flags.AA:
        return Failure("LAME")
    return NoData(aliases, authenticated)


def _aliases(response: dns.message.Message, name: str) -> tuple[str, ...]:
    aliases: list[str] = []
    while len(aliases) <= MOST_ALIASES and (found := _rrset(response, aliases[-1] if aliases else name, "CNAME")):
        aliases.append(str(_value(found[0])))
    return tuple(aliases)


def _rrset(response: dns.message.Message, name: str, rdtype: str) -> dns.rrset.RRset | None:
    wanted = dns.rdatatype.from_text(rdtype)
    return next((found for found in response.answer if found.rdtype == wanted and _text(found.name) == name), None)


def _value(rdata: dns.rdata.Rdata) -> Value:
    match rdata:
        case TXTBase():
            return b"".join(rdata.strings)
        case MxData():
            return Mx(rdata.preference, _text(rdata.exchange))
        case SoaData():
            return Soa(
                _text(rdata.mname),
                _text(rdata.rname),
                rdata.serial,
                rdata.refresh,
                rdata.retry,
                rdata.expire,
                rdata.minimum,
            )
    target = getattr(rdata, "target", None)
    if rdata.rdtype in {dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.PTR}:
        return _text(cast("dns.name.Name", target))
    return rdata.to_text(chunksize=0)


def _text(name: dns.name.Name) -> str:
    """A name as the rest of the program writes it: lower case, no final dot, labels of any octets as they are."""
    return ".".join(label.decode("latin-1") for label in name.labels if label).lower()
