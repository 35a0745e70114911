"""Messages made by hand for the tests of reading orders."""

from __future__ import annotations

import hashlib

from mailsync.reading.model import Address, Attachment, Message, ReadingContext, Table
from mailsync.reading.order.reader import read_order

US = Address("zakaz@our-shop.example")


def letter(
    text: str,
    *,
    subject: str = "",
    signature: str = "",
    display: str | None = None,
    address: str = "client@client.example",
    tables: tuple[Table, ...] = (),
    attachments: tuple[Attachment, ...] = (),
) -> Message:
    """A letter to us, taken apart."""
    return Message(
        message_id=None,
        in_reply_to=(),
        references=(),
        date=None,
        subject=subject,
        sender=Address(address, display),
        reply_to=(),
        to=(US,),
        cc=(),
        envelope_from=None,
        headers={},
        text=text,
        new_text=text,
        signature=signature,
        quoted="",
        forwarded="",
        tables=tables,
        attachments=attachments,
    )


def attachment(filename: str, content: bytes, content_type: str = "application/octet-stream") -> Attachment:
    """A file of a letter."""
    return Attachment(filename, content_type, content, hashlib.sha256(content).hexdigest())


def items_of(text: str, subject: str = "") -> list[tuple[str, str | None, float, str]]:
    """The items of a letter with this text as (name, part number, quantity, unit)."""
    order = read_order(letter(text, subject=subject), ReadingContext()).order
    return [(item.name, item.part_number, item.quantity, item.unit) for item in order.items]
