"""Whether the domain's mail servers encrypt, and with which certificate (RFC 3207, RFC 7672). Off unless asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mailsync.dnscheck.addresses import addresses_of
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Failure, Mx, Records, Resolver


@dataclass(frozen=True, slots=True)
class MailServer:
    """What a mail server showed on port 25. `leaf` and `spki` are DER, empty without STARTTLS; `distrust` says why the
    certificate is not believed ("" where it is).
    """

    banner: str
    starttls: bool
    leaf: bytes = b""
    spki: bytes = b""
    distrust: str = ""


class MailServerError(Exception):
    """Port 25 could not be talked to; `str(error)` says how that showed."""


class MailServerProbe(Protocol):
    """Greets a mail server, asks for STARTTLS and leaves."""

    async def look(self, host: str, address: str) -> MailServer:
        """Raises MailServerError."""
        ...


async def lint(exchanges: Sequence[Mx], resolver: Resolver, probe: MailServerProbe) -> list[Finding]:
    """Findings of the groups `tls` and `dane` for each mail server, one after the other."""
    found = []
    for mx in exchanges:
        if mx.exchange:
            found += await _server(mx.exchange, resolver, probe)
    return found


async def _server(host: str, resolver: Resolver, probe: MailServerProbe) -> list[Finding]:
    addresses = await addresses_of(host, resolver)
    if not isinstance(addresses, Records):
        return []  # the group mx tells
    try:
        server = await probe.look(host, addresses.names[0])
    except MailServerError as error:
        why = Text(
            ru="Отсюда порт 25 недоступен: шифрование не проверено.",
            en="Port 25 cannot be reached from here: encryption was not checked.",
        )
        return [_finding("tls.not-asked", Severity.INFO, host, str(error), why)]
    if not server.starttls:
        why = Text(ru="Сервер не предлагает STARTTLS.", en="The server does not offer STARTTLS.")
        return [_finding("tls.starttls", Severity.INFO, host, server.banner, why)]
    found = []
    if server.distrust:
        why = Text(
            ru="Сертификат сервера не проходит проверку: для MTA-STS он не годится.",
            en="The server's certificate does not verify: it will not do for MTA-STS.",
        )
        found.append(_finding("tls.certificate", Severity.INFO, host, server.distrust, why))
    return found + await _dane(host, server, resolver)


async def _dane(host: str, server: MailServer, resolver: Resolver) -> list[Finding]:
    name = f"_25._tcp.{host}"
    outcome = await resolver.lookup(name, "TLSA")
    if isinstance(outcome, Failure) or not isinstance(outcome, Records) or not outcome.authenticated:
        return []  # without DNSSEC a TLSA counts for nothing (RFC 7672, 2.1.3)
    judged = [tlsa_matches(record, server) for record in outcome.names]
    if any(judged) or None in judged:
        return []
    why = Text(
        ru="Сертификат не тот, что объявлен в TLSA: отправители с DANE не доставят.",
        en="The certificate is not the one that TLSA announces: senders with DANE will not deliver.",
    )
    return [_finding("dane.mismatch", Severity.WARNING, name, "; ".join(outcome.names), why, "RFC 7672, 3.1")]


def tlsa_matches(tlsa: str, server: MailServer) -> bool | None:
    """Whether a TLSA (presentation format, RFC 6698, 2.2) names the server's certificate.

    None where the leaf alone cannot tell: usage 2 names an authority, 0 and 1 are not for mail (RFC 7672, 3.1.3).
    """
    usage, selector, matching, data = tlsa.split(maxsplit=3)
    if usage != "3":
        return None
    subject = server.spki if selector == "1" else server.leaf
    hashed = {"0": subject, "1": hashlib.sha256(subject).digest(), "2": hashlib.sha512(subject).digest()}
    return hashed.get(matching, b"") == bytes.fromhex("".join(data.split()))


def _finding(
    identifier: str, severity: Severity, name: str, seen: str, why: Text, reference: str = "RFC 3207, 4"
) -> Finding:
    remedy = Remedy(
        Text(
            ru="Почтовым сервером управляет хостинг: сообщите ему.",
            en="The mail server is the provider's: tell them.",
        )
    )
    return Finding(identifier, severity, name, seen, why, remedy, reference)
