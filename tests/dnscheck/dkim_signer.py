"""Signs letters for tests; it shares with the verifier only the canonical forms, which the RFCs' letters hold still."""

import base64
import hashlib
from typing import cast

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailsync.dnscheck.dkim.letter import Canonicalization, canonical_body, canonical_field
from mailsync.dnscheck.memory import Zones

# 512 bits; cryptography makes none so short any more
SHORT_KEY = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALc/Qul3JrETGLHRBCJkR4QCnJav57q8"
    "R5Fig+6P2q9sfTGF3meoODkB59miSMEjg+PIoyxZRS0ITs1dVQiSghkCAwEAAQ=="
)
_KEY = generate_private_key(65537, 2048)
PUBLIC_KEY = base64.b64encode(_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


class Signer:
    """Signs From with a 2048-bit RSA key for `domain` and the selector `sel`."""

    def __init__(self, domain: str = "shop.test") -> None:
        self._domain = domain
        self.zones: Zones = {f"sel._domainkey.{domain}": {"TXT": [f"v=DKIM1; k=rsa; p={PUBLIC_KEY}"]}}

    def sign(
        self, letter: bytes, *, forms: str = "relaxed/relaxed", extra: str = "", written_domain: str | None = None
    ) -> bytes:
        """The letter with a signature on top; `extra` is put among its tags."""
        header_form, body_form = cast("tuple[Canonicalization, ...]", (*forms.split("/"), "simple"))[:2]
        header, _, body = letter.partition(b"\r\n\r\n")
        sender = next(line for line in header.split(b"\r\n") if line.startswith(b"From:"))
        body_hash = base64.b64encode(hashlib.sha256(canonical_body(body, body_form)).digest()).decode()
        tags = f"c={forms}; d={written_domain or self._domain}; s=sel; h=from; {extra}bh={body_hash}; b="
        field = b"DKIM-Signature: v=1; a=rsa-sha256; " + tags.encode()
        signed = canonical_field(sender, header_form) + b"\r\n" + canonical_field(field, header_form)
        signature = _KEY.sign(signed, PKCS1v15(), SHA256())
        return field + base64.b64encode(signature) + b"\r\n" + letter
