"""The plan of an ingest request: always a lead, as for an order by letter (design, "What is done …")."""

from __future__ import annotations

from mailsync.deciding.confirming import refusal, with_copy
from mailsync.deciding.effects import AddNote, Effect, NewContact, SendConfirmation
from mailsync.deciding.facts import Facts, Identity, Rules
from mailsync.deciding.leads import lead_of
from mailsync.deciding.notes import (
    LEAD_NAME_LIMIT,
    NOTE_LIMIT,
    TITLES,
    cut,
    order_sections,
    passport_line,
    understood_of,
)
from mailsync.deciding.plan import TAGS, Plan
from mailsync.deciding.reference import marker
from mailsync.reading.model import Own
from mailsync.requests.reading import Understood
from mailsync.requests.schema import IngestRequest, Source

WAYS: dict[Source, str] = {"site": "сайт", "bot": "бот", "cart": "корзина", "app": "приложение"}
TEMPLATE = "request"


def decide_request(
    request: IngestRequest, understood: Understood, facts: Facts, identity: Identity, rules: Rules, own: Own
) -> Plan:
    """The effects of one request, in their order. Pure; a repeated call gives the same plan."""
    way, order = WAYS[request.source], understood.order
    rule = facts.contact.rule if facts.contact else "новый контакт"
    mark = marker(identity.reference, 1)
    lead = lead_of(
        order,
        facts,
        reference=identity.reference,
        name=cut(f"{TITLES[understood.kind]} {identity.reference}: {subject_of(request, understood)}", LEAD_NAME_LIMIT),
        tags=(way, TAGS[understood.kind]),
        contact=_new_contact(request, understood),
        telegram_id=request.telegram_id,
    )
    effects: list[Effect] = [lead, AddNote(text=_note(request, understood, facts, mark, rule), marker=mark)]
    reasons = [f"a request by {request.source}: {understood.kind.value}, a new lead"]
    if facts.contact:
        reasons.append(f"contact {facts.contact.id} is known {facts.contact.rule}")
    to = customer_address(request)
    if why := refusal(to, facts, rules, own):
        reasons.append(f"no confirmation: {why}")
    else:
        assert to
        effects += with_copy(_confirmation(to, understood, identity), len(effects), rules)
        reasons.append("a confirmation to the customer")
    return Plan(tuple(effects), reasons=tuple(reasons))


def customer_address(request: IngestRequest) -> str | None:
    """Whom a confirmation goes to: who typed an address into its field; never one that only a comment names."""
    return request.contact.email.lower() if request.contact.email else None


def subject_of(request: IngestRequest, understood: Understood) -> str:
    """A few words for a list: the way it came by, and what it is about."""
    order = understood.order
    words = next((item.name for item in order.items), "") or next((one.model or "" for one in order.equipment), "")
    words = words or " ".join((request.comment or "").split()[:8])
    return f"{WAYS[request.source]}, {words}" if words else WAYS[request.source]


def _confirmation(to: str, understood: Understood, identity: Identity) -> SendConfirmation:
    return SendConfirmation(
        template=TEMPLATE,
        to=to,
        to_name=understood.order.contact.name,
        subject=f"Ваша заявка {identity.reference}",
        reference=identity.reference,
        message_id=identity.message_id("confirmation"),
        understood=understood_of(understood.order),
    )


def _new_contact(request: IngestRequest, understood: Understood) -> NewContact | None:
    contact = understood.order.contact
    if not contact.emails and not contact.phones and not contact.name:
        return NewContact(name=f"Telegram {request.telegram_id}") if request.telegram_id else None
    name = contact.name or next(iter((*contact.emails, *contact.phones)), "Неизвестный отправитель")
    return NewContact(name=name, emails=contact.emails, phones=contact.phones, telegram=contact.telegram)


def _note(request: IngestRequest, understood: Understood, facts: Facts, mark: str, rule: str) -> str:
    """Who, what was understood, the customer's own words, where they were typed, and the rule that matched."""
    blocks = [
        f"Заявка ({WAYS[request.source]}) · {mark}",
        *order_sections(understood.order),
        passport_line(facts.machine),
        f"Telegram ID: {request.telegram_id}" if request.telegram_id else "",
        "\n".join(("Не разобрано, как написано:", *understood.unread)) if understood.unread else "",
        f"Комментарий:\n{cut(request.comment, 6_000)}" if request.comment else "",
        f"Страница: {request.page}" if request.page else "",
        f"Контакт: {rule}.",
    ]
    return cut("\n\n".join(block for block in blocks if block), NOTE_LIMIT)
