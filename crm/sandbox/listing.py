"""Filters, order and search of lists. Filters count only where the account has them on (fact sheet, 1.4 to 1.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from crm.sandbox.call import Call
from crm.sandbox.params import values
from crm.sandbox.problems import Problem
from crm.sandbox.records import Record

Row = TypeVar("Row")
Condition = Callable[[Any, Any], bool]


def one_of(attribute: str) -> Condition:
    """`filter[name][]=…`: the attribute is one of the values."""
    return lambda row, tree: _text(getattr(row, attribute)) in values(tree)


def between(attribute: str) -> Condition:
    """`filter[name][from]=…&filter[name][to]=…`, both inclusive, or the value itself."""
    return lambda row, tree: within(getattr(row, attribute), tree)


def has_status(row: Any, tree: Any) -> bool:
    """`filter[statuses][0][pipeline_id]` and `[status_id]`, which count only together."""
    pairs = tree.values() if isinstance(tree, dict) else ()
    wanted = [(one.get("pipeline_id"), one.get("status_id")) for one in pairs if isinstance(one, dict)]
    return (str(row.pipeline_id), str(row.status_id)) in wanted


def has_values(row: Record, tree: Any) -> bool:
    """`filter[custom_fields_values][FIELD][]=…`, or a `[from]`/`[to]` range of one field."""
    conditions = tree.items() if isinstance(tree, dict) else ()
    filled = {str(field_id): values_ for field_id, values_ in row.fields.items()}
    return all(_has_value(filled.get(field_id, ()), wanted) for field_id, wanted in conditions)


def _has_value(filled: Iterable[Any], wanted: Any) -> bool:
    if isinstance(wanted, dict) and ("from" in wanted or "to" in wanted):
        return any(within(one.value, wanted) for one in filled)
    return any(_text(one.value) in values(wanted) or str(one.enum_id) in values(wanted) for one in filled)


RECORD_CONDITIONS: dict[str, Condition] = {
    "id": one_of("id"),
    "name": one_of("name"),
    "created_by": one_of("created_by"),
    "updated_by": one_of("updated_by"),
    "responsible_user_id": one_of("responsible_user_id"),
    "created_at": between("created_at"),
    "updated_at": between("updated_at"),
    "custom_fields_values": has_values,
}
LEAD_CONDITIONS: dict[str, Condition] = RECORD_CONDITIONS | {
    "price": between("price"),
    "pipeline_id": one_of("pipeline_id"),
    "statuses": has_status,
    "closed_at": between("closed_at"),
}
NOTE_CONDITIONS: Mapping[str, Condition] = {
    "id": one_of("id"),
    "note_type": one_of("note_type"),
    "entity_id": one_of("entity_id"),
    "updated_at": between("updated_at"),
}
TASK_CONDITIONS: Mapping[str, Condition] = {
    "id": one_of("id"),
    "responsible_user_id": one_of("responsible_user_id"),
    "is_completed": one_of("is_completed"),
    "task_type": one_of("task_type_id"),
    "entity_type": one_of("entity"),
    "entity_id": one_of("entity_id"),
    "updated_at": between("updated_at"),
}


def select(call: Call, rows: Iterable[Row], conditions: Mapping[str, Condition], orders: tuple[str, ...]) -> list[Row]:
    """The rows that `filter` leaves, in the wanted order; by id where none is wanted."""
    if call.switches.filters_enabled and call.filter:
        rows = [row for row in rows if all(_meets(row, key, tree, conditions) for key, tree in call.filter.items())]
    return _ordered(list(rows), call.params.get("order"), orders)


def _meets(row: Any, key: str, tree: Any, conditions: Mapping[str, Condition]) -> bool:
    return key not in conditions or conditions[key](row, tree)


def _ordered(rows: list[Row], order: Any, orders: tuple[str, ...]) -> list[Row]:
    if not isinstance(order, dict) or not order:
        return rows
    for key, direction in reversed(order.items()):
        if key not in orders or direction not in ("asc", "desc"):
            raise Problem(400, f"Order by {', '.join(orders)}, asc or desc")
        rows.sort(key=lambda row: getattr(row, key), reverse=direction == "desc")
    return rows


def search(call: Call, rows: list[Record]) -> list[Record]:
    """What `query` finds: text in any filled field, phones by digits, nothing written within the index lag.

    False hits, where switched on, are rows that the query does not match.
    """
    query = call.params.get("query")
    if not isinstance(query, str) or not query.strip():
        return rows
    indexed_until = call.sandbox.clock() - call.switches.index_lag
    seen = [row for row in rows if row.searchable_at <= indexed_until]
    found: list[Record] = []
    missed: list[Record] = []
    for row in seen:
        (found if _contains(row, query.strip()) else missed).append(row)
    return found + missed[: call.switches.false_hits]


def _contains(row: Record, query: str) -> bool:
    texts = [row.name, *(str(one.value) for filled in row.fields.values() for one in filled)]
    if any(query.casefold() in text.casefold() for text in texts):
        return True
    digits = _digits(query)
    looks_like_a_number = len(digits) >= 5 and not any(character.isalpha() for character in query)
    return looks_like_a_number and any(digits in _digits(text) for text in texts)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def within(value: Any, tree: Any) -> bool:
    """Whether a value lies in `[from]` to `[to]`, both inclusive, or is one of those named."""
    if not isinstance(tree, dict) or not {"from", "to"} & tree.keys():
        return _text(value) in values(tree)
    try:
        number = float(value)
        return float(tree.get("from", "-inf")) <= number <= float(tree.get("to", "inf"))
    except (TypeError, ValueError):
        return False
