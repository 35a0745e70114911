"""winmail.dat unpacked (MS-OXTNEF), by tnefparse: the only module that knows it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tnefparse.tnef import TNEF

_SIGNATURE = struct.pack("<I", 0x223E9F78)
_OBJECTS = 4_000  # the library copies what is left of the file for each
_EMBEDDED = 20  # letters within letters: it recurses into each


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files within, by name, and the body as HTML or plain octets where there is one."""

    files: tuple[tuple[str, bytes], ...]
    html: bytes = b""
    text: bytes = b""


def unpack(octets: bytes) -> Unpacked | None:
    """What the container holds, or None where it cannot be opened: then it stays a file for a person."""
    if not octets.startswith(_SIGNATURE) or octets.count(_SIGNATURE) > _EMBEDDED or not _is_bounded(octets):
        return None
    try:
        opened = TNEF(octets, do_checksum=False)
        files = tuple((_name(one.long_filename()), bytes(one.data)) for one in opened.attachments if one.data)
        return Unpacked(files, _octets(opened.htmlbody), _octets(opened.body))
    except Exception:  # noqa: BLE001 - the library checks nothing: a damaged container ends in any exception
        return None


def _is_bounded(octets: bytes) -> bool:
    """Walk over the objects (level, name, type, length, data, checksum) and count them."""
    offset, objects = 6, 0
    while offset + 12 < len(octets):
        (length,) = struct.unpack_from("<I", octets, offset + 5)
        offset += length + 11
        objects += 1
        if objects > _OBJECTS:
            return False
    return True


def _name(name: object) -> str:
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
    return text.strip("\0 ")


def _octets(body: object) -> bytes:
    """A body as the library hands it out: text, octets, or a list of either."""
    if isinstance(body, list | tuple):
        return b"".join(map(_octets, body))
    if isinstance(body, str):
        return body.encode("utf-8", "replace")
    return body if isinstance(body, bytes) else b""
