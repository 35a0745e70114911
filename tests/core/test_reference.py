"""References and our own Message-IDs."""

from __future__ import annotations

import re

import pytest

from mailsync.deciding.reference import is_marked, own_message_id, recognise, reference

KEY = b"k" * 32


def test_a_reference_is_derived_from_the_key_and_always_the_same() -> None:
    assert reference("letter:abc") == "RS-YTJ30T7"
    assert reference("letter:abc") == reference("letter:abc")
    assert reference("letter:abc", 1) != reference("letter:abc")
    assert re.fullmatch(r"RS-[0-9A-HJKMNP-TV-Z]{7}", reference("letter:abd"))


def test_our_message_id_is_recognised_and_nobody_else_can_make_one() -> None:
    ours = own_message_id("RS-8TKYS9P", "confirmation", "tdrusstankosbyt.ru", KEY)
    found = recognise(ours, KEY)
    assert found
    assert (found.reference, found.purpose) == ("RS-8TKYS9P", "confirmation")
    assert recognise(ours, b"x" * 32) is None


@pytest.mark.parametrize(
    ("part", "other"),
    [("RS-8TKYS9P", "RS-8TKYS9Q"), ("confirmation", "status_142"), ("tdrusstankosbyt.ru", "evil.example"), ("<", "")],
)
def test_a_changed_message_id_is_not_ours(part: str, other: str) -> None:
    ours = own_message_id("RS-8TKYS9P", "confirmation", "tdrusstankosbyt.ru", KEY)
    assert recognise(ours.replace(part, other), KEY) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Заказ · RS-8TKYS9P/1", True),
        ("уточните адрес (RS-8TKYS9P/1)", True),
        ("RS-8TKYS9P/12", False),
        ("xRS-8TKYS9P/1", False),
        ("", False),
    ],
)
def test_a_marker_counts_as_a_whole_word(text: str, found: bool) -> None:
    assert is_marked(text, "RS-8TKYS9P/1") is found
