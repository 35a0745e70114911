"""RTF: its text, control words left out (Rich Text Format 1.9)."""

from __future__ import annotations

import re

from mailsync.reading.order.documents.document import Document

MAX_BYTES = 2 * 1024 * 1024
_TOKEN = re.compile(r"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]{1,4096})")
_SKIPPED = frozenset(
    "fonttbl colortbl stylesheet info pict header footer generator themedata listtable rsidtbl object "
    "datastore xmlnstbl".split()
)
_BREAKS = {"par": "\n", "line": "\n", "row": "\n", "tab": "\t", "cell": "\t", "sect": "\n", "page": "\n"}


def read_rich_text(name: str, content: bytes) -> Document:
    """The visible text of an RTF file; eight-bit letters are read in the code page that it names."""
    text = content[:MAX_BYTES].decode("latin-1")
    page = re.search(r"\\ansicpg(\d{3,5})", text[:2_000])
    charset = f"cp{page[1]}" if page and page[1] in {"1251", "1252", "866", "1250"} else "cp1251"
    parts: list[str] = []
    stack: list[bool] = []
    hidden = False
    skip = 0
    for match in _TOKEN.finditer(text):
        word, number, code, symbol, brace, plain = match.groups()
        if brace == "{":
            stack.append(hidden)
        elif brace == "}":
            hidden = stack.pop() if stack else False
        elif (word in _SKIPPED) or symbol == "*":
            hidden = True
        elif hidden:
            continue
        elif word == "u" and number:
            parts.append(chr(int(number) % 65_536))
            skip = 1
        elif word in _BREAKS:
            parts.append(_BREAKS[word])
        elif code:
            if not skip:
                parts.append(bytes([int(code, 16)]).decode(charset, "replace"))
            skip = 0
        elif symbol in {"~", "_"}:
            parts.append(" " if symbol == "~" else "-")
        elif plain:
            parts.append(plain[1:] if skip and plain[0] == "?" else plain)
            skip = 0
    return Document(name, "".join(parts)[:200_000])
