"""The few responses that the adapter reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsync.imap.framing import Framer, FramingError, Literal
from mailsync.imap.names import modified_utf7, quoted, wire_name
from mailsync.imap.responses import Fetched, parse_capabilities, parse_fetch, parse_search, response_code


@pytest.mark.parametrize(
    ("response", "fetched"),
    [
        ([b"* 12 FETCH (UID 7)"], Fetched(7)),
        ([b"* 12 fetch (uid 7 rfc822.size 100)"], Fetched(7, 100)),
        ([b"* 12 FETCH (FLAGS (\\Seen $a) UID 7)"], Fetched(7)),
        ([b"* 12 FETCH (FLAGS (\\Seen))"], None),
        ([b"* 12 EXISTS"], None),
        ([b"* SEARCH 1 2"], None),
        ([b"* 12 FETCH (UID 7 BODY[]<0> ", Literal(b"(UID 9)"), b")"], Fetched(7, None, b"(UID 9)")),
        ([b"* 1 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID)] ", Literal(b"x"), b" UID 7)"], Fetched(7, None, b"x")),
        ([b'* 1 FETCH (X ("UID" (9)) UID 7 BODY[] "a\\"b")'], Fetched(7, None, b'a"b')),
        ([b"* 1 FETCH (UID 7 BODY[] NIL)"], Fetched(7, None, b"")),
        ([b'* 1 FETCH (UID 7 BODY[] "NIL")'], Fetched(7, None, b"NIL")),
    ],
)
def test_fetch(response: list[bytes], fetched: Fetched | None) -> None:
    assert parse_fetch(response) == fetched


@given(st.binary(max_size=200))
def test_a_fetch_of_any_octets_is_read_or_refused(octets: bytes) -> None:
    for response in Framer(1000).feed(b"* 1 FETCH (" + octets + b"\r\n"):
        try:
            parse_fetch(response)
        except (FramingError, ValueError):
            return


def test_a_deeply_nested_list_is_passed_over() -> None:
    assert parse_fetch([b"* 1 FETCH (X " + b"(" * 100_000 + b")" * 100_000 + b" UID 7)"]) == Fetched(7)


@pytest.mark.parametrize(
    ("response", "uids"), [([b"* SEARCH 3 1"], [3, 1]), ([b"* SEARCH"], []), ([b"* 3 EXISTS"], None)]
)
def test_search(response: list[bytes], uids: list[int] | None) -> None:
    assert parse_search(response) == uids


def test_capabilities() -> None:
    assert parse_capabilities([b"* CAPABILITY IMAP4rev1 idle"]) == {"IMAP4REV1", "IDLE"}
    assert parse_capabilities([b"* OK x"]) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"[UIDNEXT 4] next", ("UIDNEXT", "4")),
        (b"[ALERT] words", ("ALERT", "")),
        (b"words [ALERT]", ("", "")),
        (b"[unfinished", ("", "")),
    ],
)
def test_response_code(text: bytes, code: tuple[str, str]) -> None:
    assert response_code(text) == code


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("INBOX", "INBOX"),
        ("Отправленные", "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"),
        ("A & B", "A &- B"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501, 5.1.3
        ("a\r\nb", "a&AA0ACg-b"),
        ("😀", "&2D3eAA-"),
    ],
)
def test_modified_utf7(name: str, encoded: str) -> None:
    assert modified_utf7(name) == encoded


def test_names_are_quoted() -> None:
    assert quoted('a"b\\c') == '"a\\"b\\\\c"'
    assert wire_name("Мои «Письма»").isascii()
