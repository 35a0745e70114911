"""What holds for any bytes: a Reading, plain texts, a JSON line, and the same answer twice."""

# ruff: noqa: E501 - a table of fragments

from __future__ import annotations

import base64
import quopri
from email.header import Header

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mailsync.isolation.frames import Answer, pack, unpack
from mailsync.reading.model import ReadingContext
from mailsync.reading.reader import read_letter
from tests.reading.holds import check_reading
from tests.reading.letters_by_hand import CONTEXT, OWN, letter

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(
    max_examples=100_000,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
    database=None,
)

CYRILLIC = st.text(st.characters(codec="windows-1251", min_codepoint=32), max_size=60)
LINES = st.sampled_from([
    "Content-Type: multipart/mixed; boundary=b", "Content-Type: text/html; charset=koi8-r", "Content-Type: message/rfc822",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b", "Content-Type: message/delivery-status",
    'Content-Type: multipart/alternative; boundary="c"', "Content-Transfer-Encoding: base64", "Content-Type: application/ms-tnef",
    "Content-Transfer-Encoding: quoted-printable", "Content-Disposition: attachment; filename*0*=utf-8''%D0; filename*1=x",
    "Content-Type: application/pkcs7-mime", "From: =?utf-8?B?0JfQsNGP?= <a@b.example>", "Subject: =?koi8-r?Q?=DA?=", 'To: ,;<>("',
    "Date: Mon, 32 Foo 2026 99:99", "Message-ID: <<a@b>>", "--b", "--b--", "--c", "--c--", "", "", "> quoted", "-- ", "С уважением,",
    "От: a <a@b.example>", "Отправлено: 3 марта", "Кому: b", "Тема: x", "вт, 3 мар. 2026 г. в 15:02, a <a@b.example>:", "<table><tr><td>",
    "<blockquote>", "</div><p>x&nbsp;", "прошу счёт на вал - 2 шт", "0J/RgNC+0YjRgw==", "=D0=9F=", "begin 644 a", "Auto-Submitted: auto-replied",
    "Final-Recipient: rfc822; a@b.example", "Status: 5.1.1", "Reporting-MTA: dns; x", "\x00\x01", "=?utf-8?B?", "\ufeff", "é",
])  # fmt: skip
STRUCTURED = st.lists(LINES, max_size=40).map(lambda lines: "\r\n".join(lines).encode("utf-8"))
ANYTHING = st.one_of(
    st.binary(max_size=2_000), STRUCTURED, st.tuples(STRUCTURED, st.binary(max_size=300)).map(b"\r\n".join)
)


@QUICK
@given(ANYTHING)
def test_any_bytes_are_read_without_an_exception(raw: bytes) -> None:
    check_reading(raw, CONTEXT)


@pytest.mark.long
@LONG
@given(ANYTHING)
def test_any_of_100_000_bytes_are_read_without_an_exception(raw: bytes) -> None:
    check_reading(raw, CONTEXT)


@QUICK
@given(ANYTHING)
def test_reading_twice_gives_the_same_and_survives_the_way_through_a_pipe(raw: bytes) -> None:
    reading = read_letter(raw, CONTEXT)
    assert read_letter(raw, CONTEXT) == reading
    _, _, body, *large = pack(Answer(reading))
    assert unpack(body, large) == Answer(reading)


@QUICK
@given(CYRILLIC)
def test_a_subject_comes_out_as_it_went_in(subject: str) -> None:
    words = Header(subject, "utf-8", maxlinelen=60).encode()
    found = read_letter(letter("x", f"Subject: {words}"), CONTEXT).message.subject
    assert found.split() == subject.split()


@QUICK
@given(st.binary(max_size=3_000), st.sampled_from(["base64", "quoted-printable"]), st.booleans())
def test_a_file_comes_out_as_it_went_in(octets: bytes, encoding: str, broken_lines: bool) -> None:
    encoded = (
        base64.encodebytes(octets) if encoding == "base64" else quopri.encodestring(octets).replace(b"\n", b"=0A=\n")
    )
    if encoding == "quoted-printable":
        encoded = b"".join(b"=%02X" % byte for byte in octets)
    if broken_lines:
        encoded = encoded.replace(b"\n", b"\r\n \r\n")
    raw = letter(encoded, "Content-Type: application/zip; name=a.zip", f"Content-Transfer-Encoding: {encoding}")
    found = read_letter(raw, CONTEXT).message.attachments
    assert [one.content for one in found] == [octets]


@QUICK
@given(st.lists(CYRILLIC.filter(str.strip), min_size=1, max_size=8))
def test_nothing_of_a_letter_is_lost(paragraphs: list[str]) -> None:
    message = read_letter(letter("\n\n".join(paragraphs)), CONTEXT).message
    kept = "".join((message.new_text + message.signature + message.quoted).split())
    for paragraph in paragraphs:
        marked = "".join(paragraph.split()).replace(">", "")
        assert marked in kept.replace(">", "") or ">" in paragraph


@QUICK
@given(ANYTHING)
def test_our_own_address_is_never_a_customers(raw: bytes) -> None:
    reading = read_letter(b"From: zakaz@shop.example\r\n" + raw, ReadingContext(own=OWN))
    assert reading.order is None or "zakaz@shop.example" not in reading.order.contact.emails
