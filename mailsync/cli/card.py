"""A letter's reading and plan as a card for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mailsync.deciding.effects import AddNote, CreateLead, Effect, SendConfirmation, UploadFile
from mailsync.deciding.notes import machine_line
from mailsync.deciding.plan import Plan
from mailsync.reading.model import Item, Order, Reading

COLOURS = {"order": "green", "service": "cyan", "message": "blue", "auto_reply": "dim", "bounce": "red", "bulk": "dim"}


def card(name: str, reading: Reading, plan: Plan) -> Panel:
    """Kind and why, contact, machines, items with their source, what would be done."""
    kind = reading.kind.value
    return Panel(
        Group(*_rows(reading, plan)), title=Text(f"{name}: {kind}"), title_align="left", border_style=COLOURS[kind]
    )


def _rows(reading: Reading, plan: Plan) -> Iterator[RenderableType]:
    message, order = reading.message, reading.order or Order()
    facts = Table.grid(padding=(0, 2))
    sender = f"{message.sender.name or ''} <{message.sender.address}>".strip() if message.sender else "?"
    contact = order.contact
    for label, value in (
        ("from", sender),
        ("subject", message.subject),
        ("name", contact.name),
        ("company", " ".join(part for part in (contact.company, contact.inn and f"ИНН {contact.inn}") if part)),
        ("reach", ", ".join((*contact.phones, *contact.emails, *((contact.telegram,) if contact.telegram else ())))),
        ("machines", "; ".join(map(machine_line, order.equipment))),
        ("files", ", ".join(one.filename for one in message.attachments if not one.inline)),
    ):
        if value:
            facts.add_row(Text(label, style="dim"), Text(value))
    yield facts
    if order.items:
        yield _items(order.items)
    yield Text("would do", style="bold")
    for line in [*map(_step, plan.effects)] or [f"nothing: {plan.ignored}"]:
        yield Text(f"  {line}")
    yield Text("why", style="bold")
    for reason in plan.reasons:
        yield Text(f"  {reason}")


def _items(items: tuple[Item, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("#", "item", "number", "quantity", "sure", "read from"):
        table.add_column(column)
    for number, item in enumerate(items, 1):
        place = item.source if not item.fragment else f"{item.source}: {' '.join(item.fragment.split())[:60]}"
        table.add_row(
            str(number), Text(item.name), Text(item.part_number or ""), f"{item.quantity:g} {item.unit}",
            f"{item.confidence:.0%}", Text(place, style="dim"),
        )  # fmt: skip
    return table


def _step(effect: Effect) -> str:
    match effect:
        case CreateLead():
            return f"create lead «{effect.name}», tags: {', '.join(effect.tags)}"
        case AddNote():
            return f"add a note ({len(effect.text)} characters)"
        case UploadFile():
            return f"upload {effect.filename} ({effect.size} bytes)"
        case SendConfirmation():
            return f"send a confirmation to {effect.to}"
    return effect.action.replace("_", " ")
