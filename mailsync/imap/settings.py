"""The mailbox and how to reach it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mailsync.errors import SettingsError
from mailsync.tls import Security, plain_text_problem


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """Times are seconds, sizes octets. Raises SettingsError for a password that would travel in the clear."""

    host: str
    username: str
    password: str = field(repr=False)
    port: int = 993
    security: Security = Security.TLS
    ca_file: Path | None = None
    folder: str = "INBOX"
    connect_timeout: float = 30  # to the end of the login
    command_timeout: float = 60  # for each command; a command brings about 1 MiB at most
    slow_command_timeout: float = 240  # to open or to search a folder: the server may have to read every letter for it
    idle: bool = True  # False: wait by sleeping, even where the server would wake us
    idle_renewal: float = 240  # servers may end an IDLE after 30 minutes, firewalls forget after 5
    max_letter_size: int = 50_000_000  # of larger ones only the headers are fetched

    def __post_init__(self) -> None:
        if problem := plain_text_problem(self.security, self.host):
            raise SettingsError([("mailbox.security", problem)])
