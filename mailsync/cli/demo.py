"""`mailsync demo [--once]`: embedded neighbours, sample letters, and the real worker against them."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from mailsync import logs
from mailsync.app import open_endpoint, open_worker, until_signal
from mailsync.cli.command import wide_console
from mailsync.demo.neighbourhood import ADDRESS, Neighbourhood, neighbourhood, sample_letters
from mailsync.demo.story import story
from mailsync.worker.assembly import Worker

REFRESH_SECONDS = 0.25


def add_parser(subparsers: Any, summary: str) -> None:
    parser = subparsers.add_parser("demo", help=summary, description=__doc__)
    parser.add_argument("--once", action="store_true", help="drain, print the table and the balance, exit")
    parser.add_argument("--smtp-port", type=int, default=2525, help="where your own letters are taken (default 2525)")
    parser.add_argument("--web-port", type=int, default=8901, help="where the endpoint is (default 8901)")
    parser.add_argument("--crm-port", type=int, default=8900, help="where the manager's page is (default 8900)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0; with --once 1 where the balance does not add up or a letter was left over."""
    logs.configure(quiet=True)
    with tempfile.TemporaryDirectory(prefix="mailsync-demo-") as folder:
        return asyncio.run(_once(Path(folder)) if options.once else _stay(Path(folder), options))


async def _once(folder: Path) -> int:
    console, started = wide_console(), time.monotonic()
    async with neighbourhood(folder) as around, open_worker(around.config()) as worker:
        await _deliver(around)
        status = await worker.run_once()
        console.print(await story(worker.journal))
        adds_up = await _print_sums(console, around, worker)
        console.print(f"{time.monotonic() - started:.1f} s")
        return int(status != 0 or not adds_up)


async def _stay(folder: Path, options: argparse.Namespace) -> int:
    console = wide_console()
    async with (
        neighbourhood(folder, smtp_port=options.smtp_port, crm_port=options.crm_port) as around,
        open_worker(config := around.config(**around.endpoint(options.web_port))) as worker,
        open_endpoint(config, worker) as web_port,
        until_signal() as stop,
    ):
        console.print(f"[bold]AmoCRM as a manager sees it[/]  {around.crm_url}/")
        console.print(f"[bold]Send a letter of your own[/]    SMTP 127.0.0.1:{around.mail.smtp_port}, to {ADDRESS}")
        console.print(
            f"  curl smtp://127.0.0.1:{around.mail.smtp_port} --mail-from you@firma.example "
            f"--mail-rcpt {ADDRESS} --upload-file letter.eml"
        )
        console.print("  Move a lead there to another status: its customer gets a letter (a row from webhook below).")
        console.print(f"[bold]The endpoint[/]                http://127.0.0.1:{web_port}/docs, keys: demo")
        console.print("Ctrl-C ends it; everything is forgotten then.\n")
        await _deliver(around)
        work = asyncio.create_task(worker.run(stop))
        with Live(await story(worker.journal), console=console, auto_refresh=False) as live:
            while not stop.is_set() and not work.done():
                live.update(await story(worker.journal), refresh=True)
                await asyncio.wait([work], timeout=REFRESH_SECONDS)
        await work
        await _print_sums(console, around, worker)
    return 0


async def _deliver(around: Neighbourhood) -> None:
    for _, raw in sample_letters():
        await around.mail.deliver(raw)


async def _print_sums(console: Console, around: Neighbourhood, worker: Worker) -> bool:
    """What the neighbours say that they got, beside the journal's balance."""
    async with worker.fetcher.mailbox.connect() as session:
        uids, validity = await session.all_uids(), session.state.uidvalidity
        balance = await worker.journal.desk.balance(worker.config.mailbox.folder, uids, validity)
    crm = around.crm
    console.print(
        f"\nAmoCRM: {len(crm.leads)} leads, {len(crm.contacts)} contacts, {len(crm.notes)} notes, "
        f"{len(crm.files)} files; sent: {len(around.mail.sink)} confirmations"
    )
    console.print(f"balance: {balance}", style="green" if balance.adds_up else "bold red")
    return balance.adds_up
