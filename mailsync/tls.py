"""How a link to a mail server is protected, the same for IMAP and SMTP."""

from __future__ import annotations

import ipaddress
import ssl
from enum import StrEnum
from pathlib import Path

from mailsync.errors import PermanentFailure, TemporaryFailure


class Security(StrEnum):
    """The settings `mailbox.security` and `smtp.security`."""

    TLS = "tls"  # from the first byte (RFC 8314, 3)
    STARTTLS = "starttls"
    PLAIN = "plain"  # on the loopback interface only


def is_loopback(host: str) -> bool:
    """True where a password sent in the clear stays in this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def plain_text_problem(security: Security, host: str) -> str | None:
    """Why these two settings cannot go together, or None."""
    if security is Security.PLAIN and not is_loopback(host):
        return f'"plain" would send the password in the clear to {host}: use "tls" (or "starttls")'
    return None


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """Verifies the certificate and the host name, always, against the system's authorities or those in `ca_file`."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise PermanentFailure(
            f"the certificates in ca_file {ca_file} cannot be read", cure="name a readable PEM file, or leave it empty"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def tls_failure(error: ssl.SSLError, host: str, port: int, *, neighbour: str) -> TemporaryFailure | PermanentFailure:
    """Say what a failed handshake means: a certificate that is not to be trusted, or a port that speaks no TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return PermanentFailure(
            f"the certificate of {host}:{port} is not trusted: {error.verify_message}",
            cure="check the host name in the settings; for an authority of your own set ca_file; "
            "if the server's certificate ran out, its keeper must renew it",
        )
    return TemporaryFailure(
        f"no TLS with {host}:{port} ({error.reason or 'handshake broken off'})",
        cure='check port and security in the settings: 993 and 465 speak "tls", 143 and 587 "starttls"',
        neighbour=neighbour,
    )
