"""`mailsync doctor`: tries each neighbour and prints what to do about each failure."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from rich.console import Console
from rich.text import Text

from mailsync.cli.checks import Check, Verdict, examine
from mailsync.cli.command import settings

SIGNS = {Verdict.OK: ("✓", "green"), Verdict.WARNING: ("!", "yellow"), Verdict.CRITICAL: ("✗", "bold red")}


def add_parser(subparsers: Any, summary: str) -> None:
    parser = subparsers.add_parser("doctor", help=summary, description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0: all is well; 1: warnings; 2: something keeps letters from becoming leads."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    config = settings(options)
    console, worst = Console(highlight=False, soft_wrap=True), Verdict.OK
    async for check in examine(config):
        worst = max(worst, check.verdict)
        if options.json:
            print(json.dumps(_as_json(check), ensure_ascii=False), flush=True)
            continue
        sign, colour = SIGNS[check.verdict]
        console.print(Text(f"{sign} {check.neighbour:<10}", style=colour) + Text(check.said))
        if check.cure:
            console.print(Text(f"             → {check.cure}"))
    return int(worst)


def _as_json(check: Check) -> dict[str, str]:
    verdict = check.verdict.name.lower()
    return {"neighbour": check.neighbour, "verdict": verdict, "said": check.said, "cure": check.cure}
