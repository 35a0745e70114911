"""The plan: which effects a letter leads to (design, "What is done with which letter")."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mailsync.deciding.confirming import refusal, with_copy
from mailsync.deciding.effects import (
    AddNote,
    AddTask,
    CreateLead,
    Effect,
    MarkDead,
    NewContact,
    SendConfirmation,
    SettleConfirmation,
    Subject,
    UploadFile,
)
from mailsync.deciding.facts import Facts, Identity, Rules, Thread
from mailsync.deciding.leads import lead_of
from mailsync.deciding.notes import WORDS_LIMIT, bounce_note, lead_name, letter_note, understood_of
from mailsync.deciding.people import belongs, recipient
from mailsync.deciding.reference import marker
from mailsync.reading.model import AuthenticationResult, Bounce, Kind, Order, Own, Reading

CHECK_SENDER = "проверить отправителя"
TAGS = {Kind.ORDER: "заказ", Kind.SERVICE: "сервис", Kind.MESSAGE: "сообщение"}


@dataclass(frozen=True, slots=True)
class Plan:
    """`effects` in their order; empty with `ignored` saying why, where nothing is to be done."""

    effects: tuple[Effect, ...] = ()
    ignored: str = ""
    reasons: tuple[str, ...] = ()
    thread_id: int | None = None  # the entry whose request this letter continues


def decide(reading: Reading, facts: Facts, identity: Identity, rules: Rules, own: Own) -> Plan:
    """The effects of one letter, in their order. Pure; a repeated call gives the same plan."""
    reasons = list(reading.reasons)
    if facts.own_letter:
        return _own_letter(reading, facts, reasons)
    if facts.duplicate_of:
        return _ignore(f"the same letter as {facts.duplicate_of}", reasons)
    if reading.message.sender and reading.message.sender.address in own.addresses and not reading.form:
        return _ignore("our own mail", reasons)
    if reading.kind is Kind.BULK:
        return _ignore("bulk mail", reasons)
    if reading.kind is Kind.BOUNCE:
        return _bounce(reading.bounce or Bounce(), facts, identity, reasons)
    if reading.kind is Kind.AUTO_REPLY:
        return _auto_reply(reading, facts, identity, reasons)
    if reading.authentication.result is AuthenticationResult.FAIL:
        reasons.append("authentication failed: a lead to be checked, no known contact or thread is touched, no answer")
        return _new_lead(reading, Facts(), identity, rules, own, reasons, doubtful=True)
    if thread := _own_thread(reading, facts, reasons):
        return _answer(reading, thread, facts, identity, reasons)
    if reading.kind is Kind.MESSAGE and facts.contact and facts.contact.by_sender:
        return _note_on_contact(reading, facts, identity, reasons)
    return _new_lead(reading, facts, identity, rules, own, reasons)


def _ignore(why: str, reasons: list[str]) -> Plan:
    return Plan(ignored=why, reasons=(*reasons, f"ignored: {why}"))


def _own_letter(reading: Reading, facts: Facts, reasons: list[str]) -> Plan:
    assert facts.own_letter
    message_id = reading.message.message_id or ""
    reasons.append("our own letter came back: it did go out")
    settle = SettleConfirmation(message_id=message_id, evidence="a copy came into our own mailbox")
    return Plan((settle,), reasons=tuple(reasons))


def _bounce(bounce: Bounce, facts: Facts, identity: Identity, reasons: list[str]) -> Plan:
    thread = facts.bounced
    if thread is None:
        return _ignore("a delivery report about a letter that we did not send", reasons)
    reasons.append(f"a delivery report about our letter in {thread.reference}")
    effects: list[Effect] = []
    if thread.lead_id:
        mark = marker(identity.reference, len(effects))
        text = bounce_note(bounce, mark)
        effects.append(AddNote(entity_id=thread.lead_id, text=text, marker=mark))
        if bounce.permanent:
            mark = marker(identity.reference, len(effects))
            task = f"Письмо клиенту не доставлено: уточните адрес ({mark})"
            effects.append(AddTask(entity_id=thread.lead_id, text=task, marker=mark))
    if bounce.permanent and facts.bounced_to in bounce.recipients:
        effects.append(MarkDead(address=facts.bounced_to, reason=bounce.status or "permanent"))
        reasons.append("permanent: the address gets no more letters")
    effects += _settled(thread, {bounce.original_message_id}, "a delivery report about it came")
    if not effects:
        return _ignore("a temporary delivery report on a request without a lead", reasons)
    return Plan(tuple(effects), reasons=tuple(reasons), thread_id=thread.entry_id)


def refused_letter(
    lead_id: int | None, reference: str, letter: SendConfirmation, answer: str, position: int
) -> list[Effect]:
    """What follows when the customer's server refuses our letter at once: as after a bounce (RFC 5321, 4.2.1)."""
    dead = MarkDead(address=letter.to, reason=answer[:200])
    if lead_id is None:
        return [dead]
    note, task = marker(reference, position), marker(reference, position + 1)
    told = f"Наше письмо не принято · {note}\nКому: {letter.to}\nОтвет сервера: {answer[:500]}"
    asked = f"Письмо клиенту не принято его сервером: уточните адрес ({task})"
    return [
        AddNote(entity_id=lead_id, text=told, marker=note),
        AddTask(entity_id=lead_id, text=asked, marker=task),
        dead,
    ]


def _auto_reply(reading: Reading, facts: Facts, identity: Identity, reasons: list[str]) -> Plan:
    thread = facts.thread
    if thread is None or thread.lead_id is None or not belongs(reading, thread):
        return _ignore("an automatic reply outside any known thread", reasons)
    mark = marker(identity.reference, 0)
    note = letter_note(reading, mark, title="Автоответ клиента", rule="по цепочке писем")
    reasons.append(f"an automatic reply in the thread of {thread.reference}: a note, no answer")
    return Plan(
        (AddNote(entity_id=thread.lead_id, text=note, marker=mark),), reasons=tuple(reasons), thread_id=thread.entry_id
    )


def _own_thread(reading: Reading, facts: Facts, reasons: list[str]) -> Thread | None:
    """The thread that the letter may be written into."""
    thread = facts.thread
    if thread is None:
        return None
    if thread.lead_id is None:
        reasons.append(f"answers {thread.reference}, which has no lead")
        return None
    if not belongs(reading, thread):
        reasons.append(f"quotes the thread of {thread.reference}, but its sender does not belong there: kept apart")
        return None
    return thread


def _answer(reading: Reading, thread: Thread, facts: Facts, identity: Identity, reasons: list[str]) -> Plan:
    assert thread.lead_id is not None
    mark = marker(identity.reference, 0)
    text = letter_note(reading, mark, title="Ответ клиента", rule="по цепочке писем", machine=facts.machine)
    effects: list[Effect] = [AddNote(entity_id=thread.lead_id, text=text, marker=mark)]
    reasons.append(f"an answer in the thread of {thread.reference}: a note on lead {thread.lead_id}")
    if reading.kind in {Kind.ORDER, Kind.SERVICE}:
        mark = marker(identity.reference, len(effects))
        what = "дозаказывает" if reading.kind is Kind.ORDER else "просит о сервисе"
        effects.append(
            AddTask(entity_id=thread.lead_id, text=f"Клиент {what} в ответе на письмо ({mark})", marker=mark)
        )
        reasons.append("it asks for more: a task is set")
    effects += _files(reading, identity, ("leads", thread.lead_id), len(effects))
    quoted = {*reading.message.in_reply_to, *reading.message.references}
    effects += _settled(thread, quoted, "the customer answered it")
    return Plan(tuple(effects), reasons=tuple(reasons), thread_id=thread.entry_id)


def _settled(thread: Thread, quoted: Collection[str | None], evidence: str) -> list[Effect]:
    """Letters of ours in this thread whose fate was unknown did go out: somebody who got them quotes them."""
    known = [message_id for message_id in thread.uncertain if message_id in quoted]
    return [SettleConfirmation(message_id=message_id, evidence=evidence) for message_id in known]


def _note_on_contact(reading: Reading, facts: Facts, identity: Identity, reasons: list[str]) -> Plan:
    assert facts.contact
    mark = marker(identity.reference, 0)
    text = letter_note(reading, mark, title="Письмо клиента", rule=facts.contact.rule, machine=facts.machine)
    effects: list[Effect] = [AddNote(entity="contacts", entity_id=facts.contact.id, text=text, marker=mark)]
    reasons.append(f"a message from known contact {facts.contact.id}: a note")
    if len(facts.open_leads) == 1:
        lead = facts.open_leads[0]
        mark = marker(identity.reference, 1)
        text = letter_note(reading, mark, title="Письмо клиента", rule=facts.contact.rule, machine=facts.machine)
        effects.append(AddNote(entity_id=lead, text=text, marker=mark))
        reasons.append(f"and on the contact's only open lead {lead}")
        effects += _files(reading, identity, ("leads", lead), len(effects))
    else:
        effects += _files(reading, identity, ("contacts", facts.contact.id), len(effects))
    return Plan(tuple(effects), reasons=tuple(reasons))


def _new_lead(
    reading: Reading,
    facts: Facts,
    identity: Identity,
    rules: Rules,
    own: Own,
    reasons: list[str],
    *,
    doubtful: bool = False,
) -> Plan:
    order = reading.order or Order()
    mark = marker(identity.reference, 1)
    rule = facts.contact.rule if facts.contact else "новый контакт"
    if doubtful:
        rule = "отправитель не подтверждён (DMARC), контакт не привязан"
    text = letter_note(reading, mark, title=f"Письмо: {TAGS[reading.kind]}", rule=rule, machine=facts.machine)
    effects: list[Effect] = [
        _lead(reading, order, facts, identity, rules, own, doubtful=doubtful),
        AddNote(text=text, marker=mark),
    ]
    reasons.append(f"{reading.kind.value}: a new lead" + (f" for contact {facts.contact.id}" if facts.contact else ""))
    effects += _files(reading, identity, ("leads", None), len(effects))
    if not doubtful:
        effects += _confirmation(reading, order, facts, identity, rules, own, len(effects), reasons)
    return Plan(tuple(effects), reasons=tuple(reasons))


def _lead(
    reading: Reading, order: Order, facts: Facts, identity: Identity, rules: Rules, own: Own, *, doubtful: bool
) -> CreateLead:
    return lead_of(
        order,
        facts,
        reference=identity.reference,
        name=lead_name(reading, identity.reference),
        tags=(rules.tag, TAGS[reading.kind], *((CHECK_SENDER,) if doubtful else ())),
        contact=_new_contact(reading, order, own),
        trusted=not doubtful,
    )


def _new_contact(reading: Reading, order: Order, own: Own) -> NewContact | None:
    contact, sender = order.contact, reading.message.sender
    emails = contact.emails or ((sender.address,) if sender and not own.is_own(sender.address) else ())
    if not emails and not contact.phones:
        return None
    name = contact.name or (sender.name if sender else None) or (emails[0] if emails else "Неизвестный отправитель")
    return NewContact(name=name, emails=emails, phones=contact.phones, telegram=contact.telegram)


def _files(reading: Reading, identity: Identity, target: tuple[Subject, int | None], position: int) -> list[Effect]:
    entity, entity_id = target
    files: list[Effect] = []
    for number, attachment in enumerate(reading.message.attachments):
        if attachment.inline or not attachment.size:
            continue
        files.append(
            UploadFile(
                entity=entity,
                entity_id=entity_id,
                attachment=number,
                filename=attachment.filename,
                content_type=attachment.content_type,
                size=attachment.size,
                marker=marker(identity.reference, position + len(files)),
            )
        )
    if reading.message.defects or len(reading.message.new_text) > WORDS_LIMIT:
        files.append(
            UploadFile(
                entity=entity,
                entity_id=entity_id,
                attachment=-1,
                filename=f"{identity.reference}.eml",
                content_type="message/rfc822",
                size=0,
                marker=marker(identity.reference, position + len(files)),
            )
        )
    return files


def _confirmation(
    reading: Reading,
    order: Order,
    facts: Facts,
    identity: Identity,
    rules: Rules,
    own: Own,
    position: int,
    reasons: list[str],
) -> list[Effect]:
    to = recipient(reading)
    if refusal := _refusal(reading, facts, rules, own, to):
        reasons.append(f"no confirmation: {refusal}")
        return []
    assert to
    message = reading.message
    letter = SendConfirmation(
        to=to,
        to_name=order.contact.name,
        subject=answer_subject(message.subject, identity.reference),
        reference=identity.reference,
        message_id=identity.message_id("confirmation"),
        in_reply_to=message.message_id,
        references=(*message.references, *((message.message_id,) if message.message_id else ()))[-20:],
        understood=understood_of(order),
    )
    reasons.append("a confirmation to the customer")
    return with_copy(letter, position, rules)


def _refusal(reading: Reading, facts: Facts, rules: Rules, own: Own, to: str | None) -> str:
    """Why this letter gets no answer; empty: it gets one (RFC 3834, 2; design, promise 5)."""
    if reading.form is not None and not reading.form.confirm:
        return "the form's rule says so"
    if reading.message.envelope_from == "":
        return "it came with the null return path, machines send so"
    return refusal(to, facts, rules, own)


def answer_subject(subject: str, reference: str) -> str:
    """The subject of a letter of ours that answers one with `subject`."""
    plain = " ".join(subject.split())
    if not plain:
        return f"Ваше обращение {reference}"
    prefix = "" if plain[:3].lower() == "re:" else "Re: "
    return f"{prefix}{plain[:150]} [{reference}]"
