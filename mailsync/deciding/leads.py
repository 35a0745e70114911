"""The lead of a request, whatever way the request came by."""

from __future__ import annotations

from mailsync.deciding.effects import CreateLead, NewCompany, NewContact
from mailsync.deciding.facts import Facts
from mailsync.reading.model import Order


def lead_of(
    order: Order,
    facts: Facts,
    *,
    reference: str,
    name: str,
    tags: tuple[str, ...],
    contact: NewContact | None,
    trusted: bool = True,
    telegram_id: str | None = None,
) -> CreateLead:
    """A new lead on the known contact and company, or with new ones; `trusted` False ties it to neither."""
    asking, company = order.contact, None
    if trusted and asking.company and not facts.company_id and not facts.contact:
        company = NewCompany(name=asking.company, inn=asking.inn)
    machine = order.equipment[0] if order.equipment else None
    return CreateLead(
        reference=reference,
        name=name,
        tags=tags,
        contact_id=facts.contact.id if facts.contact else None,
        contact=contact if trusted else None,
        company_id=facts.company_id if not facts.contact else None,
        company=company,
        serial_number=machine.serial_number if machine else None,
        equipment_model=machine.model if machine else None,
        telegram_id=telegram_id,
    )
