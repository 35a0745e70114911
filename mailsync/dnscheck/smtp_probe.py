"""Looks at a mail server's greeting, STARTTLS and certificate on port 25 (RFC 3207)."""

from __future__ import annotations

import asyncio
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailsync.dnscheck.neighbours.starttls import MailServer, MailServerError

_MOST_LINES = 100


class SmtpProbe:
    """`timeout` is in seconds for one server; `port` and `ca_file` are for tests."""

    def __init__(self, *, timeout: float = 10.0, port: int = 25, ca_file: str | None = None) -> None:
        self._timeout = timeout
        self._port = port
        self._ca_file = ca_file

    async def look(self, host: str, address: str) -> MailServer:
        """Raises MailServerError."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._look(host, address)
        except TimeoutError as error:
            raise MailServerError(f"{address}: no answer within {self._timeout:g} s") from error
        except (OSError, ValueError) as error:  # ValueError: a line without an end
            raise MailServerError(f"{address}: {error}") from error

    async def _look(self, host: str, address: str) -> MailServer:
        """A certificate that is not believed ends the handshake; it is looked at through a second connection."""
        try:
            return await self._session(host, address, ssl.create_default_context(cafile=self._ca_file))
        except ssl.SSLCertVerificationError as error:
            trusting = ssl.create_default_context()
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
            seen = await self._session(host, address, trusting)
            return MailServer(seen.banner, starttls=True, leaf=seen.leaf, spki=seen.spki, distrust=error.verify_message)

    async def _session(self, host: str, address: str, context: ssl.SSLContext) -> MailServer:
        reader, writer = await asyncio.open_connection(address, self._port)
        try:
            banner = await _reply(reader)
            features = await _ask(reader, writer, b"EHLO localhost\r\n")
            if "STARTTLS" not in {line[4:].strip().upper() for line in features}:
                return MailServer(banner[0], starttls=False)
            answer = await _ask(reader, writer, b"STARTTLS\r\n")
            if not answer[-1].startswith("220"):
                return MailServer(answer[-1], starttls=False)
            await writer.start_tls(context, server_hostname=host)
            leaf = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            return MailServer(banner[0], starttls=True, leaf=leaf, spki=_public_key(leaf))
        finally:
            writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: bytes) -> list[str]:
    writer.write(command)
    await writer.drain()
    return await _reply(reader)


async def _reply(reader: asyncio.StreamReader) -> list[str]:
    """The lines of one reply (RFC 5321, 4.2.1). Raises OSError where the server hangs up or never ends."""
    lines: list[str] = []
    while len(lines) < _MOST_LINES:
        line = (await reader.readline()).decode("utf-8", "replace")
        if not line:
            raise ConnectionError("the server hung up")
        lines.append(line.rstrip("\r\n"))
        if line[3:4] != "-":
            return lines
    raise ConnectionError("a reply without an end")


def _public_key(leaf: bytes) -> bytes:
    key = x509.load_der_x509_certificate(leaf).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
