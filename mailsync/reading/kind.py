"""The kind of a letter (order-contract, kind): a decision table over what its headers, words and tables say."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.reading import automatic, vocabulary
from mailsync.reading.model import FormRule, Kind, Message, ReadingContext


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kind and the line that says why; `form` is the rule by which a generated notice counts as an order."""

    kind: Kind
    why: str
    form: FormRule | None = None


def form_rule(message: Message, context: ReadingContext) -> FormRule | None:
    """The configured rule that matches this generated notice, if one does."""
    if message.sender is None:
        return None
    for rule in context.forms:
        same = rule.sender.casefold() in {message.sender.address, message.sender.domain, "@" + message.sender.domain}
        if same and rule.subject_contains.casefold() in message.subject.casefold():
            return rule
    return None


def machine_kind(message: Message, context: ReadingContext) -> Verdict | None:
    """The verdict where no person wrote the letter; reports about our own mail are told before (`bounce`)."""
    rule = form_rule(message, context)
    if rule is not None:
        return Verdict(Kind.ORDER, f"бланк сайта: правило для {rule.sender}", rule)
    why = automatic.auto_reply(message)
    if why is not None and not _is_filled_form(message):
        return Verdict(Kind.AUTO_REPLY, f"автоматический ответ: {why}")
    why = automatic.bulk(message)
    if why is not None and not _is_personal(message):
        return Verdict(Kind.BULK, f"рассылка: {why}")
    return None


def _is_filled_form(message: Message) -> bool:
    """A site's form notice says that it is generated, and is an order all the same: it has fields and no answer in it."""
    if automatic.generated(message) is None or message.in_reply_to:
        return False
    evidence = vocabulary.weigh(f"{message.subject}\n{message.new_text}")
    return evidence.form >= 2 or (bool(message.tables) and evidence.buy > 0)


def _is_personal(message: Message) -> bool:
    """Through a list or with a list's headers, and yet a person who orders: no advertising, an order in plain words."""
    if automatic.offers_to_us(message) is not None or "list-unsubscribe" in message.headers:
        return False
    evidence = vocabulary.weigh(message.new_text)
    precedence = message.headers.get("precedence", ())
    return not precedence and evidence.buy > 0 and evidence.quantities > 0


def person_kind(message: Message, *, items: int, files_with_items: bool = False) -> Verdict:
    """Order, service or message, from the author's words and the number of things found to be ordered."""
    offer = automatic.offers_to_us(message)
    own = vocabulary.weigh(message.new_text)
    subject = vocabulary.weigh(message.subject)
    wants = own.buy + (subject.buy if not message.in_reply_to else 0)
    service = own.service + subject.service
    if offer is not None and not wants:
        return Verdict(Kind.MESSAGE, offer)
    if own.form >= 2:
        return Verdict(Kind.ORDER, "заполненный бланк заказа")
    if wants and not (own.earlier and not own.buy and not items):
        if service and not items and not own.quantities and own.buy <= own.service:
            return Verdict(Kind.SERVICE, "просят о сервисе, ничего не покупают")
        return Verdict(Kind.ORDER, "просят счёт, цену или поставку")
    if (items or own.quantities) and own.need and not (own.declined and not items):
        return Verdict(Kind.ORDER, "перечислено, что нужно")
    if service or (own.fault and not own.earlier):
        return Verdict(Kind.SERVICE, "просят о ремонте, диагностике или обслуживании")
    if items and not own.earlier and not own.declined and not own.thanks:
        return Verdict(Kind.ORDER, "перечень того, что заказывают")
    if files_with_items and not own.earlier:
        return Verdict(Kind.ORDER, "перечень в приложенном файле")
    return Verdict(Kind.MESSAGE, "ничего не заказывают")
