"""`mailsync run [--once]`."""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
from collections.abc import Mapping
from typing import Any

from mailsync import logs
from mailsync.cli.command import settings
from mailsync.config import Config
from mailsync.single import only_worker


def add_parser(subparsers: Any, summary: str) -> None:
    parser = subparsers.add_parser("run", help=summary, description="The worker and the web endpoint.")
    parser.add_argument("--once", action="store_true", help="do all that is due, start no web server, exit")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0: all done; 1: something waits or is parked; 2: cannot start or cannot fetch."""
    config = settings(options)
    logs.configure()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold passwords and letters
    with only_worker(config.journal.url):
        return asyncio.run(_once(config) if options.once else _forever(config))


async def _once(config: Config) -> int:
    from mailsync.app import open_worker, until_signal  # noqa: PLC0415 - heavy; --help and errors in settings come fast

    async with until_signal() as stop, open_worker(config) as worker:
        work = asyncio.create_task(worker.run_once())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([work, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not work.done():
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await worker.come_to_rest()
            return 1
        status = work.result()
        if sys.stdout.isatty():
            _tell(await worker.journal.desk.counts())
        return status


def _tell(counts: Mapping[str, int]) -> None:
    """Where everything stands, for whoever watches."""
    print(", ".join(f"{count} {state}" for state, count in counts.items()))
    for state in ("waiting", "parked"):
        if counts[state]:
            print(f"  → mailsync journal list --state {state}")


async def _forever(config: Config) -> int:
    from mailsync.app import open_endpoint, open_worker, until_signal  # noqa: PLC0415

    async with until_signal() as stop, open_worker(config) as worker:
        async with open_endpoint(config, worker):
            work, asked = asyncio.create_task(worker.run(stop)), asyncio.create_task(stop.wait())
            await asyncio.wait([work, asked], return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
        await work  # it comes to rest while the endpoint closes: both together have the ten seconds
    return 0
