"""What AmoCRM posts to a webhook, as typed events (fact sheet, 10.2 to 10.5).

Nothing in a body is to be believed: it says where to look, and the entity is read again through the API.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm import brackets
from crm.brackets import Tree
from crm.fields import Field, Value
from crm.hook_events import Delivery, HookEvent, LeadEvent, NoteEvent, OtherEvent, PersonEvent

ENTITY_OF_ELEMENT_TYPE = {"1": "contacts", "2": "leads", "3": "companies"}


def read(body: bytes) -> Delivery:
    """The events of a body. Raises `brackets.FormError` where it passes a limit; what cannot be understood is an
    OtherEvent or, without an id where one is due, left out.
    """
    tree = brackets.parse(body)
    account = tree.pop("account", {})
    known = account if isinstance(account, dict) else {}
    events = [
        event
        for root, actions in tree.items()
        if isinstance(actions, dict)
        for action, nodes in actions.items()
        for values in brackets.mappings(nodes)
        if (event := _event(root, action, values)) is not None
    ]
    return Delivery(_integer(known.get("id")), _text(known.get("subdomain")), tuple(events))


def _event(root: str, action: str, values: Tree) -> HookEvent | None:
    note = values.get("note")
    if action == "note" and isinstance(note, dict):
        return _note(action, note)
    if root == "leads":
        return _lead(action, values)
    if root == "contacts":
        return _person(action, values)
    return OtherEvent(root, action, values)


def _lead(action: str, values: Tree) -> LeadEvent | None:
    taken = _Taken(values)
    found = taken.integer("id")
    if found is None:
        return None
    return LeadEvent(
        action=action,
        id=found,
        name=taken.text("name"),
        status_id=taken.integer("status_id"),
        old_status_id=taken.integer("old_status_id"),
        pipeline_id=taken.integer("pipeline_id"),
        old_pipeline_id=taken.integer("old_pipeline_id"),
        price=taken.integer("price"),
        responsible_user_id=taken.integer("responsible_user_id"),
        modified_user_id=taken.integer("modified_user_id"),
        updated_at=taken.changed(),
        fields=_fields(taken.node("custom_fields")),
        tags=tuple(_text(tag.get("name")) for tag in brackets.mappings(taken.node("tags"))),
        extra=taken.rest(),
    )


def _person(action: str, values: Tree) -> PersonEvent | None:
    taken = _Taken(values)
    found = taken.integer("id")
    if found is None:
        return None
    linked = taken.node("linked_leads_id")
    return PersonEvent(
        action=action,
        id=found,
        is_company=taken.text("type") == "company",
        name=taken.text("name"),
        responsible_user_id=taken.integer("responsible_user_id"),
        modified_user_id=taken.integer("modified_user_id"),
        updated_at=taken.changed(),
        fields=_fields(taken.node("custom_fields")),
        linked_lead_ids=tuple(
            number for one in brackets.mappings(linked) if (number := _integer(one.get("ID"))) is not None
        ),
        extra=taken.rest(),
    )


def _note(action: str, values: Tree) -> NoteEvent | None:
    taken = _Taken(values)
    found, entity_id = taken.integer("id"), taken.integer("element_id")
    entity_type = ENTITY_OF_ELEMENT_TYPE.get(taken.text("element_type"))
    if found is None or entity_id is None or entity_type is None:
        return None
    return NoteEvent(
        action=action,
        id=found,
        entity_type=entity_type,
        entity_id=entity_id,
        note_type=taken.integer("note_type"),
        text=taken.text("text"),
        created_by=taken.integer("created_by"),
        updated_at=taken.changed(),
        extra=taken.rest(),
    )


def _fields(node: Tree | str | None) -> tuple[Field, ...]:
    return tuple(
        Field(
            field_id=_integer(one.get("id")),
            field_code=_text(one.get("code")) or None,
            values=tuple(_value(value) for value in brackets.items(one.get("values"))),
            field_name=_text(one.get("name")) or None,
        )
        for one in brackets.mappings(node)
    )


def _value(node: Tree | str) -> Value:
    """A string alone is a date; a mapping carries `value` and, for choices, `enum`."""
    if isinstance(node, str):
        return Value(node)
    enum = _text(node.get("enum"))
    number = _integer(enum)
    extra = {key: value for key, value in node.items() if key not in {"value", "enum"}}
    return Value(_text(node.get("value")), number, enum if enum and number is None else None, extra)


class _Taken:
    """Values by key; `rest` is what nobody took."""

    def __init__(self, values: Tree) -> None:
        self._values = values
        self._names: set[str] = set()

    def node(self, name: str) -> Tree | str | None:
        self._names.add(name)
        return self._values.get(name)

    def text(self, name: str) -> str:
        return _text(self.node(name))

    def integer(self, name: str) -> int | None:
        return _integer(self.node(name))

    def changed(self) -> datetime | None:
        """`last_modified` and `updated_at` are the same moment; either may be missing."""
        seconds = (self.integer("last_modified"), self.integer("updated_at"))
        found = next((number for number in seconds if number), None)
        return _moment(found)

    def rest(self) -> dict[str, Any]:
        return {key: value for key, value in self._values.items() if key not in self._names}


def _text(node: Tree | str | None) -> str:
    return node if isinstance(node, str) else ""


def _integer(node: Tree | str | None) -> int | None:
    text = _text(node).strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None


def _moment(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
