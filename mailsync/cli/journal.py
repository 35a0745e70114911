"""`mailsync journal list | show | retry | settle | dismiss | balance | erase`."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.table import Table
from rich.text import Text

from mailsync.cli.command import complain, settings, wide_console
from mailsync.config import Config
from mailsync.journal.journal import Journal
from mailsync.journal.records import EffectRow, Entry, Event, State

COLUMNS = {"reference": 10, "received": 11, "kind": 10, "state": 7, "lead": 8, "from": 8, "subject": 8}  # widths
REFERENCES_SHOWN = 8  # of those that one reason stands for
COLOURS = {State.DONE: "green", State.IGNORED: "dim", State.WAITING: "yellow", State.PARKED: "bold red"}


def add_parser(subparsers: Any, summary: str) -> None:
    parser = subparsers.add_parser("journal", help=summary, description="Everything that came in, and how it stands.")
    commands = parser.add_subparsers(dest="journal_command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="entries, newest first")
    listing.add_argument("--state", choices=[state.value for state in State], action="append", default=[])
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=lambda options: asyncio.run(_list(options, settings(options))))
    show = commands.add_parser("show", help="one entry with its effects and history")
    retry = commands.add_parser("retry", help="try parked or waiting entries again at once")
    settle = commands.add_parser("settle", help="a letter of unknown fate did arrive: go on")
    dismiss = commands.add_parser("dismiss", help="a parked entry can never be done: ignore it")
    for one, action in ((show, _show), (retry, _retry), (settle, _settle), (dismiss, _dismiss)):
        one.add_argument(
            "entry", nargs={retry: "*", dismiss: "+"}.get(one, 1), help="number, reference (RS-…) or Message-ID"
        )
        one.set_defaults(run=lambda options, action=action: asyncio.run(action(options, settings(options))))
    retry.add_argument("--all", action="store_true", help="every parked entry, but none with a letter of unknown fate")
    retry.add_argument("--send-again", action="store_true", help="with --all: those too; customers may get it twice")
    dismiss.add_argument("--reason", default="", help="why, for the journal")
    balance = commands.add_parser("balance", help="prove that nothing is lost: mailbox = stored = all states together")
    balance.set_defaults(run=lambda options: asyncio.run(_balance(options, settings(options))))
    erase = commands.add_parser("erase", help="forget a person: everything of this address or phone")
    erase.add_argument("person", help="an e-mail address or a phone number")
    erase.set_defaults(run=lambda options: asyncio.run(_erase(options, settings(options))))
    for one in (listing, show, retry, settle, dismiss, balance, erase):
        one.add_argument("--json", action="store_true", help="for programs: one JSON object a line")


async def _list(options: argparse.Namespace, config: Config) -> int:
    with Journal.open(config.journal.url) as journal:
        entries = await journal.desk.entries(states=[State(state) for state in options.state], limit=options.limit)
    if options.json:
        for entry in entries:
            print(json.dumps(_entry_json(entry), ensure_ascii=False))
        return 0
    _print(entries)
    return 0


def _print(entries: list[Entry]) -> None:
    """A line each, and below them each reason once, with the references that it stands for."""
    console = wide_console()
    if not entries:
        console.print("There is nothing to list.")
        return
    table = Table(box=None, pad_edge=False)
    for column, width in COLUMNS.items():
        table.add_column(column, overflow="ellipsis", no_wrap=True, min_width=width)
    reasons: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        table.add_row(
            entry.reference, f"{_moment(entry.received_at):%d.%m %H:%M}", entry.kind or entry.source,
            Text(entry.state, style=COLOURS[entry.state]), str(entry.lead_id or ""),
            Text(entry.sender or ""), Text(entry.subject or ""),
        )  # fmt: skip
        if entry.reason:
            reasons.setdefault((entry.reason, entry.cure), []).append(entry)
    console.print(table)
    for (reason, cure), those in reasons.items():
        console.print(Text(f"\n{_named(those)}", style="bold"))
        console.print(Text(f"  {reason}"))
        if cure:
            console.print(Text(f"  → {cure}"))


def _named(entries: list[Entry]) -> str:
    """The references of entries that share a reason, and when the first of them is tried again."""
    names = ", ".join(entry.reference for entry in entries[:REFERENCES_SHOWN])
    more = f" and {len(entries) - REFERENCES_SHOWN} more" if len(entries) > REFERENCES_SHOWN else ""
    due = min((entry.due_at for entry in entries if entry.state is State.WAITING), default=None)
    return f"{names}{more}" + (f", next try {_moment(due):%d.%m %H:%M:%S}" if due else "")


async def _show(options: argparse.Namespace, config: Config) -> int:
    with Journal.open(config.journal.url) as journal:
        entry = await journal.desk.find(options.entry[0])
        if entry is None:
            complain(f"There is no entry {options.entry[0]}.", "  → mailsync journal list")
            return 1
        effects = await journal.work.effects(entry.id)
        history = await journal.desk.history(entry.id)
        reasons = await journal.desk.reasons(entry.id)
    if options.json:
        whole = _entry_json(entry) | {
            "reasons": reasons,
            "effects": [_effect_json(row) for row in effects],
            "history": [_event_json(event) for event in history],
        }
        print(json.dumps(whole, ensure_ascii=False))
        return 0
    console = wide_console()
    console.print(Text(f"{entry.reference}  #{entry.id}  {entry.state}", style=COLOURS[entry.state]))
    for label, value in (("from", entry.sender), ("subject", entry.subject), ("kind", entry.kind),
                         ("lead", entry.lead_id), ("reason", entry.reason), ("cure", entry.cure)):  # fmt: skip
        if value:
            console.print(Text(f"  {label:<8}{value}"))
    for title, lines in (
        ("Why", reasons),
        ("Effects", [f"{row.effect.action:<20}{row.state:<10}{row.outside_id or ''}" for row in effects]),
        ("History", [f"{_moment(event.at):%d.%m %H:%M:%S}  {event.name}  {event.detail}" for event in history]),
    ):
        console.print(Text(title, style="bold"))
        for line in lines:
            console.print(Text(f"  {line}"))
    return 0


async def _retry(options: argparse.Namespace, config: Config) -> int:
    with Journal.open(config.journal.url) as journal:
        names = list(options.entry)
        if options.all:
            parked = await journal.desk.entries(states=[State.PARKED], limit=100_000)
            left = frozenset() if options.send_again else await journal.desk.uncertain()
            names += [str(entry.id) for entry in parked if entry.id not in left]
            if kept := [entry.reference for entry in parked if entry.id in left]:
                complain(
                    f"{len(kept)} with a letter of unknown fate are left as they are: {', '.join(kept[:20])}",
                    "  → mailsync journal settle (it arrived), or retry --all --send-again",
                )
        return await _each(options, journal, names, journal.desk.retry)


async def _settle(options: argparse.Namespace, config: Config) -> int:
    with Journal.open(config.journal.url) as journal:
        return await _each(options, journal, options.entry, journal.desk.settle)


async def _dismiss(options: argparse.Namespace, config: Config) -> int:
    with Journal.open(config.journal.url) as journal:
        dismiss = partial(journal.desk.dismiss, reason=options.reason)
        return await _each(options, journal, options.entry, dismiss, "is ignored from now on")


async def _each(
    options: argparse.Namespace, journal: Journal, names: list[str], action: Any, done: str = "will go on at once"
) -> int:
    failed = False
    for name in names:
        entry = await journal.desk.find(name)
        changed = entry is not None and await action(entry.id, time.time())
        failed |= not changed
        said = done if changed else "nothing to do for it" if entry else "there is no such entry"
        reference = entry.reference if entry else None
        print(
            json.dumps({"entry": name, "reference": reference, "changed": changed})
            if options.json
            else f"{name}: {said}"
        )
    return int(failed)


async def _balance(options: argparse.Namespace, config: Config) -> int:
    from mailsync.app import mailbox_of  # noqa: PLC0415 - only this command talks to the server

    with Journal.open(config.journal.url) as journal:
        async with mailbox_of(config).connect() as session:
            uids, validity = await session.all_uids(), session.state.uidvalidity
            balance = await journal.desk.balance(config.mailbox.folder, uids, validity)
    if options.json:
        names = ("mailbox", "stored", "done", "ignored", "waiting", "parked", "differences")
        print(json.dumps({name: getattr(balance, name) for name in names}))
    else:
        print(balance)
        if balance.differences:
            print("not stored, UIDs:", *balance.differences[:1000])
    return int(not balance.adds_up)


async def _erase(options: argparse.Namespace, config: Config) -> int:
    with Journal.open(config.journal.url) as journal:
        count = await journal.desk.erase(options.person, time.time())
    told = f"{count} entries of this person are forgotten here. AmoCRM and the mailbox keep theirs: erase there too."
    print(json.dumps({"erased": count}) if options.json else told)
    return 0


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone()


def _iso(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds") if seconds is not None else None


def _entry_json(entry: Entry) -> dict[str, Any]:
    waiting = entry.state is State.WAITING
    return {
        "id": entry.id, "reference": entry.reference, "source": entry.source, "key": entry.key,
        "received_at": _iso(entry.received_at), "state": entry.state, "reason": entry.reason, "cure": entry.cure,
        "due_at": _iso(entry.due_at) if waiting else None, "tries": entry.tries, "kind": entry.kind,
        "from": entry.sender, "subject": entry.subject, "message_id": entry.message_id,
        "lead_id": entry.lead_id, "contact_id": entry.contact_id,
    }  # fmt: skip


def _effect_json(row: EffectRow) -> dict[str, Any]:
    return {"action": row.effect.action, "state": row.state, "attempts": row.attempts,
            "attempted_at": _iso(row.attempted_at), "outside_id": row.outside_id}  # fmt: skip


def _event_json(event: Event) -> dict[str, Any]:
    return {"at": _iso(event.at), "name": event.name, "detail": event.detail}
