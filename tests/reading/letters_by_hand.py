"""Letters written down in a few lines: the tests' own way to say bytes."""

from __future__ import annotations

from mailsync.reading.model import Message, Own, Reading, ReadingContext
from mailsync.reading.reader import read_or_raise

OWN = Own(addresses=frozenset({"zakaz@shop.example"}), domains=frozenset({"shop.example"}))
CONTEXT = ReadingContext(own=OWN, authserv_id="mx.shop.example")


def letter(body: str | bytes, *fields: str | bytes, charset: str = "utf-8", kind: str = "text/plain") -> bytes:
    """A letter with these header fields, From and Subject where none are given, and a body in `charset`."""
    lines = [field.encode("utf-8") if isinstance(field, str) else field for field in fields]
    names = {line.partition(b":")[0].lower() for line in lines}
    defaults = {
        b"from": b"From: client@zavod.example",
        b"to": b"To: zakaz@shop.example",
        b"subject": b"Subject: letter",
        b"content-type": f"Content-Type: {kind}; charset={charset}".encode(),
    }
    lines += [line for name, line in defaults.items() if name not in names]
    octets = body.encode(charset) if isinstance(body, str) else body
    return b"\r\n".join([*lines, b"", octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")])


def read(raw: bytes, context: ReadingContext = CONTEXT) -> Reading:
    return read_or_raise(raw, context)


def message(raw: bytes) -> Message:
    return read(raw).message


def multipart(subtype: str, *parts: str, boundary: str = "b1") -> str:
    """The body of a container; each part brings its own header and empty line."""
    return "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n"


def container(subtype: str, *parts: str, fields: tuple[str, ...] = ()) -> bytes:
    body = multipart(subtype, *parts)
    return letter(body, *fields, f'Content-Type: multipart/{subtype}; boundary="b1"')
