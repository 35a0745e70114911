"""Reading an order never fails, whatever a letter says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mailsync.reading.model import ReadingContext, Table
from mailsync.reading.order.reader import read_order
from tests.reading.order.letters import attachment, letter

PIECES = st.sampled_from(
    [
        "прошу счёт на",
        "патрон",
        "7100-0035",
        " - ",
        "2 шт",
        "; ",
        "\n",
        "\n\n",
        "1. ",
        "- ",
        "зав. №",
        "16К20",
        "ООО «",
        "»",
        "ИНН",
        "7707083893",
        "(",
        ")",
        "8 (495) 123-45-67",
        "вместо",
        "не",
        "а",
        "по 2",
        "и",
        ", ",
        ":",
        "Количество:",
        "Поз. 1:",
        "|",
        "\t",
        ";",
        "@abcde",
        "t.me/",
        "Иванов",
        "И.И.",
        "\u00a0",
        "\u200b",
        "№",
        "½",
        "²",
        "1/2",
        "ГОСТ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=60))
def test_any_words_are_read(pieces: list[str]) -> None:
    text = " ".join(pieces)
    order = read_order(letter(text, subject=text[:80], signature=text), ReadingContext()).order
    assert all(item.name and 0 < item.quantity <= 1_000_000 for item in order.items)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=6).map(tuple), max_size=12))
def test_any_table_is_read(rows: list[tuple[str, ...]]) -> None:
    read_order(letter("Прошу счёт:", tables=(Table(tuple(rows), "html"),)), ReadingContext())


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.7", b"{\\rtf1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"]),
    st.binary(max_size=400),
    st.sampled_from(["a.csv", "a.txt", "a.xlsx", "a.docx", "a", "заявка.rtf"]),
)
def test_any_file_is_read_or_refused(head: bytes, tail: bytes, name: str) -> None:
    read_order(letter("Заявка", attachments=(attachment(name, head + tail),)), ReadingContext())
