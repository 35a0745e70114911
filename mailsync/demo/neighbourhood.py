"""Embedded neighbours (IMAP, SMTP, AmoCRM, DNS) and the settings that point at them."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from crm.sandbox.sandbox import Sandbox
from crm.sandbox.server import serve
from mailsync.config import Config, load
from mailsync.errors import PermanentFailure
from mailsync.sandbox.dns_server import EmbeddedDnsServer, Zone
from mailsync.sandbox.mail import MailSandbox

ADDRESS = "zakaz@tdrusstankosbyt.ru"
LETTERS = {"Принята": "accepted", "Счёт выставлен": "invoice", "Отгружено": "shipped", "Готово к выдаче": "ready"}
WON, LOST = 142, 143


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The running neighbours; `environment` points a worker at them."""

    mail: MailSandbox
    crm: Sandbox
    crm_url: str
    environment: dict[str, str]

    def config(self, **more: str) -> Config:
        """Settings for a worker here; `more` are further variables, without their prefix."""
        return load(None, self.environment | {f"MAILSYNC_{name}": value for name, value in more.items()})

    def endpoint(self, port: int) -> dict[str, str]:
        """Variables of a web endpoint that the AmoCRM sandbox calls, with a letter for every status."""
        pipelines = self.crm.account.pipelines.values()
        statuses = next(one for one in pipelines if one.is_main).statuses
        named = {one.id: LETTERS[one.name] for one in statuses if one.name in LETTERS} | {WON: "won", LOST: "lost"}
        return {
            "WEB__PORT": str(port),
            "WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
            "WEB__WEBHOOK_KEY": secrets.token_urlsafe(16),
            "WEB__INGEST_KEY": "demo",
            "WEB__PASSPORT_KEY": "demo",
            **{f"CONFIRMATIONS__ON_STATUS__{status}": template for status, template in named.items()},
        }


@asynccontextmanager
async def neighbourhood(
    folder: Path, *, imap_port: int = 0, submission_port: int = 0, smtp_port: int = 0, crm_port: int = 0
) -> AsyncIterator[Neighbourhood]:
    """Start all neighbours; the worker's journal goes into `folder`. Ports of 0 are chosen free.

    Raises PermanentFailure where another program has one of the ports.
    """
    for port in (imap_port, submission_port, smtp_port, crm_port):
        _must_be_free(port)
    mail = MailSandbox(username=ADDRESS, imap_port=imap_port, submission_port=submission_port, smtp_port=smtp_port)
    dns = EmbeddedDnsServer(Zone(resources.files("mailsync.demo").joinpath("zone.txt").read_text(encoding="utf-8")))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(mail)
        crm = await stack.enter_async_context(serve(port=crm_port))
        await dns.start()
        stack.push_async_callback(dns.stop)
        fields = {definition.name: definition.id for definition in crm.sandbox.account.fields["leads"].values()}
        environment = {
            "MAILSYNC_MAILBOX__HOST": mail.host,
            "MAILSYNC_MAILBOX__PORT": str(mail.imap_port),
            "MAILSYNC_MAILBOX__CA_FILE": str(mail.ca_file),
            "MAILSYNC_MAILBOX__USERNAME": mail.username,
            "MAILSYNC_MAILBOX__PASSWORD": mail.password,
            "MAILSYNC_SMTP__HOST": mail.host,
            "MAILSYNC_SMTP__PORT": str(mail.submission_port),
            "MAILSYNC_SMTP__CA_FILE": str(mail.ca_file),
            "MAILSYNC_AMOCRM__BASE_URL": crm.base_url,
            "MAILSYNC_AMOCRM__LONG_LIVED_TOKEN": crm.sandbox.long_lived_token,
            "MAILSYNC_AMOCRM__REQUESTS_PER_SECOND": "7",
            "MAILSYNC_AMOCRM__FIELDS__REFERENCE": str(fields["Номер заявки"]),
            "MAILSYNC_AMOCRM__FIELDS__SERVICE_STATUS": str(fields["Статус сервиса"]),
            "MAILSYNC_AMOCRM__FIELDS__MAINTENANCE_DATE": str(fields["Дата ТО"]),
            "MAILSYNC_JOURNAL__URL": f"sqlite:///{folder / 'mailsync.db'}",
            "MAILSYNC_DNS__RESOLVER": f"127.0.0.1:{dns.port}",
            "MAILSYNC_DNS__PROFILE": "",
            "MAILSYNC_AUTHENTICATION__VERIFY_DKIM": "false",
            "MAILSYNC_WEB__HOST": "127.0.0.1",
        }
        yield Neighbourhood(mail, crm.sandbox, crm.base_url, environment)


def _must_be_free(port: int) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise PermanentFailure(
                f"port {port} of 127.0.0.1 cannot be used: {error.strerror}",
                cure="stop the program that has it (another demo or sandbox?), or choose other ports: see --help",
            ) from error


def sample_letters() -> list[tuple[str, bytes]]:
    """The demo's letters by file name, in the order in which they arrive."""
    folder = resources.files("mailsync.demo") / "letters"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".eml")), key=lambda item: item.name)
    return [(item.name, item.read_bytes()) for item in files]
