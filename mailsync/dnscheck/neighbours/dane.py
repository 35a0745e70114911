"""DANE for SMTP: certificates announced in the DNS of the mail servers' own zone (RFC 7672). Not ours to publish."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Mx, Records, Resolver


async def lint(exchanges: Sequence[Mx], resolver: Resolver) -> list[Finding]:
    """Findings of the group `dane`: what is announced, and whether the resolver says that it is signed.

    No answer is no finding here: senders without DANE deliver as before.
    """
    hosts = [mx.exchange for mx in exchanges if mx.exchange]
    outcomes = await asyncio.gather(*(resolver.lookup(f"_25._tcp.{host}", "TLSA") for host in hosts))
    return [
        _announced(host, outcome) for host, outcome in zip(hosts, outcomes, strict=True) if isinstance(outcome, Records)
    ]


def _announced(host: str, outcome: Records) -> Finding:
    if outcome.authenticated:
        identifier = "dane.present"
        why = Text(
            ru=f"Сервер {host} объявляет сертификат через DANE, резолвер подтверждает подпись.",
            en=f"The server {host} announces its certificate by DANE, the resolver reports it signed.",
        )
    else:
        identifier = "dane.unsigned"
        why = Text(
            ru=f"TLSA сервера {host} не подписан, отправители его не учтут.",
            en=f"The TLSA of {host} is not signed, senders will not heed it.",
        )
    remedy = Remedy(Text(ru="Делать ничего не нужно.", en="Nothing to do."))
    seen = "; ".join(outcome.names)
    return Finding(identifier, Severity.INFO, f"_25._tcp.{host}", seen, why, remedy, "RFC 7672, 2.1")
