"""Letters a second over IMAP and SMTP, against private Dovecot and Postfix on this machine. Run as root:

    python -m benchmarks.mail [LETTERS]

Each peer is the library alone in its documented use, and reads the same letters over TLS, connection included.
"""

from __future__ import annotations

import asyncio
import ssl
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import aioimaplib
import aiosmtplib
import imap_tools
from rich.console import Console
from rich.progress import track
from rich.table import Table

from mailsync.imap import ImapMailbox, ImapSettings
from mailsync.ports import Envelope
from mailsync.smtp import SmtpSettings, SmtpSubmission
from tests.servers.mail import RealMailServers

ROUNDS = 3
BODY = b"line of a letter that says what is wanted, in some seventy octets or so\r\n"


def letter(number: int, size: int) -> bytes:
    head = b"From: ivanov@client.test\r\nMessage-ID: <%d@client.test>\r\nSubject: request %d\r\n\r\n" % (number, number)
    return head + BODY * (size // len(BODY))


class ImapBench:
    """One mailbox with `count` letters of about `size` octets."""

    def __init__(self, servers: RealMailServers, count: int, size: int) -> None:
        self.servers = servers
        self.count = count
        self.address = servers.dovecot.new_address()
        self.octets = 0
        for number in track(range(count), f"delivering {count} letters of {size} octets", transient=True):
            raw = letter(number, size)
            self.octets += len(raw)
            servers.dovecot.deliver(raw, self.address)

    async def mailsync(self) -> int:
        async with self.mailbox().connect() as session:
            uids = await session.uids_after(0)
            return sum([len(letter.raw) async for letter in session.fetch(uids)])

    def mailbox(self) -> ImapMailbox:
        return ImapMailbox(
            ImapSettings(
                host=self.servers.host,
                port=self.servers.imap_port,
                username=self.address,
                password=self.servers.password,
                ca_file=self.servers.ca_file,
            )
        )

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.servers.ca_file)

    async def imap_tools(self) -> int:
        return await asyncio.to_thread(self._imap_tools, 1)

    async def imap_tools_bulk(self) -> int:
        return await asyncio.to_thread(self._imap_tools, 50)

    def _imap_tools(self, bulk: int) -> int:
        box = imap_tools.MailBox(self.servers.host, self.servers.imap_port, ssl_context=self._context())
        with box.login(self.address, self.servers.password) as mailbox:
            found = mailbox.fetch(mark_seen=False, bulk=bulk if bulk > 1 else False)
            assert sum(1 for _ in found) == self.count
        return self.octets  # it keeps no octets to count, and making them again would not be its own work

    async def aioimaplib(self) -> int:
        client = aioimaplib.IMAP4_SSL(self.servers.host, self.servers.imap_port, ssl_context=self._context())
        await client.wait_hello_from_server()
        await client.login(self.address, self.servers.password)
        await client.select()
        octets = 0
        for uid in range(1, self.count + 1):
            response = await client.uid("fetch", str(uid), "(BODY.PEEK[])")
            octets += sum(len(line) for line in response.lines if isinstance(line, bytearray))
        await client.logout()
        return octets


async def imap_rates(bench: ImapBench, table: Table, size: str) -> None:
    contestants: dict[str, Callable[[], Awaitable[int]]] = {
        "mailsync": bench.mailsync,
        "imap-tools 1.16 (one by one, its default)": bench.imap_tools,
        "imap-tools 1.16 (bulk=50)": bench.imap_tools_bulk,
        "aioimaplib 2.0.3 alone": bench.aioimaplib,
    }
    await bench.mailsync()  # Dovecot's index is built at the first look
    for name, read in contestants.items():
        rates = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            octets = await read()
            rates.append(bench.count / (time.perf_counter() - start))
            assert octets == bench.octets, name
        table.add_row(f"fetch, {size}", name, *_told(rates))


class SmtpBench:
    """Letters to Postfix, `count` at a time; each round waits until the one before is delivered."""

    def __init__(self, servers: RealMailServers, count: int) -> None:
        self.servers = servers
        self.count = count
        self.customer = servers.dovecot.new_address()
        self.sent = 0

    async def mailsync(self) -> None:
        async def noted() -> None:
            """What the worker notes in its journal costs elsewhere."""

        submission = SmtpSubmission(
            SmtpSettings(
                host=self.servers.host,
                port=self.servers.smtp_port,
                username=self.servers.user,
                password=self.servers.password,
                ca_file=self.servers.ca_file,
            )
        )
        for number in range(self.count):
            await submission.submit(Envelope(self.servers.user, (self.customer,), letter(number, 2000)), noted)
        await submission.close()

    async def aiosmtplib(self) -> None:
        for number in range(self.count):
            await aiosmtplib.send(
                letter(number, 2000),
                sender=self.servers.user,
                recipients=[self.customer],
                hostname=self.servers.host,
                port=self.servers.smtp_port,
                username=self.servers.user,
                password=self.servers.password,
                cert_bundle=str(self.servers.ca_file),
                use_tls=True,
            )

    async def smtp_source(self) -> None:
        where = f"127.0.0.1:{self.servers.incoming_port}"
        arguments = ["-d", "-s", "1", "-m", str(self.count), "-l", "2000", "-f", self.servers.user, "-t", self.customer]
        process = await asyncio.create_subprocess_exec("smtp-source", *arguments, where)
        assert await process.wait() == 0

    async def delivered(self) -> None:
        self.sent += self.count
        await asyncio.to_thread(self.servers.dovecot.wait_for_letters, self.customer, self.sent, timeout=120)


async def smtp_rates(bench: SmtpBench, table: Table) -> None:
    contestants: dict[str, Callable[[], Awaitable[None]]] = {
        "mailsync (TLS, AUTH, one connection)": bench.mailsync,
        "aiosmtplib 5.1 alone (its send(): a connection each)": bench.aiosmtplib,
        "smtp-source (no TLS, no AUTH, one connection)": bench.smtp_source,
    }
    for name, send in contestants.items():
        rates = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            await send()
            rates.append(bench.count / (time.perf_counter() - start))
            await bench.delivered()
        table.add_row(f"submit {bench.count} of 2 KB", name, *_told(rates))


def _told(rates: list[float]) -> tuple[str, str]:
    return f"{statistics.median(rates):,.0f}", f"{min(rates):,.0f}–{max(rates):,.0f}"


async def idle_latency(servers: RealMailServers, count: int) -> list[float]:
    """Milliseconds from the delivery into the Maildir until IDLE wakes."""
    bench = ImapBench(servers, 0, 0)
    woke = []
    async with bench.mailbox().connect() as session:
        await session.uids_after(0)
        for number in range(count):
            waiting = asyncio.create_task(session.wait(30))
            await asyncio.sleep(0.05)
            start = time.perf_counter()
            servers.dovecot.deliver_lmtp(letter(number, 500), bench.address)
            assert await waiting
            woke.append((time.perf_counter() - start) * 1000)
            await session.uids_after(0)
    return woke


async def main(count: int) -> None:
    table = Table("work", "by", "letters/s (median)", f"range of {ROUNDS}")
    with RealMailServers() as servers:
        await imap_rates(ImapBench(servers, count, 2_000), table, f"{count} of 2 KB")
        await imap_rates(ImapBench(servers, max(count // 20, 5), 300_000), table, f"{max(count // 20, 5)} of 300 KB")
        await smtp_rates(SmtpBench(servers, min(count, 200)), table)
        woke = await idle_latency(servers, 20)
    console = Console()
    console.print(table)
    median, worst = statistics.median(woke), max(woke)
    console.print(f"IDLE woke {median:.0f} ms after LMTP began (median of {len(woke)}, worst {worst:.0f})")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
