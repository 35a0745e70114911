"""The mail side of the sandbox: one mailbox over IMAP, its submission port, and a plain port for letters to it."""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from mailsync.sandbox.certificate import create_certificate
from mailsync.sandbox.imap_server import EmbeddedImapServer
from mailsync.sandbox.smtp_server import AcceptedLetter, EmbeddedSmtpServer, Login


class MailSandbox:
    """`async with MailSandbox() as mail:` runs the three servers; ports of 0 are chosen free.

    Letters for the mailbox's own address, from either SMTP port, are delivered into its INBOX; all others are kept in
    `sink`, in the order of acceptance. `imap_port` and `submission_port` speak TLS with the certificate in `ca_file`
    and ask for `username` and `password`; `smtp_port` takes letters from anybody without TLS.
    """

    def __init__(
        self,
        *,
        username: str = "zakaz@shop.test",
        password: str = "secret",  # noqa: S107 - guards nothing: the servers hear loopback only and forget all
        imap_port: int = 0,
        submission_port: int = 0,
        smtp_port: int = 0,
    ) -> None:
        self.host = "localhost"
        self.username = username
        self.password = password
        self.sink: list[AcceptedLetter] = []
        self.delivered = 0
        self.ca_file: Path
        self._ports = (imap_port, submission_port, smtp_port)
        self._resources = AsyncExitStack()
        self.imap: EmbeddedImapServer
        self.submission: EmbeddedSmtpServer
        self.smtp: EmbeddedSmtpServer

    @property
    def imap_port(self) -> int:
        return self.imap.port

    @property
    def submission_port(self) -> int:
        return self.submission.port

    @property
    def smtp_port(self) -> int:
        return self.smtp.port

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as resources:
            directory = resources.enter_context(tempfile.TemporaryDirectory(prefix="mailsync-"))
            certificate = create_certificate(Path(directory))
            self.ca_file = certificate.certificate_file
            context = certificate.server_context()
            imap_port, submission_port, smtp_port = self._ports
            login = Login(self.username, self.password)
            self.imap = EmbeddedImapServer(self.username, self.password, context, port=imap_port)
            self.submission = EmbeddedSmtpServer(self._accept, login=login, context=context, port=submission_port)
            self.smtp = EmbeddedSmtpServer(self._accept, port=smtp_port)
            for server in (self.imap, self.submission, self.smtp):
                await server.start()
                resources.push_async_callback(server.stop)
            self._resources = resources.pop_all()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._resources.aclose()

    async def deliver(self, raw: bytes, *, folder: str = "INBOX") -> None:
        """Put a letter into the mailbox without SMTP."""
        await self.imap.deliver(raw, folder=folder)
        self.delivered += 1

    async def _accept(self, letter: AcceptedLetter) -> None:
        own = [address for address in letter.rcpt_to if address.lower() == self.username.lower()]
        if own:
            await self.deliver(letter.raw)
        if len(own) < len(letter.rcpt_to):
            self.sink.append(letter)
