"""Dovecot and Postfix together: a whole mail system on loopback."""

from __future__ import annotations

import imaplib
import smtplib
import ssl
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from mailsync.sandbox.certificate import create_certificate
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.process import shared_directory


class RealMailServers:
    """`with RealMailServers() as mail:`; ready in about two seconds, gone at once. Needs root.

    Any address is a mailbox, its password is `password`, and a letter to any address ends up there; `user` is ours.
    """

    host = "localhost"
    password = Dovecot.password

    def __init__(self, user: str = "zakaz@shop.test") -> None:
        self.user = user
        self.ca_file: Path
        self.dovecot: Dovecot
        self.postfix: Postfix
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as resources:
            directory = resources.enter_context(shared_directory())
            certificate = create_certificate(directory)
            self.ca_file = certificate.certificate_file
            self.dovecot = resources.enter_context(Dovecot(directory, certificate))
            self.postfix = resources.enter_context(Postfix(directory, certificate, self.dovecot))
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._resources.close()

    @property
    def imap_port(self) -> int:
        """IMAP over TLS."""
        return self.dovecot.imap_port

    @property
    def smtp_port(self) -> int:
        """Submission over TLS, with AUTH."""
        return self.postfix.smtp_port

    @property
    def incoming_port(self) -> int:
        """SMTP without TLS and AUTH, as other mail servers use it."""
        return self.postfix.incoming_port

    def send(self, raw: bytes, mail_from: str = "ivanov@client.test") -> None:
        """A letter to `user` through Postfix."""
        with smtplib.SMTP("127.0.0.1", self.incoming_port) as smtp:
            smtp.sendmail(mail_from, [self.user], raw)

    def deliver_lmtp(self, raw: bytes) -> None:
        """A letter to `user` past Postfix."""
        self.dovecot.deliver_lmtp(raw, self.user)

    def mailbox_uids(self, folder: str = "INBOX") -> list[int]:
        """The UIDs in a folder of `user`."""
        context = ssl.create_default_context(cafile=self.ca_file)
        with imaplib.IMAP4_SSL(self.host, self.imap_port, ssl_context=context) as imap:
            imap.login(self.user, self.password)
            imap.select(folder, readonly=True)
            _, (uids,) = imap.uid("SEARCH", "ALL")
        return [int(uid) for uid in uids.split()]

    def mailbox(self, folder: str = "INBOX") -> list[bytes]:
        """The letters in a folder of `user`, in the order of arrival, as the disk holds them with CRLF line ends."""
        return self.dovecot.letters(self.user, folder=folder)

    def other_mailbox(self, address: str) -> list[bytes]:
        """What arrived for somebody else."""
        return self.dovecot.letters(address)

    def addresses(self) -> list[str]:
        """Everybody who ever got a letter."""
        return self.dovecot.addresses()
