"""Mailboxes of From, To and the like (RFC 5322, 3.4), read in one pass from whatever was written there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailsync.reading import encoded_words
from mailsync.reading.limits import ADDRESSES
from mailsync.reading.model import Address

_BARE = re.compile(r"[^\s<>()\[\],;:\"']{1,200}@[^\s<>()\[\],;:\"']{1,200}")
_ENDS = frozenset(",;")


@dataclass(slots=True)
class _Mailbox:
    words: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    angle: str | None = None


def addresses(raw: bytes, hint: str | None = None) -> tuple[Address, ...]:
    """The mailboxes in order, each once, at most ADDRESSES; what holds no "@" is left out."""
    text = encoded_words.unfold(raw).decode("latin-1")
    found: dict[str, Address] = {}
    for mailbox in _mailboxes(text):
        address = _address(mailbox, hint)
        if address is not None:
            found.setdefault(address.address, address)
        if len(found) >= ADDRESSES:
            break
    return tuple(found.values())


def display_name(raw: bytes, hint: str | None = None) -> str | None:
    """The first display name of a field, for a From that holds no usable address."""
    for mailbox in _mailboxes(encoded_words.unfold(raw).decode("latin-1")):
        return _text("".join(mailbox.words), hint) or None
    return None


def _mailboxes(text: str) -> list[_Mailbox]:
    """The field cut at commas, semicolons and group names that stand outside quotes, comments and angle brackets."""
    boxes = [_Mailbox()]
    position = 0
    while position < len(text):
        char = text[position]
        box = boxes[-1]
        if char == '"':
            end = _quoted_end(text, position)
            box.words.append(text[position + 1 : end].replace("\\", ""))
            position = end
        elif char == "(":
            end = text.find(")", position)
            end = len(text) if end < 0 else end
            box.comment.append(text[position + 1 : end])
            position = end
        elif char == "<":
            end = text.find(">", position)
            end = len(text) if end < 0 else end
            box.angle = text[position + 1 : end] if box.angle is None else box.angle
            position = end
        elif char in _ENDS:
            boxes.append(_Mailbox())
        elif char == ":" and box.angle is None and "@" not in "".join(box.words):
            boxes[-1] = _Mailbox()
        else:
            box.words.append(char)
        position += 1
    return boxes


def _quoted_end(text: str, start: int) -> int:
    """The closing quote's place; where it is missing, the next "<" or the end."""
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == '"':
            return position
        position += 1
    angle = text.find("<", start)
    return angle - 1 if angle > 0 else len(text)


def _address(mailbox: _Mailbox, hint: str | None) -> Address | None:
    words = "".join(mailbox.words)
    bare = _BARE.search(_text(mailbox.angle or "", hint)) or (
        None if mailbox.angle and "@" in mailbox.angle else _BARE.search(words)
    )
    if bare is None:
        return None
    shown = words if mailbox.angle else words.replace(bare[0], " ")
    name = _text(shown, hint) or _text(" ".join(mailbox.comment), hint)
    address = bare[0].strip(".'").lower()
    return Address(address, name if name and name.lower() != address else None)


def _text(words: str, hint: str | None) -> str:
    name = encoded_words.decode(words.encode("latin-1", "replace"), hint).strip(" '")
    return name if name.count('"') == 2 and not name.startswith('"') else name.strip(" '\"")
