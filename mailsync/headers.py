"""The little of RFC 5322 that carrying letters needs: the header section and the Message-ID."""

from __future__ import annotations


def header_section(raw: bytes) -> bytes:
    """The header fields with the empty line that ends them; the whole letter where there is none."""
    end = raw.find(b"\r\n\r\n")
    return raw if end < 0 else raw[: end + 4]


def message_id_of(raw: bytes) -> str | None:
    """The Message-ID with its angle brackets, or None where the letter has none."""
    unfolded = header_section(raw).replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    for line in unfolded.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"message-id":
            return angle_addressed(value)
    return None


def angle_addressed(value: bytes) -> str | None:
    """The first "<...>" of a header value, with the brackets; the bare word where somebody left them out."""
    start, end = value.find(b"<"), value.find(b">")
    token = value[start : end + 1] if 0 <= start < end else value.strip()
    return token.decode("utf-8", "backslashreplace") or None
