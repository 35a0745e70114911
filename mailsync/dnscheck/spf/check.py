"""`check_host`: may this address send for this domain? (RFC 7208, 4)."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from mailsync.dnscheck.lookup import Resolver
from mailsync.dnscheck.names import BadNameError, ascii_name
from mailsync.dnscheck.spf.client import Client
from mailsync.dnscheck.spf.evaluate import Evaluation, PermanentError, TransientError
from mailsync.dnscheck.spf.result import Limits, Result, SpfResult

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_LONGEST_IDENTITY = 512  # a path has at most 256 octets (RFC 5321, 4.5.3.1.3); what is longer is no sender


async def check_host(
    ip: str | IPv4Address | IPv6Address,
    domain: str,
    sender: str,
    helo: str,
    resolver: Resolver,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    receiver: str = "unknown",
    now: datetime | None = None,
) -> Result:
    """Evaluate SPF for a client `ip` (RFC 7208, 4); never raises for anything a domain or the DNS does.

    `domain` is the identity to check (the domain of MAIL FROM, or the HELO name), `sender` the MAIL FROM address or ""
    (`postmaster@helo` is taken then), `helo` the client's HELO name. `receiver` and `now` serve the macros r and t.
    Raises ValueError for an `ip` that is no address.

    `resolver` is anything with `async def lookup(name: str, rdtype: str)`. It is asked for "TXT", "A", "AAAA", "MX" and
    "PTR" with absolute names, without a final dot, perhaps in mixed case. It follows CNAMEs itself. It tells the four
    outcomes apart by what it returns; plain values do, the types of `mailsync.dnscheck.lookup` say the same:

    ========  ==============================================  ========================================================
    outcome   meaning                                         return
    ========  ==============================================  ========================================================
    records   the answer                                      a list of values, or `Records((value, ...))`
    NODATA    the name exists, without records of this type   `[]`, or `NoData()`
    NXDOMAIN  no such name                                    `None`, or `NxDomain()`
    failure   SERVFAIL, REFUSED, a timeout: nobody knows      raise TimeoutError or OSError, or `Failure("SERVFAIL")`
    ========  ==============================================  ========================================================

    Values: TXT the strings joined as bytes or text, or a list of them as bytes; A and AAAA the address as text; MX
    `(preference, exchange)`; PTR the name. So a map of records is a resolver::

        class Zones(dict):
            async def lookup(self, name, rdtype):
                types = self.get(name.lower())
                return None if types is None else types.get(rdtype, [])

        shop = {"TXT": ["v=spf1 mx -all"], "MX": [(10, "mx.test")]}
        zones = Zones({"shop.test": shop, "mx.test": {"A": ["192.0.2.1"]}})
        result = await check_host("192.0.2.1", "shop.test", "zakaz@shop.test", "mx.test", zones)
        assert result.result == "pass"

    and over dnspython, whose records are taken as they are::

        class Live:
            async def lookup(self, name, rdtype):
                try:
                    return list(await dns.asyncresolver.resolve(name, rdtype, search=False, raise_on_no_answer=False))
                except dns.resolver.NXDOMAIN:
                    return None
                except dns.exception.DNSException as error:
                    raise OSError(str(error)) from error
    """
    sender = _full_sender(sender, helo)
    try:
        name = ascii_name(domain)
    except BadNameError as error:
        return Result(SpfResult.NONE, reason=str(error))
    if not _is_mail_domain(name) or max(len(sender), len(helo)) > _LONGEST_IDENTITY:
        return Result(SpfResult.NONE, reason="not a domain name of two or more labels")
    client = Client(_address(ip), sender, helo, receiver, now or datetime.now(UTC))
    return await _within_limits(Evaluation(client, resolver, limits), name)


async def _within_limits(evaluation: Evaluation, domain: str) -> Result:
    verdict, reason = SpfResult.TEMPERROR, f"no result within {evaluation.limits.seconds:g} s"
    explanation = None
    try:
        async with asyncio.timeout(evaluation.limits.seconds):
            verdict, reason = await evaluation.run(domain)
            if verdict == SpfResult.FAIL:
                explanation = await evaluation.explanation()
    except PermanentError as error:
        verdict, reason = SpfResult.PERMERROR, str(error)
    except TransientError as error:
        verdict, reason = SpfResult.TEMPERROR, str(error)
    except TimeoutError:
        pass  # a fail stays a fail if only its explanation took too long
    return Result(verdict, explanation, evaluation.trace, reason, evaluation.lookups, evaluation.voids)


def _full_sender(sender: str, helo: str) -> str:
    """The sender with a local part: postmaster where there is none (RFC 7208, 2.4 and 4.3)."""
    local, at, domain = sender.rpartition("@")
    if not sender:
        return f"postmaster@{helo}"
    return sender if local else f"postmaster@{domain if at else sender}"


def _is_mail_domain(name: str) -> bool:
    labels = name.split(".")
    return len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)


def _address(ip: str | IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The client's address; an IPv4 one mapped into IPv6 is IPv4 (RFC 7208, 5)."""
    address = ip_address(ip)
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
