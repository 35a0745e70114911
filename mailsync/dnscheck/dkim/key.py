"""A DKIM key record, read, and the public key in it (RFC 6376, 3.6.1; RFC 8463; lengths by RFC 8301, 3.2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mailsync.dnscheck.dkim.tags import TagListError, colon_list, decoded, parse_tags

SHORTEST_RSA = 1024
LONGEST_RSA = 8192  # longer ones only burn the verifier's time


class KeySyntaxError(ValueError):
    """The text is no key record (`encoded` False), or its `p=` does not hold a key (`encoded` True)."""

    def __init__(self, message: str, *, encoded: bool = False) -> None:
        super().__init__(message)
        self.encoded = encoded


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """`key_type` is "rsa" or "ed25519" or what else was published; `public` is empty for a revoked key.

    `hashes` None: any. `services` default to all; `testing` is t=y, `strict` t=s.
    """

    key_type: str
    public: bytes
    hashes: tuple[str, ...] | None = None
    services: tuple[str, ...] = ("*",)
    testing: bool = False
    strict: bool = False

    @property
    def revoked(self) -> bool:
        return not self.public

    @property
    def serves_mail(self) -> bool:
        return bool({"*", "email"} & set(self.services))

    @property
    def allows_sha256(self) -> bool:
        return self.hashes is None or "sha256" in self.hashes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that can check signatures; `bits` is its length (256 for Ed25519)."""

    bits: int
    _key: RSAPublicKey | Ed25519PublicKey

    def verifies(self, signature: bytes, signed: bytes) -> bool:
        """Whether the signature is this key's over these octets, hashed by SHA-256 (RFC 8463, 3: Ed25519 as well)."""
        digest = hashlib.sha256(signed).digest()
        try:
            if isinstance(self._key, Ed25519PublicKey):
                self._key.verify(signature, digest)
            else:
                self._key.verify(signature, digest, PKCS1v15(), Prehashed(SHA256()))
        except InvalidSignature:
            return False
        return True


def looks_like_key(text: bytes) -> bool:
    """Whether a TXT record at a selector is meant as a key; others may stand beside it."""
    try:
        tags = parse_tags(text.decode("latin-1"))
    except TagListError:
        return text.lstrip().lower().startswith(b"v=dkim1")
    return "p" in tags or (tags.get("v") is not None and tags["v"].value == "DKIM1")


def parse_key(text: bytes) -> KeyRecord:
    """Read a key record. Raises KeySyntaxError."""
    try:
        tags = parse_tags(text.decode("latin-1"))
    except TagListError as error:
        raise KeySyntaxError(str(error)) from error
    if "v" in tags and (tags["v"].value != "DKIM1" or next(iter(tags)) != "v"):
        raise KeySyntaxError("v must be DKIM1 and stand first")
    if "p" not in tags:
        raise KeySyntaxError("the tag p is missing")
    try:
        public = decoded(tags["p"].value)
    except TagListError as error:
        raise KeySyntaxError("p is not base64", encoded=True) from error
    flags = colon_list(tags["t"].value) if "t" in tags else ()
    return KeyRecord(
        key_type=tags["k"].value.lower() if "k" in tags else "rsa",
        public=public,
        hashes=colon_list(tags["h"].value) if "h" in tags else None,
        services=colon_list(tags["s"].value) if "s" in tags else ("*",),
        testing="y" in flags,
        strict="s" in flags,
    )


def public_key(record: KeyRecord) -> PublicKey:
    """The key of a record that is not revoked. Raises KeySyntaxError."""
    try:
        if record.key_type == "ed25519":
            return PublicKey(256, Ed25519PublicKey.from_public_bytes(record.public))
        key = load_der_public_key(record.public)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeySyntaxError(f"p does not hold a key of type {record.key_type[:20]}", encoded=True) from error
    if not isinstance(key, RSAPublicKey):
        raise KeySyntaxError("p holds a key of another type", encoded=True)
    return PublicKey(key.key_size, key)
