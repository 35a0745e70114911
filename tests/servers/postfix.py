"""A private Postfix on loopback: takes letters, and delivers all of them, whatever the domain, to Dovecot."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from mailsync.sandbox.certificate import Certificate
from tests.servers.dovecot import Dovecot
from tests.servers.process import free_port, kill_tree, wait_for_port

_MAIN = """
compatibility_level = 3.6
queue_directory = {directory}/spool
data_directory = {directory}/data
myhostname = mx.shop.test
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{dovecot.lmtp_port}
lmtp_destination_recipient_limit = 1
message_size_limit = 60000000
mailbox_size_limit = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 5s
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{dovecot.auth_port}
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_tls_cert_file = {certificate.certificate_file}
smtpd_tls_key_file = {certificate.key_file}
smtpd_tls_security_level = may
maillog_file = {directory}/postfix.log
maillog_file_prefixes = {directory}
"""

_MASTER = """
127.0.0.1:{smtp_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{starttls_port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{incoming_port} inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=no
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """`smtp_port` speaks TLS at once, `starttls_port` after STARTTLS; both want AUTH, `incoming_port` does not."""

    def __init__(self, directory: Path, certificate: Certificate, dovecot: Dovecot) -> None:
        self.smtp_port = free_port()
        self.starttls_port = free_port()
        self.incoming_port = free_port()
        self.log = directory / "postfix" / "postfix.log"
        self._directory = directory / "postfix"
        self._certificate = certificate
        self._dovecot = dovecot

    def __enter__(self) -> Self:
        for name in ("etc", "spool", "data"):
            (self._directory / name).mkdir(parents=True)
        shutil.chown(self._directory / "data", "postfix")
        etc = self._directory / "etc"
        (etc / "main.cf").write_text(
            _MAIN.format(directory=self._directory, dovecot=self._dovecot, certificate=self._certificate)
        )
        (etc / "master.cf").write_text(
            _MASTER.format(smtp_port=self.smtp_port, starttls_port=self.starttls_port, incoming_port=self.incoming_port)
        )
        self.start()
        return self

    def start(self) -> None:
        subprocess.run(["postfix", "-c", self._directory / "etc", "start"], check=True, capture_output=True)
        for port in (self.smtp_port, self.starttls_port, self.incoming_port):
            wait_for_port(port, self.log)

    def kill(self) -> None:
        """SIGKILL, as a crash; `start` finds the queue again."""
        kill_tree(int((self._directory / "spool" / "pid" / "master.pid").read_text()))

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()
