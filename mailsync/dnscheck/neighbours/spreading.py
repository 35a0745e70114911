"""Why an edit is not seen: whether the name servers agree, and whether the resolver still remembers the old answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import DirectResolver, Failure, Lookup, Records
from mailsync.dnscheck.neighbours.name_servers import Voice

_PATIENCE = 2.0  # seconds
_MOST_QUESTIONS = 8

Question = tuple[str, str]
"""A name and a type."""


async def lint(questions: Sequence[Question], voices: Sequence[Voice], resolver: DirectResolver) -> list[Finding]:
    """Findings `zone.spreading` and `zone.cached` for names about which something was found.

    Nothing is said where all give what the resolver gives: an edit, if there was one, was not committed.
    """
    speaking = [voice for voice in voices if voice.serial is not None]
    if not speaking:
        return []
    each = [_question(name, rdtype, speaking, resolver) for name, rdtype in questions[:_MOST_QUESTIONS]]
    return [finding for found in await asyncio.gather(*each) for finding in found]


async def _question(name: str, rdtype: str, voices: Sequence[Voice], resolver: DirectResolver) -> list[Finding]:
    direct = await asyncio.gather(*(_from(voice, name, rdtype, resolver) for voice in voices))
    served = {voice.server: told for voice, outcome in zip(voices, direct, strict=True) if (told := _told(outcome))}
    known = _told(await resolver.lookup(name, rdtype))
    if not served or known is None:
        return []
    seen = ", ".join(f"{server}: {told}" for server, told in served.items())
    if len(set(served.values())) > 1:
        return [_spreading(name, seen)]
    return [] if known in served.values() else [_cached(name, f"{seen}; resolver: {known}")]


async def _from(voice: Voice, name: str, rdtype: str, resolver: DirectResolver) -> Lookup:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await resolver.lookup_at(voice.address, name, rdtype)
    except TimeoutError:
        return Failure("TIMEOUT")


def _told(outcome: Lookup) -> str | None:
    """The answer in a form that can be compared; None for no answer. Both kinds of absence are the same here."""
    if isinstance(outcome, Failure):
        return None
    if not isinstance(outcome, Records):
        return "-"
    values = [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in outcome.values]
    return " / ".join(sorted(values))


def _spreading(name: str, seen: str) -> Finding:
    return Finding(
        id="zone.spreading",
        severity=Severity.INFO,
        name=name,
        seen=seen,
        why=Text(
            ru="Серверы имён отдают разное: правка ещё расходится.",
            en="The name servers differ: an edit is still spreading.",
        ),
        remedy=Remedy(Text(ru="Подождите и проверьте снова (--wait).", en="Wait and check again (--wait).")),
        reference="RFC 1912, 2.2",
    )


def _cached(name: str, seen: str) -> Finding:
    return Finding(
        id="zone.cached",
        severity=Severity.INFO,
        name=name,
        seen=seen,
        why=Text(
            ru="Серверы имён уже отдают другое, резолвер помнит прежний ответ.",
            en="The name servers give another answer already, the resolver remembers the old one.",
        ),
        remedy=Remedy(
            Text(
                ru="Подождите, пока у резолвера истечёт срок записи (TTL), и проверьте снова (--wait).",
                en="Wait until the record's time (TTL) is over at the resolver and check again (--wait).",
            )
        ),
        reference="RFC 2308, 5",
    )
