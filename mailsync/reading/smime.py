"""The letter inside an opaque S/MIME signature (RFC 8551, 3.5.2; CMS, RFC 5652, 5.1): taken out, not verified.

Whether the signature holds is not asked: what matters is that a signed order is read like any other.
"""

from __future__ import annotations

import base64
import binascii

_DATA = bytes.fromhex("06092a864886f70d010701")  # id-data, in front of the signed content
_CONSTRUCTED, _PRIMITIVE = 0x24, 0x04
_PIECES = 100_000


def signed_content(octets: bytes) -> bytes | None:
    """The content of a SignedData, or None where there is none in the clear (it is encrypted, or signed apart)."""
    octets = _unarmored(octets)
    at = octets.find(_DATA)
    if at < 0:
        return None
    explicit = _header(octets, at + len(_DATA))
    if explicit is None or octets[at + len(_DATA)] != 0xA0:
        return None
    return _octet_string(octets, explicit[0])


def _unarmored(octets: bytes) -> bytes:
    """DER, where some programs send PEM."""
    if not octets.startswith(b"-----BEGIN "):
        return octets
    try:
        return base64.b64decode(octets.partition(b"\n")[2].partition(b"-----END")[0])
    except binascii.Error:
        return octets


def _header(octets: bytes, at: int) -> tuple[int, int | None] | None:
    """Where the value of the element here starts, and its length: None for the indefinite form (X.690, 8.1.3)."""
    if at + 2 > len(octets):
        return None
    length = octets[at + 1]
    if length < 0x80:
        return at + 2, length
    count = length & 0x7F
    if count == 0:
        return at + 2, None
    if count > 8 or at + 2 + count > len(octets):
        return None
    return at + 2 + count, int.from_bytes(octets[at + 2 : at + 2 + count], "big")


def _octet_string(octets: bytes, at: int) -> bytes | None:
    """An OCTET STRING in one piece or, in BER, in many."""
    if at >= len(octets):
        return None
    head = _header(octets, at)
    if head is None:
        return None
    start, length = head
    if octets[at] == _PRIMITIVE and length is not None:
        return octets[start : start + length]
    if octets[at] != _CONSTRUCTED:
        return None
    end = len(octets) if length is None else start + length
    pieces: list[bytes] = []
    while start < end and len(pieces) < _PIECES and octets[start] == _PRIMITIVE:
        head = _header(octets, start)
        if head is None or head[1] is None:
            break
        pieces.append(octets[head[0] : head[0] + head[1]])
        start = head[0] + head[1]
    return b"".join(pieces)
