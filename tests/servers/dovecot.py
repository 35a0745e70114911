"""A private Dovecot on loopback: IMAP, LMTP and the AUTH service that Postfix asks."""

from __future__ import annotations

import imaplib
import itertools
import os
import shutil
import smtplib
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from mailsync.sandbox.certificate import Certificate
from tests.leaks import MAILBOX_PASSWORD
from tests.servers.process import free_port, kill_tree, wait_for_port, wait_until

MAIL_UID = 8  # Debian's user and group "mail"

_CONFIG = """
protocols = imap lmtp
base_dir = {directory}/run
state_dir = {directory}/run
log_path = {directory}/dovecot.log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate.certificate_file}
ssl_key = <{certificate.key_file}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Mail
first_valid_uid = 0
mail_fsync = never
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1 s
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={directory}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = .
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_plain_port}
  }}
  inet_listener imaps {{
    port = {imap_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  inet_listener {{
    port = {auth_port}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp_port}
  }}
}}
"""


class Dovecot:
    """Every address is a mailbox with the same password; a mailbox begins to exist when it is first used."""

    password = MAILBOX_PASSWORD

    def __init__(self, directory: Path, certificate: Certificate) -> None:
        self.ca_file = certificate.certificate_file
        self.imap_port = free_port()
        self.imap_plain_port = free_port()
        self.lmtp_port = free_port()
        self.auth_port = free_port()
        self.log = directory / "dovecot.log"
        self._directory = directory
        self._certificate = certificate
        self._numbers = itertools.count()
        self._process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        mail = self._directory / "mail"
        mail.mkdir()
        os.chown(mail, MAIL_UID, MAIL_UID)
        self._write_config()
        self.start()
        return self

    def _write_config(self) -> None:
        config = _CONFIG.format(
            directory=self._directory,
            certificate=self._certificate,
            password=self.password,
            uid=MAIL_UID,
            imap_port=self.imap_port,
            imap_plain_port=self.imap_plain_port,
            lmtp_port=self.lmtp_port,
            auth_port=self.auth_port,
        )
        (self._directory / "dovecot.conf").write_text(config)

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["dovecot", "-F", "-c", self._directory / "dovecot.conf"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in (self.imap_port, self.lmtp_port, self.auth_port):
            wait_for_port(port, self.log)

    def kill(self) -> None:
        """SIGKILL, as a crash; `start` brings the same mailboxes back."""
        kill_tree(self._process.pid)
        self._process.wait()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()

    def new_address(self) -> str:
        """A mailbox that nobody has used."""
        return f"box{next(self._numbers)}@shop.test"

    def deliver(self, raw: bytes, address: str, *, folder: str = "INBOX") -> None:
        """Put a letter into a Maildir octet for octet, without a server in between."""
        maildir = self._maildir(address, folder)
        self._create(maildir)
        name = f"{time.time_ns()}.{next(self._numbers)}.test"
        (maildir / "tmp" / name).write_bytes(raw)
        os.chown(maildir / "tmp" / name, MAIL_UID, MAIL_UID)
        (maildir / "tmp" / name).rename(maildir / "new" / name)

    def deliver_lmtp(self, raw: bytes, address: str) -> None:
        """Hand in a letter as a mail server does (RFC 2033); Dovecot puts Return-Path and Received before it."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            lmtp.sendmail("sender@client.test", [address], raw)

    def letters(self, address: str, *, folder: str = "INBOX") -> list[bytes]:
        """What a mailbox holds, in the order of arrival, with CRLF line ends."""
        maildir = self._maildir(address, folder)
        files = [path for part in ("new", "cur") for path in (maildir / part).glob("*")]
        files.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
        return [path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for path in files]

    def wait_for_letters(self, address: str, count: int, *, timeout: float = 20) -> list[bytes]:
        """The letters of a mailbox, once it holds so many."""
        what = f"{count} letters for {address}"
        wait_until(lambda: len(self.letters(address)) >= count, what=what, log=self.log, timeout=timeout)
        return self.letters(address)

    def flags(self, address: str) -> list[str]:
        """The Maildir flags of each letter, "S" for one that was read."""
        maildir = self._maildir(address, "INBOX")
        return [path.name.partition(":2,")[2] for part in ("new", "cur") for path in (maildir / part).glob("*")]

    def expunge(self, address: str, uids: Sequence[int]) -> None:
        """Remove letters as another client would."""
        with imaplib.IMAP4("127.0.0.1", self.imap_plain_port) as imap:
            imap.login(address, self.password)
            imap.select()
            imap.uid("STORE", ",".join(map(str, uids)), "+FLAGS", r"(\Deleted)")
            imap.expunge()

    def rebuild(self, address: str, uidvalidity: int) -> None:
        """Replace a mailbox by an empty one (Dovecot's own choice is the time in seconds, which may not differ)."""
        maildir = self._maildir(address, "INBOX")
        shutil.rmtree(maildir)
        self._create(maildir)
        uidlist = maildir / "dovecot-uidlist"
        uidlist.write_text(f"3 V{uidvalidity} N1 G0123456789abcdef0123456789abcdef\n")
        os.chown(uidlist, MAIL_UID, MAIL_UID)

    def addresses(self) -> list[str]:
        """Every mailbox that was ever used."""
        return sorted(path.name for path in (self._directory / "mail").iterdir())

    def _maildir(self, address: str, folder: str) -> Path:
        maildir = self._directory / "mail" / address / "Mail"
        return maildir if folder == "INBOX" else maildir / f".{folder}"

    def _create(self, maildir: Path) -> None:
        for path in (*reversed(maildir.parents), maildir, *(maildir / part for part in ("tmp", "new", "cur"))):
            if not path.exists():
                path.mkdir()
                os.chown(path, MAIL_UID, MAIL_UID)
