"""The parts of a letter: what is text, what is a file, what is broken, what is sealed."""

from __future__ import annotations

import base64
import hashlib
import struct

import pytest

from mailsync.reading import body as bodies
from mailsync.reading import limits
from mailsync.reading.model import Kind, Message
from tests.reading.letters_by_hand import container, letter, message, multipart, read

TEXT = "Content-Type: text/plain; charset=utf-8\n\nПрошу счёт"
HTML = "Content-Type: text/html; charset=utf-8\n\n<p>Прошу <b>счёт</b></p>"
PDF = 'Content-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64\n\nJVBERi0='


def files(found: Message) -> list[str]:
    return [one.filename for one in found.attachments if not one.inline]


def test_of_alternatives_the_richest_is_read_once() -> None:
    assert message(container("alternative", TEXT, HTML)).text == "Прошу счёт"


def test_an_alternative_that_lost_the_text_is_not_preferred() -> None:
    empty = "Content-Type: text/html\n\n<p></p>"
    assert message(container("alternative", TEXT, empty)).text == "Прошу счёт"


def test_text_in_several_pieces_is_read_in_order() -> None:
    second = "Content-Type: text/plain; charset=utf-8\n\nи договор"
    assert message(container("mixed", TEXT, PDF, second)).text == "Прошу счёт\n\nи договор"


def test_a_file_has_its_octets_and_digest() -> None:
    (file,) = message(container("mixed", TEXT, PDF)).attachments
    assert (file.filename, file.content_type, file.content, file.size) == ("a.pdf", "application/pdf", b"%PDF-", 5)
    assert file.sha256 == hashlib.sha256(b"%PDF-").hexdigest()


def test_a_text_file_that_is_attached_is_a_file() -> None:
    file = "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nx"
    found = message(container("mixed", TEXT, file))
    assert (files(found), found.text) == (["a.txt"], "Прошу счёт")


def test_a_letter_of_nothing_but_a_file_has_an_empty_text() -> None:
    found = message(container("mixed", PDF))
    assert (found.text, files(found)) == ("", ["a.pdf"])


def test_a_picture_shown_in_the_text_is_no_file() -> None:
    logo = "Content-Type: image/png; name=logo.png\nContent-ID: <l@x>\nContent-Disposition: inline\n\nPNG"
    shown = "Content-Type: text/html\n\n<p>text <img src='cid:l@x'></p>"
    found = message(container("related", shown, logo))
    assert [(one.filename, one.inline) for one in found.attachments] == [("logo.png", True)]


def test_a_picture_that_is_attached_is_a_file() -> None:
    photo = "Content-Type: image/jpeg\nContent-Disposition: attachment; filename=photo.jpg\n\nJPG"
    assert files(message(container("mixed", TEXT, photo))) == ["photo.jpg"]


def test_a_letter_sent_along_is_one_file_named_by_its_subject() -> None:
    inner = "Subject: =?utf-8?B?0JfQsNGP0LLQutCw?= 5/7\nContent-Type: multipart/mixed; boundary=b2\n\n" + multipart(
        "mixed", TEXT, PDF, boundary="b2"
    )
    found = message(container("mixed", TEXT, "Content-Type: message/rfc822\n\n" + inner))
    assert [(one.filename, one.content_type) for one in found.attachments] == [("Заявка 5 7.eml", "message/rfc822")]
    assert b"JVBERi0=" in found.attachments[0].content
    assert found.text == "Прошу счёт"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\заявка.xlsx", "заявка.xlsx"),
        ("a\u202excod.exe", "axcod.exe"),
        ("a\x00b.txt", "ab.txt"),
        ("x" * 300, "x" * 200),
        ("..", ".."),
    ],
)
def test_names_are_for_showing_only(name: str, shown: str) -> None:
    assert bodies.clean_name(name) == shown


def test_a_container_without_a_boundary_is_read() -> None:
    raw = letter(multipart("mixed", TEXT, PDF), "Content-Type: multipart/mixed")
    assert (message(raw).text, files(message(raw))) == ("Прошу счёт", ["a.pdf"])


def test_a_container_with_another_boundary_than_it_names_is_read() -> None:
    raw = letter(multipart("mixed", TEXT, PDF), "Content-Type: multipart/mixed; boundary=other")
    assert (message(raw).text, files(message(raw))) == ("Прошу счёт", ["a.pdf"])


def test_a_container_without_its_end_is_read() -> None:
    raw = container("mixed", TEXT, PDF).removesuffix(b"--b1--\r\n")
    assert files(message(raw)) == ["a.pdf"]


def test_a_container_within_that_uses_the_same_boundary_loses_no_file() -> None:
    inner = "Content-Type: multipart/alternative; boundary=b1\n\n" + multipart("alternative", TEXT)
    found = message(container("mixed", inner, PDF))
    assert (found.text, files(found)) == ("Прошу счёт", ["a.pdf"])


@pytest.mark.parametrize(
    ("encoded", "octets"),
    [
        (b"0J/RgNC+0YjRgyDRgdGH0ZHRgg==", "Прошу счёт"),
        (b"0J/RgNC+0YjRgyDR\r\ngdGH0ZHRgg", "Прошу счёт"),
        (b"0J/R!gNC+0Yj RgyDRgdGH0ZHRgg=", "Прошу счёт"),
        (b"0J/RgNC+0YjRgyDRgdGH0ZHRgg==\r\n-- \r\nscanned by a gateway\r\n", "Прошу счёт"),
        (b"0J/RgNC+0YjRgw==\r\nINGB0YfRkdGC", "Прошу счёт"),
        ("Прошу счёт, это не base64".encode(), "Прошу счёт, это не base64"),
    ],
)
def test_broken_base64_is_read(encoded: bytes, octets: str) -> None:
    assert message(letter(encoded, "Content-Transfer-Encoding: base64")).text == octets


def test_an_encoded_word_that_was_cut_off_spoils_nothing_else() -> None:
    reading = read(letter("Прошу счёт: патрон 7100-0035 - 2 шт.", "From: =?utf-8?B?0JjQstCw0abcd?= <a@b.example>"))
    assert reading.kind is Kind.ORDER
    assert reading.message.sender is not None
    assert reading.message.sender.address == "a@b.example"
    assert reading.order is not None
    assert [(item.name, item.quantity) for item in reading.order.items] == [("Патрон", 2)]


def test_broken_quoted_printable_is_read() -> None:
    assert message(letter(b"a=3D=ZZ=\r\nb=", "Content-Transfer-Encoding: quoted-printable")).text.startswith("a==ZZb")


def test_flowed_text_flows() -> None:
    body = "Прошу счёт \nна патрон. \n\nЖдём.\n> вы \n> писали\n-- \nИванов"
    found = message(letter(body, "Content-Type: text/plain; charset=utf-8; format=flowed"))
    assert found.text == "Прошу счёт на патрон.\n\nЖдём.\n> вы писали\n-- \nИванов".replace("-- \n", "--\n")


def test_an_event_without_a_name_is_no_file_and_one_with_a_name_is() -> None:
    event = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR"
    named = 'Content-Type: text/calendar; name="invite.ics"\nContent-Disposition: attachment\n\nBEGIN:VCALENDAR'
    assert files(message(container("mixed", TEXT, event, named))) == ["invite.ics"]


def test_a_signature_beside_the_text_is_no_file() -> None:
    seal = "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMIIB"
    found = message(container("signed", TEXT, seal))
    assert (found.text, found.attachments) == ("Прошу счёт", ())


def _element(tag: int, content: bytes) -> bytes:
    length = struct.pack(">I", len(content))
    return bytes([tag, 0x84]) + length + content


def test_an_opaque_signature_is_opened() -> None:
    inside = "Content-Type: text/plain; charset=utf-8\r\n\r\nПрошу счёт".encode()
    data = bytes.fromhex("06092a864886f70d010701") + _element(0xA0, _element(0x04, inside))
    sealed = base64.b64encode(_element(0x30, _element(0x30, data)))
    raw = letter(
        sealed, "Content-Type: application/pkcs7-mime; smime-type=signed-data", "Content-Transfer-Encoding: base64"
    )
    assert message(raw).text == "Прошу счёт"


def test_an_encrypted_letter_waits_for_a_person_with_its_file() -> None:
    version = "Content-Type: application/pgp-encrypted\n\nVersion: 1"
    sealed = "Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----"
    reading = read(container("encrypted", version, sealed))
    assert reading.kind is Kind.MESSAGE
    assert "encrypted.asc" in files(reading.message)
    assert bodies.ENCRYPTED in reading.message.defects


def _tnef(*objects: bytes) -> str:
    octets = struct.pack("<IH", 0x223E9F78, 1) + b"".join(objects)
    head = "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
    return head + base64.encodebytes(octets).decode()


def _object(level: int, name: int, kind: int, content: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, kind, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def test_files_in_winmail_dat_are_unpacked() -> None:
    rendering = _object(2, 0x9002, 6, b"\0" * 14)
    title, data = _object(2, 0x8010, 1, b"list.csv\0"), _object(2, 0x800F, 6, b"a;b")
    found = message(container("mixed", TEXT, _tnef(rendering, title, data, b"\0" * 4)))
    assert [(one.filename, one.content_type, one.content) for one in found.attachments] == [
        ("list.csv", "text/csv", b"a;b")
    ]


def test_a_winmail_dat_that_cannot_be_opened_stays_a_file() -> None:
    found = message(container("mixed", TEXT, _tnef(b"\x02\x05\x90\x06\x00\xff\xff\xff\x7f" + b"\xff" * 50)))
    assert files(found) == ["winmail.dat"]
    assert any("winmail.dat" in line for line in found.defects)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"X: " + b"a" * 200_000 + b"\r\n\r\nbody", "заголовки больше"),
        (
            b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(150)),
            "вложенность больше",
        ),
        (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 20_000, "частей больше"),
    ],
)
def test_a_letter_over_a_ceiling_is_read_by_its_header_only(raw: bytes, why: str) -> None:
    reading = read(b"Subject: bomb\r\n" + raw)
    assert reading.kind is Kind.MESSAGE
    assert why in reading.message.defects[0]
    assert reading.message.text == ""


def test_many_letters_side_by_side_are_not_deep() -> None:
    digest = (
        b"--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n" * 300
    )
    assert limits.refusal(b"Content-Type: multipart/mixed; boundary=b\n\n" + digest + b"--b--\n") is None


def test_large_bodies_come_out_as_they_went_in() -> None:
    octets = bytes(range(256)) * 2_000
    encoded = base64.encodebytes(octets).decode()
    part = f'Content-Type: application/zip; name="{{}}"\nContent-Transfer-Encoding: base64\n\n{encoded}'
    found = message(container("mixed", TEXT, part.format("a.zip"), part.format("b.zip")))
    assert [(one.filename, one.content == octets) for one in found.attachments] == [("a.zip", True), ("b.zip", True)]
