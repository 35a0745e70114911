"""What of an envelope can go over the wire: addresses and octets, checked before anything is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailsync.errors import PermanentFailure
from mailsync.ports import Envelope

_UNSAFE = re.compile(r"[\x00-\x20\x7f<>\x80-\x9f\u2028\u2029]")
_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class WireEnvelope:
    """An envelope that cannot be misread by the server: ready for MAIL, RCPT and DATA."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    data: bytes = field(repr=False)  # dots stuffed, the final dot included (RFC 5321, 4.5.2)
    size: int
    eight_bit: bool

    @property
    def needs_utf8(self) -> bool:
        """True where an address cannot be written in ASCII (RFC 6531)."""
        return not all(address.isascii() for address in (self.mail_from, *self.rcpt_to))


def wire_envelope(envelope: Envelope) -> WireEnvelope:
    """Raises PermanentFailure for an address or for octets that could smuggle commands or a second letter."""
    if not envelope.rcpt_to:
        raise PermanentFailure("a letter without recipients")
    if _BARE_LINE_END.search(envelope.raw) or not envelope.raw.endswith(b"\r\n"):
        raise PermanentFailure("a letter whose lines do not all end in CRLF (RFC 5321, 2.3.8)")
    stuffed = (b"\r\n" + envelope.raw).replace(b"\r\n.", b"\r\n..")[2:]
    return WireEnvelope(
        mail_from=_wire_address(envelope.mail_from) if envelope.mail_from else "",
        rcpt_to=tuple(map(_wire_address, envelope.rcpt_to)),
        data=stuffed + b".\r\n",
        size=len(envelope.raw),
        eight_bit=not envelope.raw.isascii(),
    )


def _wire_address(address: str) -> str:
    """The address with its domain in ASCII (RFC 5891); "иванов@почта.рф" keeps its local part as it is."""
    local, _, domain = address.rpartition("@")
    if not local or not domain or _UNSAFE.search(address):
        raise PermanentFailure(
            "an address that cannot be written to", cure="correct the address by hand: it must read name@domain"
        )
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise PermanentFailure("an address whose domain cannot exist", cure="correct the address by hand") from error
