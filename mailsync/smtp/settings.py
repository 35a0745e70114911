"""The submission server and how to reach it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mailsync.errors import SettingsError
from mailsync.tls import Security, plain_text_problem


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Times are seconds. Raises SettingsError for a password that would travel in the clear."""

    host: str
    username: str  # empty: no AUTH
    password: str = field(repr=False)
    port: int = 465
    security: Security = Security.TLS
    ca_file: Path | None = None
    command_timeout: float = 60
    data_timeout: float = 600  # for the answer to the letter itself (RFC 5321, 4.5.3.2.6)

    def __post_init__(self) -> None:
        if problem := plain_text_problem(self.security, self.host):
            raise SettingsError([("smtp.security", problem)])
