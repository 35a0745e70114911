"""The finding for a question that nobody answered: it never says that something is absent."""

from __future__ import annotations

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Failure


def unanswered(topic: str, name: str, rdtype: str, failure: Failure) -> Finding:
    """`<topic>.unanswered`, severity unknown; `name` and `rdtype` are what was asked for."""
    return Finding(
        id=f"{topic}.unanswered",
        severity=Severity.UNKNOWN,
        name=name,
        seen=f"{rdtype}: {failure}",
        why=Text(
            ru=f"DNS не ответил ({failure}): есть ли запись, неизвестно.",
            en=f"The DNS did not answer ({failure}): whether the record exists is not known.",
        ),
        remedy=Remedy(
            Text(
                ru="Повторите проверку; если не поможет, проверьте серверы имён домена и резолвер (--resolver).",
                en="Check again; if that does not help, look at the name servers and the resolver (--resolver).",
            )
        ),
        reference="RFC 2308, 7",
    )
