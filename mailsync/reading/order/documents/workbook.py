"""xlsx, xls and ods by python-calamine: the only module that knows it.

calamine reserves the whole rectangle between the first and the last cell, so that a 4.8 KB xlsx with one cell at
XFD1048576 aborts the process. The rectangle of an xlsx or ods is measured before it is opened.
"""

from __future__ import annotations

import io
import itertools
import re
from datetime import date, datetime, time, timedelta

import python_calamine

from mailsync.reading.model import Table
from mailsync.reading.order.documents.archive import open_archive, read_member
from mailsync.reading.order.documents.document import Document, UnreadableDocument

MAX_SHEETS = 20
MAX_ROWS = 2_000
MAX_COLUMNS = 60
MAX_AREA = 2_000_000  # cells of the rectangle that calamine reserves

_REFERENCE = re.compile(rb"\br=\"([A-Z]{1,4})?(\d{1,8})\"")
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]{0,2000})>")
_ODS_REPEAT = re.compile(rb"number-(?:rows|columns)-repeated=\"(\d{1,10})\"")
_ODS_VALUE = re.compile(rb"office:value|<text:p")


def read_workbook(name: str, content: bytes) -> Document:
    """Every visible sheet as a table; raises UnreadableDocument."""
    if content[:2] == b"PK":
        _check_area(content)
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        visible = [
            sheet.name for sheet in book.sheets_metadata if sheet.visible is python_calamine.SheetVisibleEnum.Visible
        ]
        tables = [_table(book, sheet, name, alone=len(visible) == 1) for sheet in visible[:MAX_SHEETS]]
    except (python_calamine.CalamineError, OSError, ValueError, IndexError) as error:
        raise UnreadableDocument("файл повреждён или защищён паролем") from error
    return Document(name, tables=tuple(table for table in tables if table.rows))


def _table(book: python_calamine.CalamineWorkbook, sheet: str, name: str, *, alone: bool) -> Table:
    found = book.get_sheet_by_name(sheet)
    if found.height * found.width > MAX_AREA:
        raise UnreadableDocument("лист слишком велик")
    rows = found.to_python(skip_empty_area=True, nrows=MAX_ROWS)
    cells = [tuple(_cell(value) for value in row[:MAX_COLUMNS]) for row in rows]
    return Table(tuple(row for row in cells if any(row)), name if alone else f"{name}, лист {sheet}")


def _cell(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}".replace(".", ",")
    if isinstance(value, (datetime, date, time, timedelta)):
        return value.isoformat() if not isinstance(value, timedelta) else str(value)
    return str(value)[:2_000].strip()


def _check_area(content: bytes) -> None:
    """Raise for a sheet whose cells span more than MAX_AREA."""
    with open_archive(content) as archive:
        names = [entry.filename for entry in archive.infolist()]
        for name in names:
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                _check_sheet(read_member(archive, name))
            elif name == "xl/sharedStrings.xml":
                read_member(archive, name)
            elif name == "content.xml":
                _check_ods(read_member(archive, name))


def _check_sheet(xml: bytes) -> None:
    columns = rows = 0
    for letters, number in _REFERENCE.findall(xml):
        rows = max(rows, int(number))
        columns = max(columns, _column(letters))
    for reference in re.findall(rb"<dimension\s[^>]{0,60}?ref=\"[^\":]{1,12}:([A-Z]{1,4})(\d{1,8})\"", xml[:4_096]):
        rows, columns = max(rows, int(reference[1])), max(columns, _column(reference[0]))
    if rows * max(columns, 1) > MAX_AREA:
        raise UnreadableDocument("лист слишком велик")


def _column(letters: bytes) -> int:
    value = 0
    for letter in letters:
        value = value * 26 + letter - 64
    return value


def _check_ods(xml: bytes) -> None:
    """Repeated rows and cells count only where they hold something: LibreOffice pads every sheet with empty ones."""
    area = 0
    starts = [match.start() for match in _ODS_ROW.finditer(xml)] + [len(xml)]
    for start, end in itertools.pairwise(starts):
        row = xml[start:end]
        if not _ODS_VALUE.search(row):
            continue
        filled = [cell for cell in row.split(b"<table:table-cell") if _ODS_VALUE.search(cell)]
        repeats = [int(number) for number in _ODS_REPEAT.findall(row[: row.find(b">") + 1])]
        width = sum(max([1, *(int(n) for n in _ODS_REPEAT.findall(cell[: cell.find(b">") + 1]))]) for cell in filled)
        area += width * max([1, *repeats])
        if area > MAX_AREA:
            raise UnreadableDocument("лист слишком велик")
