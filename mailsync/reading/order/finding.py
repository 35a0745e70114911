"""What `read_order` found, and how sure that makes us that something is ordered."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailsync.reading.model import Order


@dataclass(frozen=True, slots=True)
class Signals:
    """Facts that help to tell an order from another letter (order-contract, kind)."""

    items_with_quantity: int = 0  # items whose figure or number word stood in the letter
    asks: bool = False  # "прошу выставить счёт", "нужен", "заказываем" about at least one item
    declines: bool = False  # "пока не заказываем", "не требуется"
    form: bool = False  # a filled-in order form
    document_items: int = 0  # items that were read from attached documents


@dataclass(frozen=True, slots=True)
class OrderFinding:
    """The order, the decisions that led to it, and the signals for the kind of the letter."""

    order: Order = field(default_factory=Order)
    reasons: tuple[str, ...] = ()
    signals: Signals = Signals()
