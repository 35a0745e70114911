"""A Reading as the JSON object of the order contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mailsync.reading.model import Attachment, Message, Order, Reading


def to_json(
    file: str, reading: Reading, plan: Sequence[Mapping[str, Any]] = (), reasons: Sequence[str] | None = None
) -> dict[str, Any]:
    """One line of `mailsync explain --json`; `reasons` are those of reading and deciding together."""
    return {
        "file": file,
        "message": _message(reading.message),
        "kind": reading.kind.value,
        "order": None if reading.order is None else _order(reading.order),
        "bounce": None
        if reading.bounce is None
        else {
            "recipients": list(reading.bounce.recipients),
            "permanent": reading.bounce.permanent,
            "status": reading.bounce.status,
            "reason": reading.bounce.reason,
            "original_message_id": reading.bounce.original_message_id,
        },
        "authentication": {"result": reading.authentication.result.value, "detail": reading.authentication.detail},
        "plan": [dict(step) for step in plan],
        "reasons": list(reading.reasons if reasons is None else reasons),
    }


def _message(message: Message) -> dict[str, Any]:
    sender = message.sender
    return {
        "message_id": message.message_id,
        "date": message.date.isoformat() if message.date else None,
        "subject": message.subject,
        "from": {"name": sender.name, "address": sender.address} if sender else None,
        "text": message.text,
        "new_text": message.new_text,
        "attachments": [_attachment(one) for one in message.attachments if not one.inline],
        "defects": list(message.defects),
    }


def _attachment(one: Attachment) -> dict[str, Any]:
    return {"filename": one.filename, "content_type": one.content_type, "size": one.size}


def _order(order: Order) -> dict[str, Any]:
    contact = order.contact
    return {
        "contact": {
            "name": contact.name,
            "company": contact.company,
            "inn": contact.inn,
            "phones": list(contact.phones),
            "emails": list(contact.emails),
            "telegram": contact.telegram,
        },
        "equipment": [{"model": one.model, "serial_number": one.serial_number} for one in order.equipment],
        "items": [
            {
                "name": one.name,
                "part_number": one.part_number,
                "quantity": one.quantity,
                "unit": one.unit,
                "confidence": one.confidence,
                "source": one.source,
                "fragment": one.fragment,
            }
            for one in order.items
        ],
    }
