"""Whether the zone's signatures hang on the parent (RFC 4035): DS above, DNSKEY below, and what the resolver says.

Signatures are not verified here; the checker believes its resolver and says no more than that.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Failure, Records, Resolver
from mailsync.dnscheck.subject import Subject
from mailsync.dnscheck.unanswered import unanswered

_DIGESTS = {1: hashlib.sha1, 2: hashlib.sha256, 4: hashlib.sha384}
"""RFC 4509, RFC 6605; type 3 (GOST) is not used any more."""


async def lint(subject: Subject, resolver: Resolver) -> list[Finding]:
    """Findings of the group `dnssec`, about the zone."""
    zone = subject.zone
    ds, keys = await asyncio.gather(resolver.lookup(zone, "DS"), resolver.lookup(zone, "DNSKEY"))
    if any(outcome == Failure("BOGUS") for outcome in (ds, keys)):
        return [_bogus(zone)]
    if isinstance(ds, Failure):
        return [unanswered("dnssec", zone, "DS", ds)]
    if not isinstance(ds, Records):
        return [_absent(zone, f"DS: {ds}")]
    if isinstance(keys, Failure):
        return [unanswered("dnssec", zone, "DNSKEY", keys)]
    published = keys.names if isinstance(keys, Records) else ()
    if any(matches(delegation, key, zone) for delegation in ds.names for key in published):
        return []
    return [_broken(zone, "; ".join(f"DS {delegation}" for delegation in ds.names))]


def matches(ds: str, key: str, zone: str) -> bool:
    """Whether a DS points at a DNSKEY of `zone`, both in presentation format (RFC 4034, 5.1.4).

    A digest type that we cannot compute counts as matching when tag and algorithm agree.
    """
    tag, algorithm, digest_type, digest = ds.split(maxsplit=3)
    octets = _rdata(key)
    if octets is None or int(tag) != key_tag(octets) or int(algorithm) != octets[3]:
        return False
    hashed = _DIGESTS.get(int(digest_type))
    return hashed is None or hashed(_wire(zone) + octets).hexdigest() == "".join(digest.split()).lower()


def key_tag(octets: bytes) -> int:
    """RFC 4034, appendix B."""
    total = sum(octet << 8 if place % 2 == 0 else octet for place, octet in enumerate(octets))
    return (total + (total >> 16)) & 0xFFFF


def _rdata(key: str) -> bytes | None:
    """The octets of a DNSKEY; None where it is damaged."""
    flags, protocol, algorithm, public = key.split(maxsplit=3)
    try:
        material = base64.b64decode("".join(public.split()), validate=True)
    except binascii.Error:
        return None
    return int(flags).to_bytes(2, "big") + bytes([int(protocol), int(algorithm)]) + material


def _wire(name: str) -> bytes:
    """A name in canonical form (RFC 4034, 6.2)."""
    labels = [label.encode("ascii").lower() for label in name.split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _absent(zone: str, seen: str) -> Finding:
    return Finding(
        id="dnssec.absent",
        severity=Severity.INFO,
        name=zone,
        seen=seen,
        why=Text(
            ru="Зона не подписана: ответы DNS по дороге можно подменить.",
            en="The zone is not signed: DNS answers can be replaced on the way.",
        ),
        remedy=Remedy(
            Text(
                ru="Необязательно. Включается у регистратора, если DNS-хостинг подписывает зону.",
                en="Optional. Switched on at the registrar if the DNS host signs the zone.",
            )
        ),
        reference="RFC 4035, 2.4",
    )


def _broken(zone: str, seen: str) -> Finding:
    return Finding(
        id="dnssec.ds-mismatch",
        severity=Severity.CRITICAL,
        name=zone,
        seen=seen,
        why=Text(
            ru="У регистратора стоит DS, которому не отвечает ни один ключ зоны: проверяющие резолверы не видят домен.",
            en="The DS at the registrar fits no key of the zone: validating resolvers do not see the domain.",
        ),
        remedy=Remedy(
            Text(
                ru="Удалите DS у регистратора или замените его на DS действующего ключа.",
                en="Delete the DS at the registrar, or replace it by the DS of a key in use.",
            )
        ),
        reference="RFC 4035, 2.4",
    )


def _bogus(zone: str) -> Finding:
    return Finding(
        id="dnssec.bogus",
        severity=Severity.CRITICAL,
        name=zone,
        seen="BOGUS",
        why=Text(
            ru="Подписи DNSSEC не сходятся: проверяющие резолверы не видят домен, почта не ходит.",
            en="The DNSSEC signatures do not verify: validating resolvers do not see the domain, mail does not flow.",
        ),
        remedy=Remedy(
            Text(
                ru="Переподпишите зону на DNS-хостинге или снимите DS у регистратора.",
                en="Have the DNS host sign the zone again, or take the DS away at the registrar.",
            )
        ),
        reference="RFC 4035, 5.5",
    )
