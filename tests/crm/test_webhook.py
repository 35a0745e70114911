"""Webhook bodies: the shapes of the fact sheet (10.3, 10.5), and any bytes at all."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm import brackets, webhook
from crm.brackets import FormError
from crm.fields import Field, Value
from crm.hook_events import Delivery, LeadEvent, NoteEvent, OtherEvent, PersonEvent, identity

ACCOUNT = "&account[subdomain]=demo&account[id]=5&account[_links][self]=https://demo.amocrm.ru"


def read(decoded: str) -> Delivery:
    return webhook.read(quote(decoded.replace("\n", ""), safe="&=").encode())


def test_a_changed_status_names_the_lead_and_both_statuses() -> None:
    delivery = read(
        "leads[status][0][id]=901&leads[status][0][name]=Заказ 17&leads[status][0][status_id]=142"
        "&leads[status][0][old_status_id]=501&leads[status][0][price]=150000&leads[status][0][last_modified]=1795531000"
        "&leads[status][0][pipeline_id]=40&leads[status][0][tags][0][id]=3&leads[status][0][tags][0][name]=почта"
        + ACCOUNT
    )
    assert (delivery.account_id, delivery.subdomain) == (5, "demo")
    (event,) = delivery.events
    assert isinstance(event, LeadEvent)
    assert (event.action, event.id, event.name) == ("status", 901, "Заказ 17")
    assert (event.old_status_id, event.status_id, event.pipeline_id) == (501, 142, 40)
    assert event.updated_at == datetime(2026, 11, 24, 14, 36, 40, tzinfo=UTC)
    assert event.tags == ("почта",)


def test_field_values_are_strings_choices_bare_dates_and_objects_where_lists_are_due() -> None:
    prefix = "leads[add][0][custom_fields]"
    (event,) = read(
        f"leads[add][0][id]=902&{prefix}[0][id]=7003&{prefix}[0][name]=Тип&{prefix}[0][values][0][value]=Станок"
        f"&{prefix}[0][values][0][enum]=11&{prefix}[1][id]=7002&{prefix}[1][values][0]=1795500000"
        f"&{prefix}[2][id]=7009&{prefix}[2][values][value]=да"
    ).events
    assert isinstance(event, LeadEvent)
    assert event.fields == (
        Field(7003, values=(Value("Станок", enum_id=11),), field_name="Тип"),
        Field(7002, values=(Value("1795500000"),)),
        Field(7009, values=(Value("да"),)),
    )


def test_one_request_may_carry_several_entities_and_kinds() -> None:
    delivery = read("leads[update][0][id]=1&leads[update][1][id]=2&leads[delete][0][id]=3&task[add][0][id]=9")
    assert [(type(event).__name__, event.action) for event in delivery.events] == [
        ("LeadEvent", "update"),
        ("LeadEvent", "update"),
        ("LeadEvent", "delete"),
        ("OtherEvent", "add"),
    ]


def test_a_company_comes_under_contacts() -> None:
    contact, company = read(
        "contacts[add][0][id]=77&contacts[add][0][linked_leads_id][901][ID]=901&contacts[add][0][type]=contact"
        "&contacts[add][1][id]=88&contacts[add][1][type]=company"
    ).events
    assert isinstance(contact, PersonEvent)
    assert isinstance(company, PersonEvent)
    assert (contact.is_company, contact.linked_lead_ids, company.is_company) == (False, (901,), True)


def test_a_note_names_what_it_hangs_on() -> None:
    (event,) = read(
        "leads[note][0][note][text]=Письмо&leads[note][0][note][note_type]=4&leads[note][0][note][element_type]=2"
        "&leads[note][0][note][element_id]=901&leads[note][0][note][id]=7001"
    ).events
    assert isinstance(event, NoteEvent)
    assert (event.entity_type, event.entity_id, event.id, event.text) == ("leads", 901, 7001, "Письмо")


def test_a_digital_pipeline_hook_tells_the_old_pipeline_too() -> None:
    (event,) = read(
        "leads[status][0][id]=901&leads[status][0][status_id]=142&leads[status][0][pipeline_id]=40"
        "&leads[status][0][old_status_id]=501&leads[status][0][old_pipeline_id]=41&account[id]=5&account[subdomain]=demo"
    ).events
    assert isinstance(event, LeadEvent)
    assert event.old_pipeline_id == 41


def test_unknown_keys_survive() -> None:
    (event,) = read("leads[add][0][id]=1&leads[add][0][novelty]=x").events
    assert isinstance(event, LeadEvent)
    assert event.extra == {"novelty": "x"}


def test_a_repeated_delivery_has_the_same_identity_and_another_change_has_not() -> None:
    body = "leads[status][0][id]=901&leads[status][0][status_id]=142&leads[status][0][last_modified]={}"
    (first,), (again,), (later,) = (read(body.format(at)).events for at in (1, 1, 2))
    assert identity(first) == identity(again) != identity(later)


@pytest.mark.parametrize(
    "body",
    [
        b"a=" + b"x" * brackets.MOST_BYTES,
        b"&".join([b"a=1"] * (brackets.MOST_PAIRS + 1)),
        b"a" + b"[b]" * brackets.MOST_DEPTH + b"=1",
        b"k" * (brackets.LONGEST_KEY + 1) + b"=1",
    ],
    ids=["too large", "too many values", "too deep", "too long a key"],
)
def test_a_body_past_a_limit_is_refused(body: bytes) -> None:
    with pytest.raises(FormError):
        webhook.read(body)


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        delivery = webhook.read(body)
    except FormError:
        return
    assert all(identity(event) for event in delivery.events)


PIECES = st.sampled_from(
    [
        "leads",
        "contacts",
        "status",
        "add",
        "note",
        "0",
        "1",
        "id",
        "custom_fields",
        "values",
        "value",
        "tags",
        "account",
        "",
    ]
)


@given(st.lists(st.tuples(PIECES, st.lists(PIECES, max_size=8), st.text(max_size=5)), max_size=30))
def test_any_nesting_of_known_words_is_read(pairs: list[tuple[str, list[str], str]]) -> None:
    body = urlencode([(root + "".join(f"[{part}]" for part in parts), value) for root, parts, value in pairs])
    for event in webhook.read(body.encode()).events:
        assert isinstance(event, LeadEvent | PersonEvent | NoteEvent | OtherEvent)
        assert identity(event)


KEYS = st.text(st.characters(blacklist_characters="[]", blacklist_categories=["Cs"]), min_size=1, max_size=6)


@given(
    st.dictionaries(
        KEYS,
        st.recursive(
            st.text(st.characters(blacklist_categories=["Cs"]), max_size=8),
            lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3),
            max_leaves=20,
        ),
        max_size=5,
    )
)
def test_a_tree_comes_back_as_it_was_written(tree: brackets.Tree) -> None:
    assert brackets.parse(urlencode(_pairs(tree)).encode()) == tree


def _pairs(tree: brackets.Tree, prefix: str = "") -> list[tuple[str, str]]:
    pairs = []
    for key, node in tree.items():
        name = f"{prefix}[{key}]" if prefix else key
        pairs += [(name, node)] if isinstance(node, str) else _pairs(node, name)
    return pairs
