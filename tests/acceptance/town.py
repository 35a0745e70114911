"""Real Dovecot and Postfix, the AmoCRM sandbox on a socket, and the worker as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from crm.sandbox.sandbox import Sandbox
from crm.sandbox.server import serve
from tests.leaks import leaks
from tests.servers.mail import RealMailServers

RUN_SECONDS = 120


@dataclass
class Finished:
    """A process that has ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Town:
    mail: RealMailServers
    crm: Sandbox
    environment: dict[str, str]

    async def start(self, *arguments: str, **more: str) -> asyncio.subprocess.Process:
        """`mailsync ARGUMENTS` as a process of its own; `more` are further settings, without their prefix."""
        variables = {f"MAILSYNC_{name}": value for name, value in more.items()}
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mailsync", *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=os.environ | self.environment | variables,
        )  # fmt: skip

    async def mailsync(self, *arguments: str, **more: str) -> Finished:
        process = await self.start(*arguments, **more)
        async with asyncio.timeout(RUN_SECONDS):
            out, err = await process.communicate()
        assert process.returncode is not None
        assert not leaks(err.decode())
        return Finished(process.returncode, out.decode(), err.decode())

    def confirmed(self) -> Counter[str]:
        """How many letters of ours each person has."""
        people = [address for address in self.mail.addresses() if address != self.mail.user]
        counts = Counter({address: len(self.mail.other_mailbox(address)) for address in people})
        return +counts

    def leads_by_reference(self) -> Counter[str]:
        """How many leads carry each reference (D1 of the fault plan: none more than one)."""
        return Counter(lead.name.split()[1].rstrip(":") for lead in self.crm.leads.values())


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    """Everything started; the journal lives in `folder`."""
    with RealMailServers() as mail:
        async with serve() as running:
            environment = {
                "MAILSYNC_MAILBOX__HOST": mail.host,
                "MAILSYNC_MAILBOX__PORT": str(mail.imap_port),
                "MAILSYNC_MAILBOX__CA_FILE": str(mail.ca_file),
                "MAILSYNC_MAILBOX__USERNAME": mail.user,
                "MAILSYNC_MAILBOX__PASSWORD": mail.password,
                "MAILSYNC_SMTP__HOST": mail.host,
                "MAILSYNC_SMTP__PORT": str(mail.smtp_port),
                "MAILSYNC_SMTP__CA_FILE": str(mail.ca_file),
                "MAILSYNC_OWN__ADDRESSES": "zakaz@tdrusstankosbyt.ru",
                "MAILSYNC_AMOCRM__BASE_URL": running.base_url,
                "MAILSYNC_AMOCRM__LONG_LIVED_TOKEN": running.sandbox.long_lived_token,
                "MAILSYNC_AMOCRM__SETTLE_SECONDS": "1",
                "MAILSYNC_AUTHENTICATION__VERIFY_DKIM": "false",
                "MAILSYNC_JOURNAL__URL": f"sqlite:///{folder / 'mailsync.db'}",
                "MAILSYNC_WEB__HOST": "127.0.0.1",
                "MAILSYNC_WEB__PORT": "0",
                "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            }
            yield Town(mail, running.sandbox, environment)


def sender_of(raw: bytes) -> str:
    """The envelope sender that the letter came with."""
    path = message_from_bytes(raw, policy=default)["Return-Path"]
    return str(path or "").strip().strip("<>")
