"""Verifies the signatures of a letter, each by itself (RFC 6376, 6.1)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from mailsync.dnscheck.dkim.key import (
    LONGEST_RSA,
    SHORTEST_RSA,
    KeyRecord,
    KeySyntaxError,
    PublicKey,
    looks_like_key,
    parse_key,
    public_key,
)
from mailsync.dnscheck.dkim.letter import Canonicalization, Field, Letter, canonical_body, canonical_field, read_letter
from mailsync.dnscheck.dkim.result import DkimResult, Reason, Refusal, SignatureResult
from mailsync.dnscheck.dkim.signature import Signature, claims, parse_signature
from mailsync.dnscheck.lookup import Failure, Records, Resolver, ask

MOST_SIGNATURES = 8
"""Signatures looked at in one letter; each costs a query and perhaps a hash of the whole body."""

_CLOCK_SKEW = 3600  # seconds by which a signer's clock may be ahead


async def verify(raw: bytes, resolver: Resolver, now: datetime) -> list[SignatureResult]:
    """One result for each DKIM-Signature field, from the top; an empty list means that the letter is not signed.

    `raw` is the letter exactly as the server holds it, CRLF line ends and all; `now` (aware) is compared with t= and
    x=. `resolver` is asked for TXT and may be as simple as `spf.check_host` allows. Never raises for what a letter or
    the DNS holds.
    """
    if b"\r\n" not in raw and b"dkim-signature" in raw.lower():
        detail = "the letter was saved with other line ends than CRLF"
        return [SignatureResult(DkimResult.NEUTRAL, reason=Reason.LINE_ENDS, detail=detail)]
    letter = _Hashed(read_letter(raw))
    signatures = [field for field in letter.fields if field.name == "dkim-signature"]
    examined = [await _result(field, letter, resolver, now) for field in signatures[:MOST_SIGNATURES]]
    beyond = [
        SignatureResult(DkimResult.NEUTRAL, *claims(field), Reason.TOO_MANY) for field in signatures[MOST_SIGNATURES:]
    ]
    return examined + beyond


class _Hashed:
    """A letter whose body is brought into each form once, however many signatures ask for it."""

    def __init__(self, letter: Letter) -> None:
        self.fields = letter.fields
        self._body = letter.body
        self._bodies: dict[Canonicalization, bytes] = {}

    def body(self, form: Canonicalization) -> bytes:
        if form not in self._bodies:
            self._bodies[form] = canonical_body(self._body, form)
        return self._bodies[form]

    def signed_octets(self, signature: Signature) -> bytes:
        """What the signature is over (RFC 6376, 3.7): of one name the lowest field first; absent ones add nothing."""
        unused: dict[str, list[Field]] = defaultdict(list)
        for field in self.fields:
            if field is not signature.field:
                unused[field.name].append(field)
        chosen = [unused[name].pop() for name in signature.headers if unused[name]]
        parts = [canonical_field(field.raw, signature.header_form) for field in chosen]
        parts.append(canonical_field(signature.unsigned_raw, signature.header_form))
        return b"\r\n".join(parts)


async def _result(field: Field, letter: _Hashed, resolver: Resolver, now: datetime) -> SignatureResult:
    try:
        signature = parse_signature(field)
    except Refusal as refusal:
        return refusal.outcome
    known = SignatureResult(DkimResult.PASS, signature.domain, signature.selector, algorithm=signature.algorithm)
    try:
        _check_claims(signature, letter, now)
        record, key = await _key(signature, resolver)
        known = replace(known, testing=record.testing, key_bits=key.bits)
        _check_key(signature, record, key)
        unsigned = _check_body(signature, letter)
        if not key.verifies(signature.signature, letter.signed_octets(signature)):
            raise Refusal(DkimResult.FAIL, Reason.SIGNATURE)  # noqa: TRY301 - one of several ways to end here
    except Refusal as refusal:
        return replace(
            known, result=refusal.outcome.result, reason=refusal.outcome.reason, detail=refusal.outcome.detail
        )
    return replace(known, unsigned_octets=unsigned)


def _check_claims(signature: Signature, letter: _Hashed, now: datetime) -> None:
    """What can be told without the key (RFC 6376, 6.1.1; RFC 8301, 3.1)."""
    if signature.algorithm == "rsa-sha1":
        raise Refusal(DkimResult.POLICY, Reason.SHA1)
    if signature.algorithm not in {"rsa-sha256", "ed25519-sha256"}:
        raise Refusal(DkimResult.NEUTRAL, Reason.ALGORITHM, signature.algorithm[:40])
    if "from" not in signature.headers:
        raise Refusal(DkimResult.PERMERROR, Reason.FROM_UNSIGNED)
    if sum(field.name == "from" for field in letter.fields) > 1:
        raise Refusal(DkimResult.POLICY, Reason.SEVERAL_FROM)
    if not _within(signature.identity_domain, signature.domain):
        raise Refusal(DkimResult.PERMERROR, Reason.IDENTITY, f"i={signature.identity_domain} is not in d=")
    _check_times(signature, now.timestamp())


def _check_times(signature: Signature, now: float) -> None:
    if signature.expires is not None:
        if signature.timestamp is not None and signature.expires <= signature.timestamp:
            raise Refusal(DkimResult.NEUTRAL, Reason.SYNTAX, "x= is not after t=")
        if signature.expires < now:
            raise Refusal(DkimResult.PERMERROR, Reason.EXPIRED)
    if signature.timestamp is not None and signature.timestamp > now + _CLOCK_SKEW:
        raise Refusal(DkimResult.PERMERROR, Reason.FUTURE)


async def _key(signature: Signature, resolver: Resolver) -> tuple[KeyRecord, PublicKey]:
    """The published key (RFC 6376, 6.1.2)."""
    answer = await ask(resolver, signature.key_name, "TXT")
    if isinstance(answer, Failure):
        raise Refusal(DkimResult.TEMPERROR, Reason.DNS, answer.reason)
    texts = [text for text in answer.texts if looks_like_key(text)] if isinstance(answer, Records) else []
    if not texts:
        raise Refusal(DkimResult.PERMERROR, Reason.NO_KEY, str(answer))
    if len(texts) > 1:
        raise Refusal(DkimResult.PERMERROR, Reason.SEVERAL_KEYS)
    try:
        record = parse_key(texts[0])
        if record.revoked:
            raise Refusal(DkimResult.PERMERROR, Reason.KEY_REVOKED)
        if record.key_type != signature.key_type:
            raise Refusal(DkimResult.PERMERROR, Reason.KEY_TYPE, f"the key is for {record.key_type[:20]}")
        return record, public_key(record)
    except KeySyntaxError as error:
        raise Refusal(DkimResult.PERMERROR, Reason.KEY_SYNTAX, str(error)) from error


def _check_key(signature: Signature, record: KeyRecord, key: PublicKey) -> None:
    if not record.allows_sha256:
        raise Refusal(DkimResult.PERMERROR, Reason.KEY_HASH)
    if not record.serves_mail:
        raise Refusal(DkimResult.PERMERROR, Reason.KEY_SERVICE)
    if record.strict and signature.identity_domain != signature.domain:
        raise Refusal(DkimResult.PERMERROR, Reason.IDENTITY, "the key allows no subdomain in i= (t=s)")
    if record.key_type == "rsa" and not SHORTEST_RSA <= key.bits <= LONGEST_RSA:
        raise Refusal(DkimResult.POLICY, Reason.KEY_LENGTH, f"{key.bits} bits")


def _check_body(signature: Signature, letter: _Hashed) -> int:
    """Compare the body with bh=; returns how many octets of it l= leaves unsigned."""
    body = letter.body(signature.body_form)
    length = len(body) if signature.body_length is None else signature.body_length
    if length > len(body):
        raise Refusal(DkimResult.PERMERROR, Reason.BODY_LENGTH, f"l={length} of {len(body)}")
    if hashlib.sha256(body[:length]).digest() != signature.body_hash:
        raise Refusal(DkimResult.FAIL, Reason.BODY_HASH)
    return len(body) - length


def _within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")
