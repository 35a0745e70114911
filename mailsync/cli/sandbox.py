"""`mailsync sandbox`: the demo's servers alone; prints the settings that point a worker at them."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import tempfile
from pathlib import Path
from typing import Any

from mailsync.app import until_signal
from mailsync.demo.neighbourhood import ADDRESS, neighbourhood


def add_parser(subparsers: Any, summary: str) -> None:
    parser = subparsers.add_parser("sandbox", help=summary, description=__doc__)
    for name, port in (("imap", 2993), ("submission", 2465), ("smtp", 2525), ("crm", 8900)):
        parser.add_argument(f"--{name}-port", type=int, default=port, help=f"default {port}; 0: any free one")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    return asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> int:
    ports = {name: getattr(options, name) for name in ("imap_port", "submission_port", "smtp_port", "crm_port")}
    with tempfile.TemporaryDirectory(prefix="mailsync-sandbox-") as folder:
        async with neighbourhood(Path(folder), **ports) as around, until_signal() as stop:
            print(f"# letters to {ADDRESS}: SMTP 127.0.0.1:{around.mail.smtp_port}; AmoCRM's page: {around.crm_url}/")
            for name, value in around.environment.items():
                print(f"export {name}={shlex.quote(value)}")
            print("# mailsync run", flush=True)
            await stop.wait()
    return 0
