"""Values on their way in and out: field types, lengths, keys of people, settings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import fields, from_json, note_types, to_json
from crm.entities import EntityType, Existing, LeadUpdate, Linked, NewCompany, NewLead, Tag
from crm.fields import Field, Leftover, Value
from crm.keys import Key, email_key, inn_key, phone_key
from crm.note_types import NewNote
from crm.resources.files import fitted_name
from crm.settings import Settings

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("field", "written"),
    [
        (fields.text(1, "текст"), {"field_id": 1, "values": [{"value": "текст"}]}),
        (fields.numeric(1, Decimal("12.5")), {"field_id": 1, "values": [{"value": 12.5}]}),
        (fields.numeric(1, 12.0), {"field_id": 1, "values": [{"value": 12}]}),
        (fields.checkbox(1, value=True), {"field_id": 1, "values": [{"value": True}]}),
        (fields.day(1, date(2026, 11, 23), MOSCOW), {"field_id": 1, "values": [{"value": 1_795_424_400}]}),
        (
            fields.moment(1, datetime(2026, 11, 23, 9, tzinfo=UTC)),
            {"field_id": 1, "values": [{"value": 1_795_424_400}]},
        ),
        (fields.choice(1, 11, "Станок"), {"field_id": 1, "values": [{"enum_id": 11}, {"value": "Станок"}]}),
        (fields.emails(["a@b.ru"]), {"field_code": "EMAIL", "values": [{"value": "a@b.ru", "enum_code": "WORK"}]}),
        (fields.phones(["+79"], "MOB"), {"field_code": "PHONE", "values": [{"value": "+79", "enum_code": "MOB"}]}),
        (Field(1), {"field_id": 1, "values": None}),
        (
            fields.file(1, uuid="u", version_uuid="v", name="a.pdf", size=5),
            {
                "field_id": 1,
                "values": [{"value": {"file_uuid": "u", "version_uuid": "v", "file_name": "a.pdf", "file_size": 5}}],
            },
        ),
    ],
)
def test_each_type_of_field_is_written_as_the_service_wants_it(field: Field, written: dict[str, Any]) -> None:
    assert to_json.custom_fields_values([field]) == [written]


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Vladivostok", "America/New_York", "UTC", "Pacific/Kiritimati"])
@given(day=st.dates(date(1980, 1, 1), date(2100, 1, 1)))
def test_a_date_comes_back_as_the_same_day(zone: str, day: date) -> None:
    place = ZoneInfo(zone)
    written = fields.day(1, day, place).values[0]
    assert fields.as_day(written, place) == day


def test_values_are_read_in_all_their_spellings() -> None:
    assert fields.as_number(Value("12.50")) == Decimal("12.5")
    assert fields.as_number(Value("NaN")) is None
    assert fields.as_day(Value("2026-11-23T12:00:00+03:00"), MOSCOW) == date(2026, 11, 23)
    assert fields.as_moment(Value("нет")) is None
    assert fields.as_moment(Value("9" * 30)) is None
    with pytest.raises(ValueError, match="time zone"):
        fields.moment(1, datetime(2026, 1, 1))  # noqa: DTZ001 - a naive one is what is refused


def test_long_texts_are_cut_and_handed_back_whole() -> None:
    long = "а" * 300
    lead = NewLead(
        name="Заказ",
        fields=(fields.text(7001, long), fields.textarea(7002, long), fields.text(7003, "б" * 256)),
        company=NewCompany("ООО", emails=("x" * 257,), fields=(fields.text(7004, long),)),
    )
    fitted, leftovers = to_json.fit_lead(lead)
    assert [len(one.texts[0]) for one in fitted.fields] == [256, 300, 256]
    assert fitted.fields[0].texts[0].endswith("…")
    assert isinstance(fitted.company, NewCompany)
    assert fitted.company.emails == ()
    assert leftovers == (
        Leftover("company.EMAIL", "x" * 257),
        Leftover("company.7004", long),
        Leftover("7001", long),
    )


def test_an_update_leaves_alone_what_it_does_not_name() -> None:
    assert to_json.lead_update(LeadUpdate(901, price=0)) == {"id": 901, "price": 0}


def test_tags_go_by_name_once_and_not_too_long() -> None:
    assert to_json.tag_list(["почта", " почта ", "", "я" * 101]) == [{"name": "почта"}, {"name": "я" * 99 + "…"}]


def test_an_existing_contact_and_company_go_by_id() -> None:
    written = to_json.lead(NewLead(contact=Existing(77), company=Existing(88)), "0")
    assert written["_embedded"] == {"contacts": [{"id": 77, "is_main": True}], "companies": [{"id": 88}]}


@pytest.mark.parametrize(
    ("content", "kind", "params"),
    [
        (note_types.Text("а\nб"), "common", {"text": "а\nб"}),
        (note_types.ServiceMessage("Почта", "а"), "service_message", {"service": "Почта", "text": "а"}),
        (
            note_types.ServiceMessage("Почта", "а", folded=True),
            "extended_service_message",
            {"service": "Почта", "text": "а"},
        ),
        (note_types.Attachment("u", "a.pdf"), "attachment", {"file_uuid": "u", "file_name": "a.pdf"}),
        (
            note_types.Call("in", "u", 5, "почта", "+7", status=4),
            "call_in",
            {"uniq": "u", "duration": 5, "source": "почта", "phone": "+7", "call_status": 4},
        ),
        (note_types.Sms("out", "а", "+7"), "sms_out", {"text": "а", "phone": "+7"}),
        (
            note_types.Geolocation("а", "б", "1.0", "2.0"),
            "geolocation",
            {"text": "а", "address": "б", "longitude": "1.0", "latitude": "2.0"},
        ),
        (note_types.CashierMessage("shown", "а"), "message_cashier", {"status": "shown", "text": "а"}),
    ],
)
def test_each_kind_of_note_has_its_own_parameters(content: note_types.Content, kind: str, params: Any) -> None:
    written = to_json.note(NewNote(EntityType.LEADS, 901, content), "0")
    assert (written["note_type"], written["params"]) == (kind, params)
    assert written["is_need_to_trigger_digital_pipeline"] is False


def test_a_note_that_is_too_long_is_cut_and_handed_back_whole() -> None:
    long = "а" * 10_001
    fitted, leftovers = note_types.fit(note_types.Text(long))
    assert note_types.params(fitted)["text"] == "а" * 9_999 + "…"
    assert leftovers == (Leftover("text", long),)
    assert note_types.fit(note_types.Attachment("u", "a.pdf")) == (note_types.Attachment("u", "a.pdf"), ())


@given(st.text(alphabet="аб\n", max_size=200), st.integers(2, 50))
def test_a_split_text_is_whole_and_no_part_too_long(text: str, limit: int) -> None:
    parts = note_types.split(text, limit)
    assert "".join(parts) == text
    assert all(len(part) <= limit for part in parts)


def test_a_text_is_split_at_a_line_end() -> None:
    assert note_types.split("первая\nвторая\nтретья", 15) == ("первая\nвторая\n", "третья")


@pytest.mark.parametrize(
    ("name", "fitted"),
    [
        ("заявка.pdf", "заявка.pdf"),
        ("я" * 300 + ".pdf", "я" * 246 + ".pdf"),
        ("я" * 300, "я" * 250),
        ("см. " + "я" * 300, "см. " + "я" * 246),
        ("." + "a" * 300, "." + "a" * 249),
    ],
)
def test_a_long_file_name_keeps_its_extension(name: str, fitted: str) -> None:
    assert fitted_name(name) == fitted


def test_a_lead_is_read_with_everything_unknown_kept() -> None:
    lead = from_json.lead(
        {
            "id": "901",
            "name": None,
            "price": 150000,
            "created_at": 1_795_530_000,
            "closed_at": None,
            "custom_fields_values": None,
            "price_with_minor_units": 15_000_000,
            "_links": {},
            "_embedded": {
                "tags": [{"id": 3, "name": "почта", "color": None}],
                "companies": [],
                "contacts": [{"id": 77, "is_main": True}],
                "novelty": [1],
            },
        }
    )
    assert (lead.id, lead.name, lead.fields) == (901, "", ())
    assert lead.created_at == datetime(2026, 11, 24, 14, 20, tzinfo=UTC)
    assert lead.tags == (Tag(3, "почта"),)
    assert lead.contacts == (Linked(77, is_main=True),)
    assert lead.extra == {"price_with_minor_units": 15_000_000, "_embedded": {"novelty": [1]}}


def test_contacts_of_a_lead_are_none_unless_they_were_asked_for() -> None:
    assert from_json.lead({"id": 1}).contacts is None
    assert from_json.lead({"id": 1, "_embedded": {"contacts": []}}).contacts == ()


def test_an_enumerated_value_is_read_under_either_key() -> None:
    old = from_json.custom_value({"field_code": "EMAIL", "values": [{"value": "a@b.ru", "enum": "WORK"}]})
    new = from_json.custom_value({"field_code": "EMAIL", "values": [{"value": "a@b.ru", "enum_code": "WORK"}]})
    assert old == new


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["id", "name", "_embedded", "tags", "custom_fields_values", "values", "created_at"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused_as_a_whole(body: Any) -> None:
    for read in (from_json.lead, from_json.contact, from_json.note, from_json.task, from_json.pipeline, from_json.file):
        try:
            read(body)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("address", "key"),
    [
        (" Zakaz@Zavod.RU ", "zakaz@zavod.ru"),
        ("почта@завод.рф", "почта@завод.рф"),
        ("info@xn--80aayl4aj.xn--p1ai", "info@" + b"xn--80aayl4aj.xn--p1ai".decode("idna")),
        ("a@xn--\u00e9", "a@xn--\u00e9"),
        ("no-at", None),
        ("@b.ru", None),
        ("a b@c.ru", None),
        ("a@" + "b" * 400, None),
    ],
)
def test_addresses_are_compared_without_case(address: str, key: str | None) -> None:
    assert email_key(address) == (Key("email", key) if key else None)


@pytest.mark.parametrize(
    "number", ["+7 (999) 123-45-67", "8 999 123 45 67", "9991234567", "79991234567", "+79991234567;ext=12"]
)
def test_a_russian_number_is_one_however_it_is_spelt(number: str) -> None:
    assert phone_key(number) == Key("phone", "79991234567")


@pytest.mark.parametrize(("number", "digits"), [("+375 29 123 45 67", "375291234567"), ("+8 800", None), ("12", None)])
def test_foreign_numbers_stay_as_they_are(number: str, digits: str | None) -> None:
    assert phone_key(number) == (Key("phone", digits) if digits else None)


def test_an_inn_has_10_or_12_digits() -> None:
    assert inn_key(" 7707083893 ") == Key("inn", "7707083893")
    assert inn_key("770708389") is None
    assert inn_key("٧٧٠٧٠٨٣٨٩٣") is None


@pytest.mark.parametrize(
    "url",
    ["http://demo.amocrm.ru", "ftp://x", "demo.amocrm.ru", "https://u:p@demo.amocrm.ru", "https://demo.amocrm.ru/api"],
)
def test_an_address_that_may_not_see_a_token_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        Settings(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://[::1]:1", "http://sandbox:8000", "http://localhost"])
def test_a_sandbox_nearby_may_be_reached_without_tls(url: str) -> None:
    assert Settings(url).base_url == url


@pytest.mark.parametrize(
    "wrong", [{"requests_per_second": 8}, {"requests_per_second": 0}, {"batch_size": 51}, {"concurrency": 0}]
)
def test_limits_past_what_the_service_allows_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings("https://demo.amocrm.ru", **wrong)
