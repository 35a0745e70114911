"""Bytes and known facts in, a Reading out: no clock, no network, no file, and no exception for any bytes."""

from __future__ import annotations

from mailsync.reading import authentication, bounce, kind
from mailsync.reading.message import TakenApart, take_apart
from mailsync.reading.model import Kind, Message, Order, Reading, ReadingContext


def read_letter(raw: bytes, context: ReadingContext) -> Reading:
    """What a letter says (order-contract)."""
    taken = take_apart(raw, context)
    verified = authentication.read(taken.root, context.authserv_id, taken.message.sender.domain if taken.message.sender else None)
    report = bounce.read(taken.message, taken.body)
    if report is not None:
        return Reading(taken.message, Kind.BOUNCE, None, report.bounce, verified, reasons=(report.why,))
    machine = kind.machine_kind(taken.message, context)
    if machine is not None and machine.kind is not Kind.ORDER:
        return Reading(taken.message, machine.kind, None, None, verified, reasons=(machine.why,))
    order = Order()
    verdict = machine or kind.person_kind(taken.message, items=len(order.items))
    return Reading(taken.message, verdict.kind, order, None, verified, verdict.form, (verdict.why,))
