"""What managers read in AmoCRM: names of leads and texts of notes, in Russian."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailsync.deciding.effects import Understood
from mailsync.deciding.facts import KnownMachine
from mailsync.reading.model import AuthenticationResult, Bounce, Contact, Item, Kind, Machine, Order, Reading
from mailsync.reading.quoting import bare_subject

LEAD_NAME_LIMIT = 250  # fact sheet, 2: not documented, kept below
NOTE_LIMIT = 9_500  # fact sheet, 2: kept below 10,000
WORDS_LIMIT = 6_000
ITEMS_SHOWN = 60
MACHINES_SHOWN = 20
TITLES = {Kind.ORDER: "Заказ", Kind.SERVICE: "Сервис", Kind.MESSAGE: "Письмо"}
AUTHENTICATION = {
    AuthenticationResult.PASS: "подтверждён",
    AuthenticationResult.FAIL: "НЕ ПОДТВЕРЖДЁН",
    AuthenticationResult.NONE: "не проверен",
}


def lead_name(reading: Reading, reference: str) -> str:
    """`Заказ RS-…: тема письма`; the reference comes early, so that no cut takes it away."""
    order = reading.order or Order()
    subject = bare_subject(reading.message.subject) or (order.items[0].name if order.items else "без темы")
    return cut(f"{TITLES.get(reading.kind, 'Письмо')} {reference}: {subject}", LEAD_NAME_LIMIT)


def letter_note(reading: Reading, marker: str, *, title: str, rule: str, machine: KnownMachine | None = None) -> str:
    """The note about one letter: who, what was understood and from which words, the author's text, the rules."""
    message, order = reading.message, reading.order or Order()
    blocks = [
        f"{title} · {marker}",
        "\n".join(_head(reading)),
        *order_sections(order),
        passport_line(machine),
        _section("Файлы", [f"{a.filename} ({a.size} байт)" for a in message.attachments if not a.inline]),
        _section("Текст письма", [cut(message.new_text or message.text or "(пусто)", WORDS_LIMIT)]),
        f"Контакт: {rule}. Отправитель {AUTHENTICATION[reading.authentication.result]}.",
    ]
    if size := message.headers.get("x-mailsync-truncated"):
        blocks.append(
            f"Письмо ({int(size[0]) >> 20} МБ) не загружено: слишком большое или сервер его не отдаёт. Откройте ящик."
        )
    elif message.defects:
        blocks.append("Письмо повреждено, прочитано с оговорками; исходное письмо приложено.")
    return cut("\n\n".join(block for block in blocks if block), NOTE_LIMIT)


def order_sections(order: Order) -> list[str]:
    """The contact, the machines and the items, as blocks of a note; empty ones are to be left out."""
    return [
        "\n".join(_contact(order.contact)),
        _section("Станки", [machine_line(machine) for machine in order.equipment]),
        _section("Позиции", list(_items(order.items))),
    ]


def passport_line(machine: KnownMachine | None) -> str:
    """`Станок из Цифрового паспорта: 16К20, зав. № 4455, сделка 1001`; "" where there is none."""
    if machine is None:
        return ""
    known = machine_line(Machine(machine.model, machine.serial_number))
    return f"Станок из Цифрового паспорта: {known}, сделка {machine.lead_id}"


def bounce_note(bounce: Bounce, marker: str) -> str:
    """The note on the lead whose confirmation came back."""
    verdict = "адрес не принимает почту" if bounce.permanent else "доставка задерживается"
    lines = [
        f"Наше письмо не доставлено · {marker}",
        f"Кому: {', '.join(bounce.recipients) or 'неизвестно'}: {verdict} {bounce.status or ''}".rstrip(),
        f"Ответ сервера: {cut(bounce.reason, 500)}" if bounce.reason else "",
    ]
    return "\n".join(line for line in lines if line)


def machine_line(machine: Machine) -> str:
    serial = f"зав. № {machine.serial_number}" if machine.serial_number else ""
    return ", ".join(part for part in (machine.model, serial) if part) or "станок"


def item_line(item: Item) -> str:
    """`Патрон токарный, 7100-0035 — 2 шт`."""
    number = f", {item.part_number}" if item.part_number and item.part_number not in item.name else ""
    return f"{item.name}{number} — {item.quantity:g} {item.unit}"


def understood_of(order: Order) -> Understood:
    """What a confirmation repeats of an order."""
    return Understood(
        name=order.contact.name,
        machines=tuple(map(machine_line, order.equipment[:MACHINES_SHOWN])),
        items=tuple(map(item_line, order.items)),
    )


def _head(reading: Reading) -> Iterator[str]:
    message = reading.message
    if message.sender:
        yield f"От: {message.sender.name or ''} <{message.sender.address}>".replace(":  <", ": <")
    if message.subject:
        yield f"Тема: {message.subject}"
    if message.date:
        yield f"Дата: {message.date:%d.%m.%Y %H:%M %z}"


def _contact(contact: Contact) -> Iterator[str]:
    facts = (
        ("Имя", contact.name),
        ("Компания", contact.company),
        ("ИНН", contact.inn),
        ("Телефон", ", ".join(phone.replace(";ext=", " доб. ") for phone in contact.phones)),
        ("E-mail", ", ".join(contact.emails)),
        ("Telegram", contact.telegram),
    )
    return (f"{label}: {value}" for label, value in facts if value)


def _items(items: tuple[Item, ...]) -> Iterator[str]:
    for number, item in enumerate(items[:ITEMS_SHOWN], 1):
        doubt = " (?)" if item.confidence < 0.6 else ""
        place = "" if item.source == "text" else f" [{item.source}]"
        source = f"  ← «{cut(' '.join(item.fragment.split()), 120)}»" if item.fragment else ""
        yield f"{number}. {item_line(item)}{doubt}{place}{source}"
    if len(items) > ITEMS_SHOWN:
        yield f"… и ещё {len(items) - ITEMS_SHOWN}, см. файл"


def _section(title: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    return f"{title}:\n{body}" if body else ""


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; a cut is marked."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
