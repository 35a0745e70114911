"""One parser a custom field type: what a client sends becomes what AmoCRM reads back (fact sheet, 4.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from crm.sandbox.account import FieldDefinition, Option
from crm.sandbox.checks import LATEST, integer
from crm.sandbox.problems import Refusal, not_a_choice
from crm.sandbox.records import Value

Parsed = Value | Refusal
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class FieldRules:
    """What depends on account and switches: characters in a text, the account's day, which files there are."""

    text_limit: int
    time_zone: ZoneInfo
    file_exists: Callable[[str], bool]


def _text(rules: FieldRules, definition: FieldDefinition, raw: dict[str, Any]) -> Parsed:
    parsed = _long_text(rules, definition, raw)
    if isinstance(parsed, Value) and len(parsed.value) > rules.text_limit:
        return Refusal(
            "TooLong", "value", f"This value is too long. It should have {rules.text_limit} characters or less."
        )
    return parsed


def _long_text(_rules: FieldRules, _: FieldDefinition, raw: dict[str, Any]) -> Parsed:
    value = raw.get("value")
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return Value(str(value))
    return Refusal("InvalidType", "value", "This value should be of type string.")


def _numeric(_rules: FieldRules, _: FieldDefinition, raw: dict[str, Any]) -> Parsed:
    value = raw.get("value")
    try:
        number = Decimal("nan" if isinstance(value, bool) else str(value))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        return Refusal("InvalidType", "value", "This value should be of type numeric.")
    return Value(format(number, "f"))


def _checkbox(_rules: FieldRules, _: FieldDefinition, raw: dict[str, Any]) -> Parsed:
    if raw.get("value") in (True, False):
        return Value(bool(raw["value"]))
    return Refusal("InvalidType", "value", "This value should be of type bool.")


def _date_time(_rules: FieldRules, _: FieldDefinition, raw: dict[str, Any]) -> Parsed:
    value = raw.get("value")
    if integer(value) and abs(value) < LATEST:  # birthdays may lie before 1970
        return Value(value)
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        return Refusal("InvalidType", "value", "This value should be a timestamp or an RFC 3339 date.")
    return Value(int(moment.timestamp()))


def _date(rules: FieldRules, definition: FieldDefinition, raw: dict[str, Any]) -> Parsed:
    parsed = _date_time(rules, definition, raw)
    if isinstance(parsed, Refusal):
        return parsed
    local = datetime.fromtimestamp(parsed.value, rules.time_zone)
    return Value(int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()))


def _option(_rules: FieldRules, definition: FieldDefinition, raw: dict[str, Any]) -> Parsed:
    for key, attribute in (("enum_id", "id"), ("enum_code", "code"), ("value", "value")):
        if raw.get(key) is not None:
            option = _find(definition.options, attribute, raw[key])
            return Value(option.value, option.id, option.code) if option else not_a_choice(key)
    return Refusal("FieldMissing", "value", "This field is missing.")


def _coded_text(rules: FieldRules, definition: FieldDefinition, raw: dict[str, Any]) -> Parsed:
    parsed = _text(rules, definition, raw)
    if isinstance(parsed, Refusal):
        return parsed
    option: Option | None = definition.options[0]
    if raw.get("enum_id") is not None:
        option = _find(definition.options, "id", raw["enum_id"])
    elif raw.get("enum_code") is not None:
        option = _find(definition.options, "code", raw["enum_code"])
    if option is None:
        return not_a_choice("enum_id" if raw.get("enum_id") is not None else "enum_code")
    return Value(parsed.value, option.id, option.code)


def _file(rules: FieldRules, _: FieldDefinition, raw: dict[str, Any]) -> Parsed:
    value = raw.get("value")
    if isinstance(value, dict) and rules.file_exists(str(value.get("file_uuid"))):
        return Value(value)
    return not_a_choice("value.file_uuid")


PARSERS: dict[str, Callable[[FieldRules, FieldDefinition, dict[str, Any]], Parsed]] = {
    "text": _text,
    "url": _text,
    "streetaddress": _text,
    "textarea": _long_text,
    "numeric": _numeric,
    "checkbox": _checkbox,
    "date": _date,
    "birthday": _date,
    "date_time": _date_time,
    "select": _option,
    "radiobutton": _option,
    "multiselect": _option,
    "multitext": _coded_text,
    "file": _file,
}


def _find(options: Iterable[Option], attribute: str, wanted: Any) -> Option | None:
    return next((one for one in options if getattr(one, attribute) == wanted), None)
