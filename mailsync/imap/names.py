"""Mailbox names as they go over the wire: modified UTF-7 (RFC 3501, 5.1.3) in a quoted string (4.3)."""

from __future__ import annotations

import base64
from itertools import groupby


def wire_name(folder: str) -> str:
    """A folder's name, ready to stand in a command: `Отправленные` → `"&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"`."""
    return quoted(modified_utf7(folder))


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def modified_utf7(text: str) -> str:
    return "".join(
        "".join(run).replace("&", "&-") if printable else _shifted("".join(run))
        for printable, run in groupby(text, key=lambda character: " " <= character <= "~")
    )


def _shifted(run: str) -> str:
    packed = base64.b64encode(run.encode("utf-16-be", "surrogatepass")).decode().rstrip("=").replace("/", ",")
    return f"&{packed}-"
