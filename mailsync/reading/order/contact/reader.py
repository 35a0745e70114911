"""The contact of a letter, from signature, text, headers and documents."""

from __future__ import annotations

import re

from mailsync.reading.model import Contact, Message, ReadingContext
from mailsync.reading.order.contact.company import choose_company, company_spans
from mailsync.reading.order.contact.emails import choose_emails
from mailsync.reading.order.contact.inn import choose_inn
from mailsync.reading.order.contact.ours import known_as_ours
from mailsync.reading.order.contact.person import (
    addressed_names,
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

_ADDRESSEE = re.compile(r"^\s{0,9}(?:кому|адресат|to)\s{0,2}:.{0,400}$", re.IGNORECASE | re.MULTILINE)


def read_contact(
    message: Message, context: ReadingContext, body: str, documents: list[str]
) -> tuple[Contact, list[str]]:
    """Who asks, and one line for each choice; `documents` are texts of attached orders and company cards."""
    own = known_as_ours(message, context)
    body = _ADDRESSEE.sub("", body)
    signature = tidy(message.signature)
    company = choose_company(signature, body, documents, own, message.sender.name if message.sender else None)
    name, where = _name(message, signature, body, company)
    subject = "" if message.in_reply_to else tidy(message.subject)  # of an answer, it may be ours
    sender = [message.sender.address] if message.sender else []
    if sender and own.is_own(sender[0]):
        sender = [address.address for address in message.reply_to]
    contact = Contact(
        name=name,
        company=company,
        inn=choose_inn([signature, body, *documents], own),
        phones=choose_phones([body, signature, subject], own.phones),
        emails=choose_emails(sender, [body, signature], own.is_own),
        telegram=choose_telegram([body, signature], own.telegram),
    )
    return contact, [f"имя: {where}"] if name else []


def _name(message: Message, signature: str, body: str, company: str | None) -> tuple[str | None, str]:
    display = message.sender.name if message.sender else None
    addressed = addressed_names(body)
    for name, where in (
        (signer(signature, addressed, display or ""), "подпись"),
        (labelled_person(body), "поле бланка"),
        (closing_person(body, addressed, display or ""), "конец письма"),
        (introduced_person(body), "представился в письме"),
        (
            display_person(display) or _repeated(display or "", [*signature.split("\n")[:6], *body.split("\n")[-3:]]),
            "отправитель",
        ),
        (entrepreneur(company), "ИП"),
    ):
        if name:
            return name, where
    return None, ""


def _repeated(display: str, lines: list[str]) -> str | None:
    """A display name of two or three words that no dictionary knows for a person's, where the letter is signed so."""
    if len(display.split()) not in {2, 3} or company_spans(display):
        return None
    return display if any(line.strip().startswith(display) for line in lines) else None
