"""Which attachment is opened by which module, judged by its first bytes and its name together."""

from __future__ import annotations

import re

from mailsync.reading.model import Attachment
from mailsync.reading.order.documents.delimited import read_delimited, read_plain_text
from mailsync.reading.order.documents.document import Document, UnreadableDocument
from mailsync.reading.order.documents.pdf import read_pdf
from mailsync.reading.order.documents.rich_text import read_rich_text
from mailsync.reading.order.documents.word import read_word
from mailsync.reading.order.documents.workbook import read_workbook

MAX_BYTES = 16 * 1024 * 1024

_PICTURE = re.compile(
    r"\.(?:jpe?g|png|gif|bmp|tiff?|heic|webp|svg|ico|mp4|mov|avi|mp3|ogg|p7s|asc|sig|ics|vcf|eml|html?|url"
    r"|lnk)$",
    re.IGNORECASE,
)
_ARCHIVE = re.compile(r"\.(?:zip|rar|7z|tar|gz|tgz)$", re.IGNORECASE)


def read_document(attachment: Attachment) -> Document | None:
    """The document, or None for a picture or another file that holds no order; raises UnreadableDocument."""
    name, content = attachment.filename, attachment.content
    if _PICTURE.search(name) or attachment.content_type.startswith(("image/", "audio/", "video/", "message/")):
        return None
    if len(content) > MAX_BYTES:
        raise UnreadableDocument("файл больше 16 МБ")
    head = content[:8]
    if head.startswith(b"%PDF") or b"%PDF-" in content[:1024]:
        return read_pdf(name, content)
    if head.startswith(b"PK\x03\x04"):
        return _zip_based(name, content)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _ole_based(name, content)
    if head.startswith(b"{\\rtf"):
        return read_rich_text(name, content)
    extension = name.lower().rpartition(".")[2]
    if extension in {"csv", "tsv", "tab"} or attachment.content_type in {"text/csv", "text/tab-separated-values"}:
        return read_delimited(name, content)
    if extension in {"txt", "text", "md"} or (
        attachment.content_type == "text/plain" and b"\x00" not in content[:4096]
    ):
        return read_plain_text(name, content)
    if _ARCHIVE.search(name):
        raise UnreadableDocument("архивы не открываются")
    return None


def _zip_based(name: str, content: bytes) -> Document:
    if b"word/document.xml" in content:
        return read_word(name, content)
    if b"xl/workbook" in content or b"opendocument.spreadsheet" in content[:200]:
        return read_workbook(name, content)
    if _ARCHIVE.search(name) or "." not in name:
        raise UnreadableDocument("архивы не открываются")
    raise UnreadableDocument("формат файла не читается")


def _ole_based(name: str, content: bytes) -> Document:
    if b"W\0o\0r\0k\0b\0o\0o\0k" in content or b"B\0o\0o\0k" in content:
        return read_workbook(name, content)
    raise UnreadableDocument(
        "старый формат Word (.doc) не читается" if name.lower().endswith(".doc") else "формат файла не читается"
    )
