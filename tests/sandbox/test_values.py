"""Custom fields are checked on the way in and changed on the way out, as AmoCRM does it."""

from __future__ import annotations

from typing import Any

import pytest

from crm.sandbox.account import FieldDefinition, Option
from tests.sandbox.caller import Caller

FIELDS = (
    FieldDefinition(1, "Текст"),
    FieldDefinition(2, "Число", "numeric"),
    FieldDefinition(3, "Галочка", "checkbox"),
    FieldDefinition(4, "Дата", "date"),
    FieldDefinition(5, "Время", "date_time"),
    FieldDefinition(6, "Список", "select", options=(Option(61, "Новое", "new"), Option(62, "Старое"))),
    FieldDefinition(7, "Набор", "multiselect", options=(Option(71, "а"), Option(72, "б"))),
    FieldDefinition(8, "Почта", "multitext", "EMAIL", (Option(81, "WORK", "WORK"), Option(82, "PRIV", "PRIV"))),
    FieldDefinition(9, "Длинный текст", "textarea"),
    FieldDefinition(10, "Файл", "file"),
)


@pytest.fixture
def typed(caller: Caller) -> Caller:
    """A caller whose account has a lead field of every type, ids 1 to 10."""
    caller.sandbox.account.fields["leads"] = {one.id: one for one in FIELDS}
    return caller


@pytest.mark.parametrize(
    ("field_id", "sent", "read"),
    [
        (1, [{"value": "я" * 256}], [{"value": "я" * 256}]),
        (1, [{"value": 17}], [{"value": "17"}]),
        (2, [{"value": 12.5}], [{"value": "12.5"}]),
        (2, [{"value": "1000"}], [{"value": "1000"}]),
        (3, [{"value": True}], [{"value": True}]),
        # Midnight UTC of the 23rd comes back as midnight in Moscow, which is 21:00 UTC of the day before.
        (4, [{"value": 1795392000}], [{"value": 1795381200}]),
        (4, [{"value": "2026-11-23T12:00:00+03:00"}], [{"value": 1795381200}]),
        (5, [{"value": 1795392001}], [{"value": 1795392001}]),
        (5, [{"value": "2026-11-23T12:00:00+03:00"}], [{"value": 1795424400}]),
        (6, [{"enum_id": 61}], [{"value": "Новое", "enum_id": 61, "enum_code": "new"}]),
        (6, [{"value": "Старое"}], [{"value": "Старое", "enum_id": 62, "enum_code": None}]),
        (6, [{"enum_code": "new"}], [{"value": "Новое", "enum_id": 61, "enum_code": "new"}]),
        (
            7,
            [{"enum_id": 71}, {"value": "б"}],
            [{"value": "а", "enum_id": 71, "enum_code": None}, {"value": "б", "enum_id": 72, "enum_code": None}],
        ),
        (8, [{"value": "a@b.ru"}], [{"value": "a@b.ru", "enum_id": 81, "enum_code": "WORK"}]),
        (8, [{"value": "a@b.ru", "enum_code": "PRIV"}], [{"value": "a@b.ru", "enum_id": 82, "enum_code": "PRIV"}]),
        (9, [{"value": "я" * 1000}], [{"value": "я" * 1000}]),
    ],
)
async def test_what_is_sent_and_what_is_read(typed: Caller, field_id: int, sent: list[Any], read: list[Any]) -> None:
    lead_id = await typed.add("leads", custom_fields_values=[{"field_id": field_id, "values": sent}])

    _, lead = await typed.call("GET", f"/api/v4/leads/{lead_id}")

    assert lead["custom_fields_values"][0]["values"] == read


@pytest.mark.parametrize(
    ("element", "code", "path"),
    [
        ({"field_id": 99, "values": [{"value": "x"}]}, "NotSupportedChoice", "field_id"),
        ({"field_id": "1", "values": [{"value": "x"}]}, "NotSupportedChoice", "field_id"),
        ({"field_code": "PHONE", "values": [{"value": "x"}]}, "NotSupportedChoice", "field_code"),
        ({"values": [{"value": "x"}]}, "FieldMissing", "field_id"),
        ({"field_id": 1}, "FieldMissing", "values"),
        ({"field_id": 1, "values": "x"}, "InvalidType", "values"),
        ({"field_id": 1, "values": []}, "NotBlank", "values"),
        ({"field_id": 1, "values": [{"value": "a"}, {"value": "b"}]}, "TooMany", "values"),
        ({"field_id": 1, "values": [{"value": "я" * 257}]}, "TooLong", "values.0.value"),
        ({"field_id": 1, "values": [{"value": None}]}, "InvalidType", "values.0.value"),
        ({"field_id": 2, "values": [{"value": "много"}]}, "InvalidType", "values.0.value"),
        ({"field_id": 2, "values": [{"value": "1e999999999"}]}, "InvalidType", "values.0.value"),
        ({"field_id": 3, "values": [{"value": "да"}]}, "InvalidType", "values.0.value"),
        ({"field_id": 4, "values": [{"value": "23.11.2026"}]}, "InvalidType", "values.0.value"),
        ({"field_id": 4, "values": [{"value": 10**20}]}, "InvalidType", "values.0.value"),
        ({"field_id": 5, "values": [{"value": "2026-11-23T12:00:00"}]}, "InvalidType", "values.0.value"),
        ({"field_id": 6, "values": [{"value": "Никакое"}]}, "NotSupportedChoice", "values.0.value"),
        ({"field_id": 6, "values": [{"enum_id": 1}]}, "NotSupportedChoice", "values.0.enum_id"),
        ({"field_id": 8, "values": [{"value": "x", "enum_code": "HOME"}]}, "NotSupportedChoice", "values.0.enum_code"),
        ({"field_id": 10, "values": [{"value": {"file_uuid": "x"}}]}, "NotSupportedChoice", "values.0.value.file_uuid"),
    ],
)
async def test_what_is_refused(typed: Caller, element: dict[str, Any], code: str, path: str) -> None:
    refused = await typed.refused("POST", "/api/v4/leads", [{"custom_fields_values": [element]}])

    assert refused == [("0", code, f"custom_fields_values.0.{path}")]


async def test_a_write_leaves_other_fields_and_null_clears_one(typed: Caller) -> None:
    both = [{"field_id": 1, "values": [{"value": "a"}]}, {"field_id": 9, "values": [{"value": "b"}]}]
    lead_id = await typed.add("leads", custom_fields_values=both)

    change = {"custom_fields_values": [{"field_id": 9, "values": None}]}
    await typed.call("PATCH", f"/api/v4/leads/{lead_id}", change)

    assert typed.sandbox.leads[lead_id].values(1) == ["a"]
    assert typed.sandbox.leads[lead_id].values(9) == []


async def test_a_text_that_a_person_typed_may_be_longer_and_does_not_hinder_other_changes(typed: Caller) -> None:
    from crm.sandbox import desk

    lead_id = await typed.add("leads")
    desk.fill(typed.sandbox, lead_id, 1, "я" * 300)

    status, _ = await typed.call("PATCH", f"/api/v4/leads/{lead_id}", {"price": 5})

    assert status == 200
    assert typed.sandbox.leads[lead_id].values(1) == ["я" * 300]
