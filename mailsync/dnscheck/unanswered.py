"""The findings for what could not be found out: they never say that something is absent."""

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


def unfinished(identifier: str, check: str, domain: str, seconds: float) -> Finding:
    """The finding for a whole check that was cut off after `seconds`."""
    return Finding(
        id=identifier,
        severity=Severity.UNKNOWN,
        name=domain,
        seen=f"{seconds:g} s",
        why=Text(
            ru=f"Проверка {check} не закончилась за {seconds:g} с.",
            en=f"The check of {check} did not finish within {seconds:g} s.",
        ),
        remedy=Remedy(
            Text(
                ru="Дайте больше времени (--timeout) или другой резолвер (--resolver).",
                en="Give it more time (--timeout) or another resolver (--resolver).",
            )
        ),
        reference="",
    )
