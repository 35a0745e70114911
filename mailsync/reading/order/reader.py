"""A message in, what it asks for out."""

from __future__ import annotations

from mailsync.reading.model import Item, Machine, Message, Order, ReadingContext
from mailsync.reading.order.attached import AttachedFinding, read_attached
from mailsync.reading.order.contact.phones import without_phones
from mailsync.reading.order.contact.reader import read_contact
from mailsync.reading.order.equipment.machines import find_mentions, merged, read_machines
from mailsync.reading.order.finding import OrderFinding, Signals
from mailsync.reading.order.items.intent import asks, refuses
from mailsync.reading.order.items.merge import is_machine, merged_items, without_vague
from mailsync.reading.order.items.tables import as_fields, read_table
from mailsync.reading.order.items.text import read_text
from mailsync.reading.order.rows import without_table_rows
from mailsync.reading.order.transliteration import is_transliterated, to_russian
from mailsync.reading.order.wording import comparable, is_cut, tidy


def read_order(message: Message, context: ReadingContext) -> OrderFinding:
    """Contact, machines and items of a letter; never raises for what a letter contains."""
    body = tidy(message.new_text)
    subject = tidy(message.subject)
    if is_transliterated(body):
        body, subject = to_russian(body), to_russian(subject)
    fields = [line for table in message.tables for line in as_fields(table)]
    tables = [read_table(table) for table in message.tables if not as_fields(table)]
    prose = "\n".join([without_table_rows(body, message.tables), *fields])
    text = read_text(without_phones(prose))
    attached = read_attached(message) if context.documents else AttachedFinding()
    sources = [list(text.items), [item for table in tables for item in table.items], *attached.sources]
    items = without_vague(merged_items(sources))
    if not items and not message.in_reply_to:
        items = list(read_text(subject, "тема", asked=asks(body)).items)
    known = [*text.machines, *(machine for table in tables for machine in table.machines)]
    around = ["\n".join(table.loose) for table in tables]
    named = [machine for text in (subject, without_phones(prose), *around) for machine in read_machines(text)]
    machines = merged([*known, *_not_bought([*named, *attached.machines], items)])
    words = "\n".join([_own_words(message), *fields])
    contact, reasons = read_contact(message, context, words, attached.texts)
    signals = Signals(
        items_with_quantity=text.explicit + sum(len(table.items) for table in tables),
        asks=asks(body) or asks(subject),
        declines=refuses(body),
        form=text.form,
        document_items=sum(len(source) for source in attached.sources),
    )
    if is_cut(message.new_text):
        reasons = [*reasons, "письмо очень длинное, прочитано его начало"]
    return OrderFinding(Order(contact, tuple(machines), tuple(items)), (*reasons, *attached.reasons), signals)


def _own_words(message: Message) -> str:
    """The author's text without the forwarded letter that `new_text` ends with: its people are not the contact."""
    text, forwarded = tidy(message.new_text), tidy(message.forwarded).strip()
    at = text.rfind(forwarded) if forwarded else -1
    return text[:at] if at > 0 else text


def _not_bought(found: list[Machine], items: list[Item]) -> list[Machine]:
    """Machines that are named, those that are themselves bought left out."""
    machines = [item for item in items if is_machine(item)]
    bought = {comparable(mention.model) for item in machines for mention in find_mentions(item.name)}
    bought |= {comparable(item.part_number) for item in items if item.part_number}
    bought |= {comparable(item.part_number) for item in machines if item.part_number}
    return [machine for machine in found if machine.serial_number or comparable(machine.model or "") not in bought]
