"""Texts whose label is missing or lies are read by how much they look like Russian."""

from __future__ import annotations

import pytest

from mailsync.reading import charset

TEXTS = [
    "Прошу выставить счёт на патрон токарный 7100-0035, 2 шт.",
    "ЗАЯВКА НА ЗАПЧАСТИ К СТАНКУ",
    "Нужен подшипник",
    "Здравствуйте! Есть ли в наличии фреза дисковая? Иванов",
    "Ведомость дефектов станка 16К20 от 12.03, цех №4",
    "гайка",
]
ENCODINGS = ["windows-1251", "koi8-r", "cp866", "iso-8859-5", "utf-8"]
LABELS = [None, "us-ascii", "utf-8", "iso-8859-1", "windows-1251", "koi8-r", "x-unknown", "utf8", '"KOI8-R"', "cp-1251"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", TEXTS[:1] + TEXTS[3:5])
@pytest.mark.parametrize("label", LABELS)
def test_a_sentence_is_read_whatever_the_label(text: str, encoding: str, label: str | None) -> None:
    encoded = text.encode(encoding, "replace")
    assert charset.decode(encoded, label)[0] == encoded.decode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", TEXTS)
def test_even_a_short_text_is_read_with_its_own_label(text: str, encoding: str) -> None:
    encoded = text.encode(encoding, "replace")
    assert charset.decode(encoded, encoding)[0] == encoded.decode(encoding)


@pytest.mark.parametrize(
    ("octets", "label", "text"),
    [
        ("Größe und Maß, Stück für Stück".encode("latin-1"), "iso-8859-1", "Größe und Maß, Stück für Stück"),
        ("l'été à la française".encode("cp1252"), "windows-1252", "l'été à la française"),
        ("Zażółć gęślą jaźń".encode("iso-8859-2"), "iso-8859-2", "Zażółć gęślą jaźń"),
        ("你好世界".encode("gb2312"), "gb2312", "你好世界"),
        ("Привет".encode("utf-16"), "utf-16", "Привет"),
        ("plain".encode("ascii"), "koi8-r", "plain"),
        ("№ 5 — «Станок»".encode("windows-1251"), "windows-1251", "№ 5 — «Станок»"),
        ("Патрон токарный, два".encode()[:-1], "utf-8", "Патрон токарный, дв\ufffd"),
    ],
)
def test_other_tongues_and_torn_texts(octets: bytes, label: str, text: str) -> None:
    assert charset.decode(octets, label)[0] == text


@pytest.mark.parametrize("wrong", ["windows-1251", "windows-1252", "latin-1"])
def test_text_that_was_encoded_twice_is_set_right(wrong: str) -> None:
    text = "Заказ на ремонт станка"
    twice = text.encode("utf-8").decode(wrong, "replace")
    if "\ufffd" not in twice:
        assert charset.decode(twice.encode("utf-8"), "utf-8")[0] == text


def test_what_was_done_instead_of_following_the_label_is_said() -> None:
    _, remark = charset.decode("Нужен патрон токарный".encode("koi8-r"), "utf-8")
    assert remark == "кодировка «utf-8» прочитана как koi8-r"


def test_a_label_that_fits_needs_no_remark() -> None:
    assert charset.decode("Нужен патрон".encode("koi8-r"), "KOI8-R")[1] is None


def test_utf_8_that_nobody_labelled_needs_no_remark() -> None:
    assert charset.decode("Нужен патрон".encode())[1] is None
    assert charset.decode("Нужен патрон токарный".encode() + b"\xd0")[1] == "кодировка «не указана» прочитана как utf-8"


def test_line_ends_are_plain_and_letters_composed() -> None:
    assert charset.decode("и\u0306\r\nе\r".encode())[0] == "й\nе\n"


@pytest.mark.parametrize("written", ["windows-1251", "koi8-r", "cp866"])
def test_one_octet_text_labelled_utf_16_is_guessed(written: str) -> None:
    """A label that names two octets a letter is not believed of a text without a zero octet."""
    text = "Здравствуйте! Нужна гайка маточная, две штуки."
    assert charset.decode(text.encode(written), "utf-16")[0] == text
