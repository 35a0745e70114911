"""The kind of a letter (order-contract, kind): a decision table over what its headers, words and tables say."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.reading import autoreply, evidence, solicitation
from mailsync.reading.evidence import Evidence
from mailsync.reading.model import FormRule, Kind, Message, ReadingContext


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kind and the line that says why; `form` is the rule by which a generated notice counts as an order."""

    kind: Kind
    why: str
    form: FormRule | None = None


@dataclass(frozen=True, slots=True)
class Goods:
    """What was found to be ordered, by where it stood."""

    in_text: int = 0
    with_quantity: int = 0  # a figure or a number word stood beside them
    with_part_number: int = 0
    in_files: int = 0

    @property
    def any(self) -> int:
        return self.in_text + self.in_files

    @property
    def sure(self) -> bool:
        """More than a word that was taken for a thing."""
        return self.with_part_number > 0 or self.with_quantity > 1 or self.in_files > 0


def form_rule(message: Message, context: ReadingContext) -> FormRule | None:
    """The configured rule that matches this generated notice, if one does."""
    if message.sender is None:
        return None
    names = {message.sender.address, message.sender.domain, "@" + message.sender.domain}
    for rule in context.forms:
        if rule.sender.casefold() in names and rule.subject_contains.casefold() in message.subject.casefold():
            return rule
    return None


def machine_kind(message: Message, context: ReadingContext) -> Verdict | None:
    """The verdict where no person wrote the letter; reports about our own mail are told before (`bounce`)."""
    rule = form_rule(message, context)
    if rule is not None:
        return Verdict(Kind.ORDER, f"бланк сайта: правило для {rule.sender}", rule)
    why = autoreply.auto_reply(message)
    if why is not None and not (why.startswith("Auto-Submitted: auto-generated") and _is_filled_form(message)):
        return Verdict(Kind.AUTO_REPLY, f"автоматический ответ: {why}")
    why = solicitation.bulk(message)
    if why is not None and not _is_personal(message):
        return Verdict(Kind.BULK, f"рассылка: {why}")
    return None


def _is_filled_form(message: Message) -> bool:
    """A site's form says that it is generated, and is an order all the same: no answer, and fields filled in."""
    if message.in_reply_to:
        return False
    said = evidence.weigh(f"{message.subject}\n{message.new_text}")
    return said.form >= 2 or (bool(message.tables or said.quantities) and said.buy > 0)


def _is_personal(message: Message) -> bool:
    """Sent through a list, and yet a person who orders: no advertising, no unsubscribing, an order in plain words."""
    if solicitation.offers_to_us(message) is not None or "list-unsubscribe" in message.headers:
        return False
    said = evidence.weigh(message.new_text)
    return "precedence" not in message.headers and said.buy > 0 and said.quantities > 0


def person_kind(message: Message, goods: Goods) -> Verdict:
    """Order, service or message, from the author's words and what was found to be ordered."""
    if message.sender is None and not message.subject:
        return Verdict(Kind.MESSAGE, "ни отправителя, ни темы: это не похоже на письмо")
    said = evidence.weigh(message.new_text)
    title = Evidence() if message.in_reply_to else evidence.weigh(message.subject)
    offer = solicitation.offers_to_us(message)
    if offer is not None and not said.need and said.buy < 2:
        return Verdict(Kind.MESSAGE, offer)
    works = said.service + said.either + said.fault
    if said.nothing and not said.quantities:
        why = "ничего не покупают"
        return Verdict(Kind.SERVICE, f"просят работ, {why}") if works else Verdict(Kind.MESSAGE, why)
    if said.declined > said.buy + said.need and not (goods.sure or works):
        return Verdict(Kind.MESSAGE, "отказываются от предложенного")
    if said.form >= 2:
        return Verdict(Kind.ORDER, "заполненный бланк заказа")
    if said.earlier and not said.buy and not (said.need and (goods.any or said.quantities)):
        return _about_earlier(said, title)
    return _request(said, title, goods)


def _about_earlier(said: Evidence, title: Evidence) -> Verdict:
    """A letter about what was bought before: a claim, or a question."""
    if (said.fault or title.fault) and (said.service or not said.thanks):
        return Verdict(Kind.SERVICE, "просят устранить неисправность купленного")
    if said.service + said.either > said.thanks:
        return Verdict(Kind.SERVICE, "просят работ на купленном")
    return Verdict(Kind.MESSAGE, "речь о прежнем заказе")


def _request(said: Evidence, title: Evidence, goods: Goods) -> Verdict:
    listed = goods.with_quantity > 1
    works = said.service + title.service
    wants = said.buy or title.buy or (listed and not works and (said.either or title.either))
    asks_service = works + said.either + title.either + said.fault + title.fault
    counted = said.quantities or (goods.sure and (wants or not asks_service))
    if counted and (wants or said.need):
        return Verdict(Kind.ORDER, "названо, что и сколько нужно")
    if asks_service:
        return Verdict(Kind.SERVICE, "просят о ремонте, диагностике или обслуживании")
    if wants:
        return Verdict(Kind.ORDER, "просят счёт, цену или поставку")
    if goods.any and said.need:
        return Verdict(Kind.ORDER, "перечислено, что нужно")
    if goods.any and counted and not said.thanks and (said.quantities or not said.declined):
        return Verdict(Kind.ORDER, "перечень с количеством")
    return Verdict(Kind.MESSAGE, "ничего не заказывают")
