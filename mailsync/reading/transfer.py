"""Content-Transfer-Encoding undone without complaint (RFC 2045, 6): what is torn or wrongly labelled is still read."""

from __future__ import annotations

import binascii
import quopri
import re

from mailsync.reading.encoded_words import unbase64

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=]{1,200}[ \t]*")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n", re.MULTILINE)


def decode(payload: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The octets meant, and what was wrong, if anything was."""
    name = encoding.strip("\"' ").partition(";")[0]
    if name == "base64":
        return _base64(payload)
    if name == "quoted-printable":
        return quopri.decodestring(payload), None
    if name in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return _uuencoded(payload)
    return payload, None


def _base64(payload: bytes) -> tuple[bytes, str | None]:
    """Base64 up to the first line that is none: mailing lists and virus scanners write their footers behind it."""
    if not payload.translate(None, _ALPHABET + b" \t\r\n"):
        return _padded_runs(payload.translate(None, b" \t\r\n"))
    lines = payload.split(b"\n")
    good: list[bytes] = []
    for position, line in enumerate(lines):
        text = line.strip()
        if text and not _BASE64_LINE.fullmatch(text) and len(text) < 1_000:
            if not good and not _mostly_base64(text):
                return payload, "base64 обещан, но текст им не закодирован"
            if not _mostly_base64(text):
                rest = b"\n".join(lines[position:]).strip()
                return unbase64(b"".join(good)), f"после base64 стоит посторонний текст ({len(rest)} байт)"
        good.append(text)
    return _padded_runs(b"".join(good))


def _mostly_base64(text: bytes) -> bool:
    return sum(
        byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=" for byte in text
    ) * 10 > 9 * len(text)


def _padded_runs(text: bytes) -> tuple[bytes, str | None]:
    """Several pieces, each with its own padding, one after another; in the common case it is one."""
    pieces = re.split(rb"(?<==)(?=[A-Za-z0-9+/])", text) if b"=" in text[:-2] else [text]
    defect = "base64 повреждён" if any(len(piece.rstrip(b"=")) % 4 == 1 for piece in pieces) else None
    return b"".join(map(unbase64, pieces)), defect


def _uuencoded(payload: bytes) -> tuple[bytes, str | None]:
    found = _UU_BEGIN.search(payload)
    decoded: list[bytes] = []
    for line in payload[found.end() if found else 0 :].splitlines():
        if line.strip() in {b"end", b"`", b""}:
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                decoded.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                return b"".join(decoded), "uuencode повреждён"
    return b"".join(decoded), None
