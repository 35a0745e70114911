"""`mailsync explain FILE…`: what would be done with these letters, and why; no network, no journal."""

from __future__ import annotations

import argparse
import json
import mailbox
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from mailsync.cli.card import card
from mailsync.cli.command import complain, settings
from mailsync.config import Config
from mailsync.deciding.facts import Facts, Identity
from mailsync.deciding.plan import Plan, decide
from mailsync.deciding.reference import reference
from mailsync.isolation import ReaderPool
from mailsync.journal.intake import letter_key
from mailsync.reading.contract import to_json
from mailsync.reading.model import Reading
from mailsync.worker.assembly import reading_context, rules_of

MBOX_START = b"From "
READ_AHEAD = 64


def add_parser(subparsers: Any, summary: str) -> None:
    parser = subparsers.add_parser("explain", help=summary, description=__doc__)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="letters (.eml), folders of them, an mbox, - for stdin"
    )
    parser.add_argument("--json", action="store_true", help="for programs: one JSON object a line")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0; 1 where a file could not be opened, after all others were explained."""
    config = settings(options)
    problems: list[str] = []
    letters = list(_letters(options.files, problems))
    pool = ReaderPool(
        workers=config.reading.processes, seconds=config.reading.seconds, megabytes=config.reading.megabytes
    )
    try:
        _explain(letters, pool, config, as_json=options.json)
    finally:
        pool.close()
    if problems:
        complain(*problems)
    return int(bool(problems))


def _explain(letters: list[tuple[str, bytes]], pool: ReaderPool, config: Config, *, as_json: bool) -> None:
    context, console = reading_context(config), Console(highlight=False)
    shown: Iterable[tuple[str, bytes]] = letters
    if as_json and sys.stderr.isatty() and len(letters) > READ_AHEAD:
        shown = track(letters, "Reading", console=Console(stderr=True))
    with ThreadPoolExecutor(config.reading.processes) as threads:
        source = iter(shown)
        while some := list(islice(source, READ_AHEAD)):
            readings = threads.map(lambda letter: pool.read_now(letter[1], context), some)
            for (name, raw), reading in zip(some, readings, strict=True):
                plan = _plan(raw, reading, config)
                if as_json:
                    steps = [effect.model_dump(mode="json", exclude_none=True) for effect in plan.effects]
                    print(json.dumps(to_json(name, reading, steps, plan.reasons), ensure_ascii=False))
                else:
                    console.print(card(name, reading, plan))


def _plan(raw: bytes, reading: Reading, config: Config) -> Plan:
    """The plan as for a letter of somebody unknown, with a reference like the real one."""
    name = reference(letter_key(raw))
    domain = config.mailbox.username.rpartition("@")[2]
    identity = Identity(name, lambda purpose: f"<{name}.{purpose}@{domain}>")
    return decide(reading, Facts(), identity, rules_of(config), reading_context(config).own)


def _letters(names: Iterable[str], problems: list[str]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        try:
            if name == "-":
                yield name, sys.stdin.buffer.read()
            elif Path(name).is_dir():
                for path in sorted(Path(name).rglob("*.eml")):
                    yield str(path), path.read_bytes()
            else:
                yield from _of_file(name)
        except OSError as error:
            problems.append(f"{name}: {error.strerror}")


def _of_file(name: str) -> Iterator[tuple[str, bytes]]:
    content = Path(name).read_bytes()
    if not content.startswith(MBOX_START):
        yield name, content
        return
    box = mailbox.mbox(name, create=False)
    for number, key in enumerate(box.iterkeys(), 1):
        yield f"{name}:{number}", box.get_bytes(key)
