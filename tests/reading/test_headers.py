"""Header fields as they are written in the wild."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailsync.reading import addresses, encoded_words, headers
from mailsync.reading.model import Address
from tests.reading.letters_by_hand import letter, message

MSK = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?B?0JfQsNGP0LLQutCw?=", "Заявка"),
        (b"=?utf-8?b?0JfQsNGP?= =?utf-8?B?0LLQutCw?=", "Заявка"),
        (b"=?utf-8?B?0JfQsNGP?=\r\n =?UTF-8?B?0LLQutCw?=", "Заявка"),
        (b"=?utf-8?Q?=D0=97=D0?= =?utf-8?Q?=B0=D1=8F?=", "Зая"),
        (b"=?utf-8?B?0JfQsNE=?= =?utf-8?B?j9Cy0LrQsA==?=", "Заявка"),
        (b"=?utf-8?B?0JfQsN?= =?utf-8?B?GP0LLQutCw?=", "Заявка"),
        (b"Re: =?koi8-r?Q?=DA=C1=D1=D7=CB=C1_=CE=C1?= 16K20", "Re: заявка на 16K20"),
        (b"=?windows-1251?Q?=C7=E0=FF=E2=EA=E0?= =?koi8-r?Q?=DA=C1=D1=D7=CB=C1?=", "Заявказаявка"),
        (b'"=?utf-8?B?0JfQsNGP0LLQutCw?="', '"Заявка"'),
        (b"=?utf-8?B?0JfQsNGP0LLQutCw", "=?utf-8?B?0JfQsNGP0LLQutCw"),
        (b"=?utf-8?Q?a b?=", "a b"),
        (b"=?utf-8*ru?Q?=D0=97?=", "З"),
        (b"=?utf-8?Q?what?_=D0=97?=", "what? З"),
        (b"=?no-such?Q?=C7=E0=FF=E2=EA=E0_=ED=E0_=F1=F2=E0=ED=EE=EA?=", "Заявка на станок"),
        ("Заявка".encode(), "Заявка"),
        ("Заявка на ремонт".encode("koi8-r"), "Заявка на ремонт"),
        ("Заявка на ремонт".encode("cp1251"), "Заявка на ремонт"),
        (b"plain\r\n folded", "plain folded"),
    ],
)
def test_a_header_value_is_decoded(raw: bytes, text: str) -> None:
    assert encoded_words.decode(raw) == text


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"a@b.example", [("a@b.example", None)]),
        (b"Ivan <A@B.example>", [("a@b.example", "Ivan")]),
        (b'"Ivanov, Ivan" <a@b.example>, c@d.example', [("a@b.example", "Ivanov, Ivan"), ("c@d.example", None)]),
        (b"a@b.example (Ivan)", [("a@b.example", "Ivan")]),
        (b"=?utf-8?B?0JjQstCw0L3QvtCyLCDQmNCy0LDQvQ==?= <a@b.example>", [("a@b.example", "Иванов, Иван")]),
        ('"ООО «Ромашка»" <a@b.example>'.encode("cp1251"), [("a@b.example", "ООО «Ромашка»")]),
        (b"team: a@b.example, c@d.example;", [("a@b.example", None), ("c@d.example", None)]),
        (b"undisclosed-recipients:;", []),
        (b'"no end <a@b.example>', [("a@b.example", "no end")]),
        (b"a@b.example; c@d.example", [("a@b.example", None), ("c@d.example", None)]),
        (b"<a@b.example>", [("a@b.example", None)]),
        (b"'a@b.example' <a@b.example>", [("a@b.example", None)]),
        (b"Ivan a@b.example", [("a@b.example", "Ivan")]),
        (b"nobody", []),
        (b"", []),
    ],
)
def test_mailboxes_are_read(raw: bytes, found: list[tuple[str, str | None]]) -> None:
    assert addresses.addresses(raw) == tuple(Address(address, name) for address, name in found)


@pytest.mark.parametrize(
    ("raw", "value", "parameters"),
    [
        (b"text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b'TEXT/Plain; Charset="KOI8-R" ; format = flowed', "text/plain", {"charset": "KOI8-R", "format": "flowed"}),
        (b"attachment; filename*=UTF-8''%D0%97%D0%B0.xlsx", "attachment", {"filename": "За.xlsx"}),
        (b"attachment; filename*0*=UTF-8''%D0%97%D0; filename*1*=%B0.xlsx", "attachment", {"filename": "За.xlsx"}),
        (b"attachment; filename*1=b.pdf; filename*0=a", "attachment", {"filename": "ab.pdf"}),
        (b'attachment; filename="=?utf-8?B?0JfQsC54bHN4?="', "attachment", {"filename": "За.xlsx"}),
        (b"attachment; filename==?koi8-r?Q?=DA=C1=D1=D7=CB=C1=2Exls?=", "attachment", {"filename": "заявка.xls"}),
        (
            'attachment; filename="Заявка на станок.xls"'.encode("cp1251"),
            "attachment",
            {"filename": "Заявка на станок.xls"},
        ),
        (b'attachment; filename="a\\"b;c.txt"; x=1', "attachment", {"filename": 'a"b;c.txt', "x": "1"}),
        (b"attachment; filename*=koi8-r'ru'%DA%C1%D1%D7%CB%C1.doc", "attachment", {"filename": "заявка.doc"}),
        (b"inline;", "inline", {}),
        (b"", "", {}),
    ],
)
def test_parameters_are_read(raw: bytes, value: str, parameters: dict[str, str]) -> None:
    assert headers.parameters(raw) == (value, parameters)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Mon, 2 Mar 2026 10:15:00 +0300", datetime(2026, 3, 2, 10, 15, tzinfo=MSK)),
        ("2 Mar 2026 10:15:00 GMT", datetime(2026, 3, 2, 10, 15, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 10:15:60 +0300 (MSK)", datetime(2026, 3, 2, 10, 15, 59, tzinfo=MSK)),
        ("Mon, 2 Mar 2026 10:15:00 -0000", datetime(2026, 3, 2, 10, 15, tzinfo=UTC)),
        ("Mon, 32 Mar 2026 10:15:00 +0300", None),
        ("завтра", None),
        ("", None),
    ],
)
def test_dates_are_aware_or_absent(text: str, date: datetime | None) -> None:
    assert headers.date(text) == date


def test_raw_headers_are_judged_together_and_with_the_bodys_label() -> None:
    raw = letter(
        "Бланк заказа", "From: ОГМ <a@b.example>".encode("cp1251"), "Subject: ЗИП".encode("cp1251"), charset="cp1251"
    )
    assert message(raw).subject == "ЗИП"
    assert message(raw).sender == Address("a@b.example", "ОГМ")


def test_without_an_address_in_from_the_envelope_tells_it() -> None:
    raw = letter("x", "Return-Path: <a@b.example>", "From: Иванов Пётр")
    assert message(raw).sender == Address("a@b.example", "Иванов Пётр")


@pytest.mark.parametrize(
    ("field", "envelope"),
    [("Return-Path: <>", ""), ("Return-Path: <A@b.example>", "a@b.example"), ("X-Other: 1", None)],
)
def test_the_null_path_is_told_from_a_missing_one(field: str, envelope: str | None) -> None:
    assert message(letter("x", field)).envelope_from == envelope


def test_thread_headers_keep_their_brackets() -> None:
    raw = letter("x", "Message-ID: <1@a>", "In-Reply-To: <2@b> (of yesterday)", "References: <3@c>\r\n <2@b> <3@c>")
    assert message(raw).message_id == "<1@a>"
    assert message(raw).in_reply_to == ("<2@b>",)
    assert message(raw).references == ("<3@c>", "<2@b>")


def test_base64_in_a_header_may_lack_its_padding() -> None:
    word = base64.b64encode("Заказ".encode()).rstrip(b"=")
    assert encoded_words.decode(b"=?utf-8?B?" + word + b"?=") == "Заказ"
