"""The demo's table: letter, kind, lead or note or reason, confirmation; taken from the journal, nothing else."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from mailsync.deciding.effects import AddNote, CreateLead, SendConfirmation
from mailsync.journal.journal import Journal
from mailsync.journal.records import EffectRow, EffectState, Entry, State

COLOURS = {State.DONE: "green", State.IGNORED: "dim", State.WAITING: "yellow", State.PARKED: "bold red"}


async def story(journal: Journal, limit: int = 40) -> Table:
    """One row a letter, oldest first."""
    table = Table(title="letter → kind → AmoCRM → confirmation", title_justify="left", box=None, pad_edge=False)
    for column in ("#", "from", "subject", "kind", "in AmoCRM", "confirmation", "state"):
        table.add_column(column, overflow="ellipsis", no_wrap=True, max_width=44)
    for entry in reversed(await journal.desk.entries(limit=limit)):
        effects = await journal.work.effects(entry.id)
        table.add_row(
            str(entry.id), Text(entry.sender or entry.source), Text(entry.subject or ""), entry.kind or "…",
            Text(_in_crm(entry, effects)), _confirmation(effects), Text(entry.state, style=COLOURS[entry.state]),
        )  # fmt: skip
    return table


def _in_crm(entry: Entry, effects: list[EffectRow]) -> str:
    if entry.reason:
        return entry.reason
    made = [row for row in effects if row.state is EffectState.DONE]
    if any(isinstance(row.effect, CreateLead) for row in made):
        return f"lead {entry.lead_id}, contact {entry.contact_id or '–'}"
    notes = [row.effect for row in made if isinstance(row.effect, AddNote)]
    waiting = "…" if entry.state is State.WAITING else "–"
    return ", ".join(f"note on {note.entity[:-1]} {note.entity_id}" for note in notes) or waiting


def _confirmation(effects: list[EffectRow]) -> str:
    letter = next((row for row in effects if isinstance(row.effect, SendConfirmation)), None)
    if letter is None:
        return "–"
    return {EffectState.DONE: "sent", EffectState.UNCERTAIN: "uncertain", EffectState.DROPPED: "refused"}.get(
        letter.state, "…"
    )
