"""Bytes and known facts in, a Reading out: no clock, no network, no file, and no exception for any bytes."""

from __future__ import annotations

from dataclasses import replace

from mailsync.reading import authentication, bounce, kind, message
from mailsync.reading.message import TakenApart
from mailsync.reading.model import Kind, Order, Reading, ReadingContext
from mailsync.reading.order.finding import OrderFinding
from mailsync.reading.order.reader import read_order


def read_letter(raw: bytes, context: ReadingContext) -> Reading:
    """What a letter says (order-contract); one that cannot be understood is a message with defects, for a person."""
    try:
        return read_or_raise(raw, context)
    except Exception as error:  # noqa: BLE001 - one letter that nobody foresaw must not stop the others (design, promise 4)
        return unreadable(raw, f"{type(error).__name__} при чтении письма")


def read_or_raise(raw: bytes, context: ReadingContext) -> Reading:
    """The same, for callers that try again with less when a letter breaks the reader (`mailsync.isolation`)."""
    return _read(message.take_apart(raw, context), context)


def unreadable(raw: bytes, why: str) -> Reading:
    """The letter for a person: its headers, and why nothing else of it was read."""
    taken = message.headers_only(raw, f"письмо не разобрано: {why}; прочитаны только заголовки")
    return Reading(taken.message, Kind.MESSAGE, Order(), reasons=("письмо не разобрано, его прочтёт человек",))


def _read(taken: TakenApart, context: ReadingContext) -> Reading:
    letter = taken.message
    domain = letter.sender.domain if letter.sender else None
    verified = authentication.read(taken.root, context.authserv_id, domain)
    report = bounce.read(letter, taken.body)
    if report is not None:
        return Reading(taken.as_written_by_machine(), Kind.BOUNCE, None, report.bounce, verified, reasons=(report.why,))
    machine = kind.machine_kind(letter, context)
    if machine is not None and machine.kind is not Kind.ORDER:
        shown = taken.as_written_by_machine() if machine.kind is Kind.BULK else letter
        return Reading(shown, machine.kind, None, None, verified, reasons=(machine.why,))
    finding = read_order(letter, context)
    verdict = machine or kind.person_kind(letter, _goods(finding))
    order = finding.order if verdict.kind is Kind.ORDER else replace(finding.order, items=())
    reasons = (verdict.why, *finding.reasons)
    return Reading(letter, verdict.kind, order, None, verified, verdict.form, reasons)


def _goods(finding: OrderFinding) -> kind.Goods:
    items, signals = finding.order.items, finding.signals
    in_files = min(signals.document_items, len(items))
    numbered = sum(item.part_number is not None for item in items)
    return kind.Goods(len(items) - in_files, signals.items_with_quantity, numbered, in_files)
