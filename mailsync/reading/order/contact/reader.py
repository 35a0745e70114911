"""The contact of a letter, from signature, text, headers and documents."""

from __future__ import annotations

from mailsync.reading.model import Contact, Message, ReadingContext
from mailsync.reading.order.contact.company import choose_company
from mailsync.reading.order.contact.emails import choose_emails
from mailsync.reading.order.contact.inn import choose_inn
from mailsync.reading.order.contact.person import (
    closing_person,
    display_person,
    entrepreneur,
    introduced_person,
    labelled_person,
    signer,
)
from mailsync.reading.order.contact.phones import choose_phones
from mailsync.reading.order.contact.telegram import choose_telegram
from mailsync.reading.order.wording import tidy


def read_contact(
    message: Message, context: ReadingContext, body: str, documents: list[str]
) -> tuple[Contact, list[str]]:
    """Who asks, and one line for each choice. `documents` are the loose lines of attached orders, for company and ИНН."""
    own = context.own
    signature = tidy(message.signature)
    texts = [body, signature]
    addressees = {address.address for address in message.to}
    company = choose_company(signature, body, documents, own.companies)
    name, where = _name(message, signature, body, company)
    sender = [message.sender.address] if message.sender else []
    contact = Contact(
        name=name,
        company=company,
        inn=choose_inn([signature, body, *documents], own.inns),
        phones=choose_phones(texts, own.phones),
        emails=choose_emails(
            sender, texts, lambda address: own.is_own(address) or (address in addressees and address not in sender)
        ),
        telegram=choose_telegram(texts, own.telegram),
    )
    return contact, [f"contact: name from {where}"] if name else []


def _name(message: Message, signature: str, body: str, company: str | None) -> tuple[str | None, str]:
    display = message.sender.name if message.sender else None
    for name, where in (
        (signer(signature), "the signature"),
        (labelled_person(body), "a form field"),
        (closing_person(body), "the end of the text"),
        (introduced_person(body), "an introduction"),
        (display_person(display), "From"),
        (entrepreneur(company), "the company"),
    ):
        if name:
            return name, where
    return None, ""
