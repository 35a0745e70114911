"""Items out of attached documents, and documents that are refused."""

from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
import pytest

from mailsync.reading.model import ReadingContext
from mailsync.reading.order.documents.document import UnreadableDocument
from mailsync.reading.order.documents.reader import read_document
from mailsync.reading.order.reader import read_order
from tests.reading.order.letters import attachment, letter

PARTS = [("Патрон", "7100-0035", 2, "шт"), ("Подшипник", "3182120", 4, "шт")]


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def ordered(filename: str, content: bytes) -> list[tuple[str, str | None, float, str]]:
    message = letter("Заявка во вложении, прошу выставить счёт.", attachments=(attachment(filename, content),))
    items = read_order(message, ReadingContext()).order.items
    return [(item.name, item.part_number, item.quantity, item.unit) for item in items]


def test_a_workbook_with_a_header_below_a_title_and_a_total_at_the_end() -> None:
    content = workbook(
        ("Заявка № 5 от 03.03.2026",),
        ("№ п/п", "Наименование", "Чертёж", "Ед. изм.", "Кол-во", "Цена"),
        (1, "Патрон", "7100-0035", "шт", 2, 100),
        (2, "Подшипник", 3182120, "шт", 4, 50),
        (None, "Итого", None, None, 6, 400),
    )
    assert ordered("заявка.xlsx", content) == PARTS


def test_a_workbook_without_a_header() -> None:
    assert ordered("заявка.xlsx", workbook(("Патрон 7100-0035", 2, "шт"), ("Подшипник 3182120", 4, "шт"))) == PARTS


def test_only_the_filled_rows_of_a_price_list_are_ordered() -> None:
    rows = (
        ("Наименование", "Цена", "Заказ"),
        ("Патрон 7100-0035", 100, 2),
        ("Люнет", 90, None),
        ("Планшайба", 80, None),
    )
    assert ordered("прайс, заказ.xlsx", workbook(*rows)) == PARTS[:1]


@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "utf-16", "koi8-r"])
def test_a_csv_in_any_charset(charset: str) -> None:
    text = "Номенклатура;Артикул;Количество;Ед.\nПатрон;7100-0035;2;шт\nПодшипник;3182120;4;шт\n"
    assert ordered("заявка.csv", text.encode(charset)) == PARTS


def test_a_letter_in_docx_with_a_list() -> None:
    document = docx.Document()
    document.add_paragraph("Просим поставить:")
    document.add_paragraph("Патрон 7100-0035 – 2 шт.", style="List Number")
    document.add_paragraph("Подшипник 3182120 – 4 шт.", style="List Number")
    target = io.BytesIO()
    document.save(target)
    assert ordered("письмо.docx", target.getvalue()) == PARTS


def test_rtf() -> None:
    lines = [line.encode("cp1251") for line in ("Патрон 7100-0035 - 2 шт", "Подшипник 3182120 - 4 шт")]
    body = b"".join(b"".join(b"\\'%02x" % octet for octet in line) + b"\\par " for line in lines)
    assert ordered("заявка.rtf", b"{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0 Arial;}}" + body + b"}") == PARTS


def test_documents_stay_closed_where_the_context_says_so() -> None:
    message = letter("Заявка во вложении.", attachments=(attachment("заявка.csv", b"name;qty\nChuck 7100-0035;2\n"),))
    assert read_order(message, ReadingContext(documents=False)).order.items == ()


def test_the_same_rows_in_text_and_file_count_once() -> None:
    file = attachment(
        "заявка.xlsx", workbook(("Наименование", "Кол-во"), ("Патрон 7100-0035", 2), ("Вал 6Р12.3.50", 1))
    )
    message = letter("Прошу счёт на патрон 7100-0035 - 2 шт. Полный перечень в файле.", attachments=(file,))
    assert [item.name for item in read_order(message, ReadingContext()).order.items] == ["Патрон", "Вал"]


def archive(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(name.replace("__", "/"), content)
    return target.getvalue()


def test_a_sheet_that_spans_the_whole_grid_is_refused_before_it_is_opened() -> None:
    sheet = b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    content = archive(**{"xl__workbook.xml": b"<workbook/>", "xl__worksheets__sheet1.xml": sheet})
    with pytest.raises(UnreadableDocument, match="лист слишком велик"):
        read_document(attachment("заявка.xlsx", content))


def test_a_docx_with_entities_is_refused() -> None:
    xml = b'<!DOCTYPE w [<!ENTITY a "aaaa">]><w:document xmlns:w="w"><w:body><w:t>&a;</w:t></w:body></w:document>'
    with pytest.raises(UnreadableDocument, match="DTD"):
        read_document(attachment("письмо.docx", archive(**{"word__document.xml": xml})))


def test_a_member_that_unpacks_to_more_than_the_ceiling_is_refused() -> None:
    content = archive(**{"word__document.xml": b" " * (25 * 1024 * 1024)})
    with pytest.raises(UnreadableDocument, match="слишком велика"):
        read_document(attachment("письмо.docx", content))


@pytest.mark.parametrize("name", ["a.xlsx", "a.docx", "a.pdf", "a.xls", "a.ods"])
@pytest.mark.parametrize("content", [b"PK\x03\x04xl/workbook", b"PK\x03\x04word/document.xml", b"%PDF-1.4\n1 0 obj"])
def test_a_damaged_document_is_a_reason_and_no_error(name: str, content: bytes) -> None:
    finding = read_order(letter("Заявка во вложении", attachments=(attachment(name, content),)), ReadingContext())
    assert finding.order.items == ()
    assert any("вложение не прочитано" in reason for reason in finding.reasons)
