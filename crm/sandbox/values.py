"""Custom field values: JSON as a client sends it to stored values, and back as AmoCRM reads it (fact sheet, 4.7)."""

from __future__ import annotations

from typing import Any

from crm.sandbox.account import FieldDefinition
from crm.sandbox.checks import integer
from crm.sandbox.problems import Refusal, not_a_choice
from crm.sandbox.records import Value
from crm.sandbox.value_types import PARSERS, FieldRules, Parsed

MANY = frozenset({"multiselect", "multitext"})


class FieldReader:
    """Reads the `custom_fields_values` of one entity kind by the rules of the moment."""

    def __init__(self, definitions: dict[int, FieldDefinition], rules: FieldRules) -> None:
        self._definitions = definitions
        self._rules = rules

    def read(self, raw: Any) -> tuple[dict[int, tuple[Value, ...]], list[Refusal]]:
        """Values by field id (empty: cleared), and what is wrong with the rest."""
        if not isinstance(raw, list):
            return {}, [Refusal("InvalidType", "custom_fields_values", "This value should be of type array.")]
        read: dict[int, tuple[Value, ...]] = {}
        refusals: list[Refusal] = []
        for n, element in enumerate(raw):
            place = f"custom_fields_values.{n}"
            if not isinstance(element, dict):
                refusals.append(Refusal("InvalidType", place, "This value should be of type array."))
                continue
            definition = self._definition(element)
            if isinstance(definition, Refusal):
                refusals.append(definition.under(place))
                continue
            values, wrong = self._values(definition, element)
            read[definition.id] = values
            refusals += [one.under(place) for one in wrong]
        return read, refusals

    def _definition(self, element: dict[str, Any]) -> FieldDefinition | Refusal:
        if "field_id" in element:
            field_id = element["field_id"]
            known_id = self._definitions.get(field_id) if integer(field_id) else None
            return known_id or not_a_choice("field_id")
        if "field_code" in element:
            code = element["field_code"]
            known = (one for one in self._definitions.values() if one.code is not None and one.code == code)
            return next(known, None) or not_a_choice("field_code")
        return Refusal("FieldMissing", "field_id", "This field is missing.")

    def _values(self, definition: FieldDefinition, element: dict[str, Any]) -> tuple[tuple[Value, ...], list[Refusal]]:
        if "values" not in element:
            return (), [Refusal("FieldMissing", "values", "This field is missing.")]
        raw = element["values"]
        if raw is None:
            return (), []
        if not isinstance(raw, list):
            return (), [Refusal("InvalidType", "values", "This value should be of type array.")]
        if not raw:
            return (), [Refusal("NotBlank", "values", "This value should not be blank.")]
        if len(raw) > 1 and definition.type not in MANY:
            return (), [Refusal("TooMany", "values", "This collection should contain exactly 1 element.")]
        parsed = [self._value(definition, one) for one in raw]
        wrong = [one.under(f"values.{n}") for n, one in enumerate(parsed) if isinstance(one, Refusal)]
        return tuple(one for one in parsed if isinstance(one, Value)), wrong

    def _value(self, definition: FieldDefinition, raw: Any) -> Parsed:
        if not isinstance(raw, dict):
            return Refusal("InvalidType", "", "This value should be of type array.")
        return PARSERS[definition.type](self._rules, definition, raw)


def show_values(
    definitions: dict[int, FieldDefinition], fields: dict[int, tuple[Value, ...]]
) -> list[dict[str, Any]] | None:
    """The filled fields in the account's order, or None (never an empty list) where nothing is filled."""
    shown = [_show_field(one, fields[one.id]) for one in definitions.values() if fields.get(one.id)]
    return shown or None


def _show_field(definition: FieldDefinition, values: tuple[Value, ...]) -> dict[str, Any]:
    return {
        "field_id": definition.id,
        "field_name": definition.name,
        "field_code": definition.code,
        "field_type": definition.type,
        "is_computed": False,
        "values": [_show_value(one) for one in values],
    }


def _show_value(value: Value) -> dict[str, Any]:
    if value.enum_id is None:
        return {"value": value.value}
    return {"value": value.value, "enum_id": value.enum_id, "enum_code": value.enum_code}
