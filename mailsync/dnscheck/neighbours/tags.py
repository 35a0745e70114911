"""The `tag=value; tag=value` texts of MTA-STS and TLS reporting (RFC 8461, 3.1; RFC 8460, 3)."""

from __future__ import annotations

from collections.abc import Sequence

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Lookup, Records, Resolver
from mailsync.dnscheck.subject import Subject


def texts_with_version(outcome: Lookup, version: str) -> tuple[str, ...]:
    """The TXT that begin with `v=<version>` and a semicolon or the end; all others are to be ignored."""
    if not isinstance(outcome, Records):
        return ()
    texts = [text.decode("utf-8", "replace") for text in outcome.texts]
    return tuple(text for text in texts if text.partition(";")[0].rstrip(" \t") == f"v={version}")


def read_tags(text: str) -> dict[str, str]:
    """Tag to value; the first of two equal tags counts. Raises ValueError for a piece that is not tag=value."""
    tags: dict[str, str] = {}
    pieces: Sequence[str] = [piece.strip() for piece in text.split(";")]
    for piece in pieces[:-1] if not pieces[-1] else pieces:
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not equals or not name or not value:
            raise ValueError(f"`{piece}` is not of the form tag=value")
        tags.setdefault(name, value)
    return tags


async def misplaced(
    subject: Subject, name: str, version: str, group: str, reference: str, resolver: Resolver
) -> list[Finding]:
    """`<group>.wrong-place` for a text missed at `name` that stands where a panel put it by appending the zone."""
    place = f"{name}.{subject.zone}"
    return [
        Finding(
            id=f"{group}.wrong-place",
            severity=Severity.WARNING,
            name=place,
            seen=text,
            why=Text(
                ru=f"Запись стоит под именем {place}, там её не ищут.",
                en=f"The record stands at {place}, where nobody looks for it.",
            ),
            remedy=Remedy(
                Text(
                    ru="Панель сама дописывает зону: введите короткое имя, а эту запись удалите.",
                    en="The panel appends the zone: enter the short name and delete this record.",
                ),
                subject.entry(name, "TXT", text),
            ),
            reference=reference,
        )
        for text in texts_with_version(await resolver.lookup(place, "TXT"), version)
    ]
