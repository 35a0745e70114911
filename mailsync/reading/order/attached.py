"""Items, machines and requisites out of the documents of a letter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailsync.reading.message import take_apart
from mailsync.reading.model import Attachment, Item, Machine, Message, ReadingContext
from mailsync.reading.order.documents.document import Document, UnreadableDocument
from mailsync.reading.order.documents.reader import read_document
from mailsync.reading.order.equipment.machines import read_machines
from mailsync.reading.order.items.merge import merged_items
from mailsync.reading.order.items.tables import read_table
from mailsync.reading.order.items.text import read_text
from mailsync.reading.order.rows import without_table_rows
from mailsync.reading.order.wording import tidy

MAX_DOCUMENTS = 12

_CARD = re.compile(r"карт(?:очка|а)|реквизит", re.IGNORECASE)
_ORDER_WORDS = re.compile(
    r"заяв|заказ|потребн|перечень|список|спецификац|запрос|дефектн|ведомост|прошу|просим|необходим|требует"
    r"|order|request",
    re.IGNORECASE,
)
_NO_ORDER_NAME = re.compile(
    r"(?<![а-яёa-z])(?:сч[её]т(?!ов)|сф|упд|накладн|торг|акт(?!уал)|плат[её]ж|п/?п(?!\w)|карт(?:очка"
    r"|а)\s?(?:предприят|организ|контраг|клиент|ооо|ао|ип|\w{2,12})|реквизит|прайс|каталог|паспорт|резюме|cv"
    r"|кп(?!\w)|коммерч|договор|доверенн|сертиф|инструкц|руководств|фото|чертеж|чертёж|схема|презентац|приглаш"
    r"|презент)",
    re.IGNORECASE,
)
_NO_ORDER_TEXT = re.compile(
    r"^\s{0,20}(?:ПЛАТ[ЕЁ]ЖНОЕ\s{1,9}ПОРУЧЕНИЕ|АКТ\s|КАРТОЧКА|СЧ[ЕЁ]Т(?:\s{1,9}НА\s{1,9}ОПЛАТУ|-ФАКТУРА|\s{1,9}№)"
    r"|ТОВАРНАЯ\s{1,9}НАКЛАДНАЯ|УНИВЕРСАЛЬНЫЙ\s{1,9}ПЕРЕДАТОЧНЫЙ|ДОГОВОР|ПРАЙС|РЕЗЮМЕ|КОММЕРЧЕСКОЕ|ПАСПОРТ|РЕКВИЗИТЫ)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class AttachedFinding:
    """What all documents of a letter say; `texts` hold the lines around the tables, for requisites."""

    sources: list[list[Item]] = field(default_factory=list)
    machines: list[Machine] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def read_attached(message: Message) -> AttachedFinding:
    """Every document of the letter, in order; one that cannot be read gives a reason."""
    finding = AttachedFinding()
    for attachment in [one for one in message.attachments if not one.inline][:MAX_DOCUMENTS]:
        if attachment.content_type == "message/rfc822":
            _read_letter(attachment, finding)
            continue
        try:
            document = read_document(attachment)
        except UnreadableDocument as error:
            finding.reasons.append(f"вложение не прочитано: {error}")
            continue
        if document is not None:
            _read(document, attachment, finding)
    return finding


def _read(document: Document, attachment: Attachment, finding: AttachedFinding) -> None:
    text = tidy(document.text)
    loose: list[str] = []
    items: list[Item] = []
    machines: list[Machine] = []
    for table in document.tables:
        found = read_table(table, asked=True)
        items += found.items
        machines += found.machines
        loose += found.loose
    around = "\n".join([text, *loose])
    is_order = _is_order(attachment.filename, around)
    if is_order:
        if not items and around.strip():
            in_text = read_text(around, document.name)
            items, machines = list(in_text.items), [*machines, *in_text.machines]
        if items:
            finding.sources.append(items)
            finding.reasons.append(f"из вложения прочитано позиций: {len(items)}")
        finding.machines += [*machines, *read_machines(around)]
    if is_order or _CARD.search(f"{attachment.filename}\n{around[:400]}"):
        finding.texts.append(around)


def _read_letter(attachment: Attachment, finding: AttachedFinding) -> None:
    """A letter that was forwarded as a file: its own words count, its attachments and quotes do not."""
    letter = take_apart(attachment.content, ReadingContext()).message
    text = tidy(letter.new_text)
    items = [item for table in letter.tables for item in read_table(table).items]
    found = read_text(without_table_rows(text, letter.tables), "пересланное письмо")
    items = merged_items([list(found.items), items])
    if items:
        finding.sources.append(items)
        finding.reasons.append(f"из пересланного письма прочитано позиций: {len(items)}")
    finding.machines += read_machines(text)


def _is_order(filename: str, text: str) -> bool:
    """False for invoices, payments, company cards, acts and other papers that are sent along."""
    name = filename.rpartition(".")[0]
    if _ORDER_WORDS.search(name):
        return True
    return _NO_ORDER_NAME.search(name) is None and _NO_ORDER_TEXT.match(text) is None
