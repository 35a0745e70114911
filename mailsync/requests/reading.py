"""What an ingest request says, read by the same rules as a letter (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from mailsync.reading.model import Contact, Item, Kind, Machine, Order, Own, Reading
from mailsync.reading.order.contact.inn import is_valid
from mailsync.reading.order.contact.phones import choose_phones
from mailsync.reading.order.equipment.machines import find_mentions
from mailsync.reading.order.items.units import read_unit
from mailsync.reading.order.wording import squeeze
from mailsync.requests import schema
from mailsync.requests.schema import IngestRequest

PIECES = "шт"


@dataclass(frozen=True, slots=True)
class Understood:
    """A request as deciding needs it; `unread` are values of the contact that could not be understood, as written."""

    kind: Kind
    order: Order
    unread: tuple[str, ...] = ()


def as_letter(comment: str) -> bytes:
    """The comment as a plain letter, for the reader of letters."""
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = "Комментарий"  # octets without sender and subject are not taken for a letter
    letter.set_content(comment, charset="utf-8", cte="base64")
    return letter.as_bytes()


def understand(request: IngestRequest, spoken: Reading | None, own: Own) -> Understood:
    """The request's fields come first; what the comment says (`spoken`) fills the gaps."""
    said = (spoken.order if spoken else None) or Order()
    items = tuple(map(_item, request.items)) or said.items
    machine = _machine(request)
    contact, unread = _contact(request, said.contact, own)
    order = Order(contact, (machine,) if machine else said.equipment, items)
    kind = Kind(request.kind) if request.kind else _kind(order, spoken)
    return Understood(kind, order, unread)


def _kind(order: Order, spoken: Reading | None) -> Kind:
    if order.items:
        return Kind.ORDER
    if spoken and spoken.kind in {Kind.ORDER, Kind.SERVICE}:
        return spoken.kind
    return Kind.SERVICE if order.equipment else Kind.MESSAGE


def _contact(request: IngestRequest, said: Contact, own: Own) -> tuple[Contact, tuple[str, ...]]:
    given, unread = request.contact, []
    phones = choose_phones([given.phone], own.phones) if given.phone else ()
    if given.phone and not phones:
        unread.append(f"телефон: {given.phone}")
    inn = "".join(given.inn.split()) if given.inn else ""
    if given.inn and not is_valid(inn):
        unread.append(f"ИНН: {given.inn}")
        inn = ""
    email = given.email.lower() if given.email else ""
    addresses = dict.fromkeys((*((email,) if email and not own.is_own(email) else ()), *said.emails))
    numbers = {number.partition(";")[0]: number for number in (*reversed(said.phones), *reversed(phones))}
    contact = Contact(
        name=given.name or said.name,
        company=given.company or said.company,
        inn=inn or said.inn,
        phones=tuple(reversed(numbers.values())),
        emails=tuple(addresses),
        telegram=said.telegram,
    )
    return contact, tuple(unread)


def _machine(request: IngestRequest) -> Machine | None:
    model, serial = request.equipment.model, request.equipment.serial_number
    if not model and not serial:
        return None
    return Machine(_model(model) if model else None, squeeze(serial) if serial else None)


def _model(text: str) -> str:
    """As a letter's model is written: Cyrillic for look-alikes; what is not recognised stays as it is."""
    mentions = find_mentions(text)
    return mentions[0].model if len(mentions) == 1 else squeeze(text)


def _item(item: schema.Item) -> Item:
    unit = item.unit or PIECES
    return Item(
        name=squeeze(item.name or item.part_number or ""),
        part_number=squeeze(item.part_number) if item.part_number else None,
        quantity=item.quantity,
        unit=read_unit(unit) or unit,
    )
