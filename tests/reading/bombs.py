"""Letters made to exhaust whoever reads them (MIME, HTML, headers, archives), each generated in a few lines."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

HEAD = b"From: Eve <eve@bombs.example>\r\nTo: zakaz@shop.example\r\nSubject: bomb\r\nMessage-ID: <1@bombs.example>\r\n"


def _plain(body: bytes, kind: bytes = b"text/plain", more: bytes = b"") -> bytes:
    return HEAD + more + b"MIME-Version: 1.0\r\nContent-Type: " + kind + b"; charset=utf-8\r\n\r\n" + body


def nested_multiparts(levels: int) -> bytes:
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(levels))
    return HEAD + b"MIME-Version: 1.0\r\n" + opening + b"Content-Type: text/plain\r\n\r\nbody\r\n"


def nested_letters(levels: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * levels + b"Subject: inner\r\n\r\nbody\r\n"


def empty_parts(count: int) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * count + b"--b--\r\n"


def header_of(unit: bytes, count: int, name: bytes = b"Content-Type") -> bytes:
    return HEAD + name + b": text/plain" + unit * count + b"\r\n\r\nbody\r\n"


def distinct_headers(count: int) -> bytes:
    return HEAD + b"".join(b"X-%x: 1\r\n" % number for number in range(count)) + b"\r\nbody\r\n"


def recipients(count: int) -> bytes:
    return HEAD + b"Cc: " + b",\r\n ".join(b"a%d@b.example" % n for n in range(count)) + b"\r\n\r\nbody\r\n"


def html(body: str) -> bytes:
    return _plain(body.encode(), b"text/html")


def text(body: str) -> bytes:
    return _plain(body.encode())


def with_file(name: str, octets: bytes, kind: str = "application/octet-stream") -> bytes:
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "Eve <eve@bombs.example>", "Заявка"
    letter.set_content("Заявка во вложении, прошу счёт.")
    main, _, sub = kind.partition("/")
    letter.add_attachment(octets, maintype=main, subtype=sub, filename=name)
    return letter.as_bytes()


def _zip(members: dict[str, bytes]) -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return octets.getvalue()


_PACKAGE = b"http://schemas.openxmlformats.org/package/2006/"
_OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEETS = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml."
_WORKBOOK = {
    "[Content_Types].xml": b'<Types xmlns="%scontent-types"><Default Extension="rels" ContentType="application/vnd.'
    b'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="%ssheet.main+xml"/>'
    b'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="%sworksheet+xml"/></Types>'
    % (_PACKAGE, _TYPE, _TYPE),
    "_rels/.rels": b'<Relationships xmlns="%srelationships"><Relationship Id="r1" Type="%s/officeDocument" '
    b'Target="xl/workbook.xml"/></Relationships>' % (_PACKAGE, _OFFICE),
    "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="%srelationships"><Relationship Id="r1" Type="%s/worksheet" '
    b'Target="worksheets/sheet1.xml"/></Relationships>' % (_PACKAGE, _OFFICE),
    "xl/workbook.xml": b'<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets>'
    b"</workbook>" % (_SHEETS, _OFFICE),
}


def _sheet(inside: bytes) -> bytes:
    return b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (_SHEETS, inside)


def far_cell() -> bytes:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return with_file("far.xlsx", _zip(_WORKBOOK | {"xl/worksheets/sheet1.xml": _sheet(cells)}))


def long_comment() -> bytes:
    comment = b"<!--" + b"x" * (32 << 20) + b"-->"
    return with_file("comment.xlsx", _zip(_WORKBOOK | {"xl/worksheets/sheet1.xml": _sheet(comment)}))


def entities() -> bytes:
    declared = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"ha") for n in range(12))
    document = b"<?xml version='1.0'?><!DOCTYPE d [" + declared + b"]><w:document>&e11;</w:document>"
    return with_file("laughs.docx", _zip({"word/document.xml": document, "[Content_Types].xml": b"<Types/>"}))


def zeros(name: str = "zeros.zip", gigabytes: float = 0.25) -> bytes:
    member = "word/document.xml" if name.endswith("docx") else "xl/worksheets/sheet1.xml"
    octets = io.BytesIO()
    with (
        zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open(member, "w") as out,
    ):
        for _ in range(int(gigabytes * 1024)):
            out.write(b"\0" * (1 << 20))
    return with_file(name, octets.getvalue())


def tnef(objects: int) -> bytes:
    body = struct.pack("<IH", 0x223E9F78, 1) + b"\x01\x00\x90\x01\x00\x00\x00\x00\x00\x00\x00" * objects
    return with_file("winmail.dat", body, "application/ms-tnef")


def damaged_tnef() -> bytes:
    body = struct.pack("<IH", 0x223E9F78, 1) + b"\x02\x05\x90\x06\x00\xff\xff\xff\x7f" + b"\xff" * 5_000
    return with_file("winmail.dat", body, "application/ms-tnef")


def damaged_pdf() -> bytes:
    return with_file(
        "loop.pdf",
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        "application/pdf",
    )


# Letters that one reader must take in its stride: no deadline, no memory limit may be needed for them.
SWALLOWED: dict[str, Callable[[], bytes]] = {
    "1,500 nested multiparts": lambda: nested_multiparts(1_500),
    "90 nested multiparts": lambda: nested_multiparts(90),
    "1,000 nested letters": lambda: nested_letters(1_000),
    "90 nested letters": lambda: nested_letters(90),
    "100,000 empty parts": lambda: empty_parts(100_000),
    "9,000 empty parts": lambda: empty_parts(9_000),
    "60,000 semicolons in a header": lambda: header_of(b";", 60_000),
    "60,000 quotes in a header": lambda: header_of(b'"', 60_000),
    "parameter segments": lambda: header_of(b";a*0*=b", 8_000),
    "encoded words without end": lambda: header_of(b"=?utf-8?B?", 6_000, b"Subject"),
    "a subject of question marks": lambda: header_of(b"=?", 30_000, b"Subject"),
    "open parentheses in From": lambda: HEAD.replace(b"Eve", b"(" * 60_000) + b"\r\nbody",
    "open angles in From": lambda: HEAD.replace(b"Eve", b"<" * 60_000) + b"\r\nbody",
    "open quotes in From": lambda: HEAD.replace(b"Eve", b'"<' * 30_000) + b"\r\nbody",
    "9,000 header names": lambda: distinct_headers(9_000),
    "100,000 header names": lambda: distinct_headers(100_000),
    "3,000 recipients": lambda: recipients(3_000),
    "20,000 recipients": lambda: recipients(20_000),
    "a header of 10 MB": lambda: header_of(b"x", 10_000_000),
    "folded header lines": lambda: header_of(b"\r\n ;", 20_000),
    "200,000 nested div": lambda: html("<div>" * 200_000 + "x"),
    "100,000 nested blockquote": lambda: html("<blockquote>" * 100_000 + "x"),
    "50,000 nested table": lambda: html("<table><tr><td>" * 50_000 + "x"),
    "unclosed formatting": lambda: html("".join(f"<font size={n}>" for n in range(4_000)) + "<p>x" * 4_000),
    "comments without end": lambda: html("<!--" * 200_000),
    "declarations without end": lambda: html("<!" * 300_000),
    "tags without end": lambda: html("<a " * 300_000),
    "quotes without end": lambda: html('<a b="' * 150_000),
    "attributes without end": lambda: html("<a " + "b=' " * 200_000 + ">"),
    "angles": lambda: html("<" * 900_000),
    "ampersands": lambda: html("&" * 900_000),
    "entities without end": lambda: html("&amp" * 200_000),
    "wide spans": lambda: html("<table>" + "<tr><td colspan=1000 rowspan=1000>x" * 20_000),
    "table cells": lambda: html("<table>" + "<tr>" + "<td>x" * 150_000),
    "styles": lambda: html('<p style="display:' + " " * 500_000 + '">x'),
    "quotation marks": lambda: text(">" * 900_000),
    "deep quotation": lambda: text("\n".join(">" * 40 + "x" for _ in range(20_000))),
    "empty lines": lambda: text("\n" * 900_000),
    "one endless line": lambda: text("слово " * 150_000),
    "one endless word": lambda: text("а" * 400_000),
    "digits": lambda: text("1" * 900_000),
    "header fields in the text": lambda: text("From: a\nTo: b\nSubject: c\n" * 30_000),
    "attributions": lambda: text("5 марта 2026 г., 10:00, a@b.example:\nнет\n" * 15_000),
    "sign-offs": lambda: text("С уважением,\nИванов Иван\nпросто текст. И ещё.\n\n" * 10_000),
    "dashes": lambda: text("-- \n" * 200_000),
    "askings": lambda: text("прошу прислать " * 60_000),
    "dots and dashes": lambda: text("прошу сообщить, где, когда, как. " * 25_000),
    "at signs": lambda: text("a@" * 400_000),
    "addresses": lambda: text("a@b.example " * 60_000),
    "items": lambda: text("1. Патрон 7100-0035 - 2 шт\n" * 20_000),
    "base64 that is none": lambda: _plain(b"?" * 900_000, more=b"Content-Transfer-Encoding: base64\r\n"),
    "quoted-printable without end": lambda: _plain(
        b"=" * 900_000, more=b"Content-Transfer-Encoding: quoted-printable\r\n"
    ),
    "uuencode": lambda: _plain(b"begin 644 a\n" * 60_000, more=b"Content-Transfer-Encoding: x-uuencode\r\n"),
    "zeros": lambda: b"\0" * 3_000_000,
    "octets above 127": lambda: bytes(range(128, 256)) * 20_000,
    "carriage returns": lambda: b"\r" * 2_000_000,
    "nothing": lambda: b"",
    "TNEF of many objects": lambda: tnef(200_000),
    "damaged TNEF": damaged_tnef,
    "base64 file of 20 MB": lambda: with_file("big.bin", base64.b64encode(b"\x07" * (15 << 20))),
}

# Documents that only a limit stops: they are read without opening the file, and say so, or are refused by the reader.
STOPPED: dict[str, Callable[[], bytes]] = {
    "a cell at XFD1048576": far_cell,
    "a workbook with a comment of 32 MB": long_comment,
    "a document of entities": entities,
    "250 MB of zeros in a workbook": lambda: zeros("zeros.xlsx"),
    "250 MB of zeros in a document": lambda: zeros("zeros.docx"),
    "250 MB of zeros in an archive": zeros,
    "a PDF whose pages are itself": damaged_pdf,
}
