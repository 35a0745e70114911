"""A message in, what it asks for out."""

from __future__ import annotations

from mailsync.reading.model import Contact, Item, Machine, Message, Order, ReadingContext
from mailsync.reading.order.contact.reader import read_contact
from mailsync.reading.order.equipment.machines import merged, read_machines
from mailsync.reading.order.finding import OrderFinding, Signals
from mailsync.reading.order.items.intent import asks, refuses
from mailsync.reading.order.items.merge import merged_items
from mailsync.reading.order.items.tables import TableFinding, read_table
from mailsync.reading.order.items.text import read_text
from mailsync.reading.order.items.phrase import read_phrase
from mailsync.reading.order.rows import without_table_rows
from mailsync.reading.order.wording import tidy


def read_order(message: Message, context: ReadingContext) -> OrderFinding:
    """Contact, machines and items of a letter; never raises for what a letter contains."""
    body = tidy(message.new_text)
    subject = tidy(message.subject)
    forwarded = tidy(message.forwarded)
    tables = [read_table(table, asked=True) for table in message.tables]
    prose = without_table_rows(body, message.tables)
    text = read_text(prose)
    from_forward = read_text(forwarded, "forwarded") if forwarded else None
    sources = [list(text.items), [item for table in tables for item in table.items]]
    if from_forward is not None:
        sources.append(list(from_forward.items))
    items = merged_items(sources)
    machines = _machines([subject, body, forwarded], tables, [*text.machines], items)
    contact, reasons = read_contact(message, context, body, [])
    signals = Signals(
        items_with_quantity=text.explicit + sum(len(t.items) for t in tables),
        asks=asks(body) or asks(subject),
        declines=refuses(body),
        form=text.form,
    )
    return OrderFinding(Order(contact, tuple(machines), tuple(items)), tuple(reasons), signals)


def _machines(texts: list[str], tables: list[TableFinding], known: list[Machine], items: list[Item]) -> list[Machine]:
    found = list(known)
    for table in tables:
        found += table.machines
    for text in texts:
        found += read_machines(text)
    return merged(found)
