"""Members of the zip archives that xlsx, ods and docx are, read within ceilings."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib

from mailsync.reading.order.documents.document import UnreadableDocument

MAX_MEMBERS = 2_000
MAX_TOTAL = 64 * 1024 * 1024
MAX_MEMBER = 24 * 1024 * 1024


def open_archive(content: bytes) -> zipfile.ZipFile:
    """The archive after a look at its directory; raises UnreadableDocument for bombs, encryption and damage."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableDocument("файл повреждён") from error
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise UnreadableDocument("в файле слишком много частей")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL:
        raise UnreadableDocument("файл слишком велик в распакованном виде")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise UnreadableDocument("файл зашифрован")
    return archive


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """One member; the size is counted while unpacking, since the directory may lie."""
    try:
        with archive.open(name) as stream:
            content = stream.read(MAX_MEMBER + 1)
    except (KeyError, zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableDocument("файл повреждён") from error
    except (zlib.error, lzma.LZMAError) as error:
        raise UnreadableDocument("файл повреждён") from error
    if len(content) > MAX_MEMBER:
        raise UnreadableDocument("часть файла слишком велика в распакованном виде")
    return content
