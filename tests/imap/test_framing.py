"""Bytes become responses, however they are cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsync.imap.framing import Framer, FramingError, Literal

DIALOGUE = (
    b"* OK ready {5}\r\n"
    b"* 1 FETCH (UID 1 BODY[] {7}\r\na\r\n{3}\r FLAGS () X {0}\r\n)\r\n"
    b"+ go on {9}\r\n"
    b"A1 NO text {12}\r\n"
    b"* 2 FETCH (UID 2 BODY[] ~{2}\r\n\0\n)\n"
)
RESPONSES = [
    [b"* OK ready {5}"],
    [b"* 1 FETCH (UID 1 BODY[] ", b"a\r\n{3}\r", b" FLAGS () X ", b"", b")"],
    [b"+ go on {9}"],
    [b"A1 NO text {12}"],
    [b"* 2 FETCH (UID 2 BODY[] ~", b"\0\n", b")"],
]


def framed(pieces: list[bytes], limit: int = 1000) -> list[list[bytes]]:
    framer = Framer(limit)
    return [response for piece in pieces for response in framer.feed(piece)]


def test_a_dialogue_is_cut_into_its_responses() -> None:
    assert framed([DIALOGUE]) == RESPONSES


def test_literals_are_told_from_text() -> None:
    (response,) = framed([b"* 1 FETCH (X {1}\r\n()\r\n"])
    assert [isinstance(part, Literal) for part in response] == [False, True, False]


@given(st.lists(st.integers(0, len(DIALOGUE))))
def test_where_the_network_cuts_makes_no_difference(cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(DIALOGUE)]
    assert framed([DIALOGUE[start:end] for start, end in itertools.pairwise(bounds)]) == RESPONSES


def test_octet_by_octet() -> None:
    assert framed([DIALOGUE[at : at + 1] for at in range(len(DIALOGUE))]) == RESPONSES


def test_nothing_is_left_over_between_responses() -> None:
    framer = Framer(1000)
    assert list(framer.feed(b"* OK x\r\n"))
    assert framer.empty
    assert not list(framer.feed(b"* OK y"))
    assert not framer.empty


@pytest.mark.parametrize(
    "octets",
    [
        b"* OK " + b"x" * 100,
        b"* OK " + b"x" * 100 + b"\r\n",
        b"* 1 FETCH (BODY[] {101}\r\n",
        b"* 1 FETCH (BODY[] {99999999999999999999}\r\n",
        b"* 1 FETCH (" + b"X {9}\r\n123456789 " * 10,
    ],
)
def test_a_response_over_the_limit_is_refused_before_it_fills_the_memory(octets: bytes) -> None:
    with pytest.raises(FramingError):
        framed([octets], limit=100)


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    try:
        framed([octets], limit=100)
    except FramingError:
        return
