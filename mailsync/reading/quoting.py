"""Whose words: the author's own, the history that is quoted below or between them, and a letter that is forwarded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from mailsync.reading import notices, separators, signature
from mailsync.reading.lines import Line, trimmed

_FORWARD = re.compile(
    r"^\s{0,5}(?:(?:re|ответ|на)\s?(?:\[\d{1,3}\])?\s?:\s?)?(?:fwd?|пер(?:есл)?|вл|fs|i|отп|"
    r"tr)\s?(?:\[\d{1,3}\])?\s?:",
    re.IGNORECASE,
)
_REPLY = re.compile(r"^\s{0,5}(?:re|ответ|отв|на|ha|aw|sv)\s?(?:\[\d{1,3}\])?\s?:", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """The subject without the marks of answers and forwards before it, however many there are; white space folded."""
    bare = " ".join(subject.split())
    while mark := _FORWARD.match(bare) or _REPLY.match(bare):
        bare = bare[mark.end() :].lstrip()
    return bare


@dataclass(frozen=True, slots=True)
class Words:
    """A body told apart. `new` holds the author's words and those of a letter that he forwards."""

    new: list[Line]
    signature: list[Line]
    quoted: list[Line]
    forwarded: list[Line]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers say about the letter's place in a conversation."""

    subject: str
    is_answer: bool  # In-Reply-To or References is there
    is_own: Callable[[str], bool]

    @property
    def forwards(self) -> bool:
        return bool(_FORWARD.match(self.subject))

    @property
    def answers(self) -> bool:
        return bool(_REPLY.match(self.subject)) or self.is_answer


@dataclass(slots=True)
class _Sorted:
    author: list[Line] = field(default_factory=list)
    quoted: list[Line] = field(default_factory=list)
    forwarded: list[Line] = field(default_factory=list)


def tell_apart(lines: list[Line], envelope: Envelope) -> Words:
    """Sort the lines of a body by whose words they are; where all of it would be quotation, it is the author's."""
    found = _sort(lines, envelope)
    if not envelope.answers and not envelope.forwards and found.author and all(line.quoted for line in found.quoted):
        # «>» as a bullet: nobody is quoted in a letter that answers nothing and names no author of a quotation.
        found = _sort([Line(f"> {line.text}") if line.quoted and line.text else line for line in lines], envelope)
    author, taken = signature.split(found.author)
    forwarded, tail = _without_tail(found.forwarded)
    new = _joined(author, forwarded)
    if not new and not found.forwarded and not taken and found.quoted:
        return Words(trimmed(found.quoted), [], [], [])
    return Words(new, trimmed([*taken, *tail]), trimmed(found.quoted), trimmed(forwarded))


def _sort(lines: list[Line], envelope: Envelope) -> _Sorted:
    found = _Sorted()
    texts = [line.text for line in lines]
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.quoted:
            found.quoted.append(line)
            at += 1
            continue
        block = separators.header_block(texts, at)
        if block is not None:
            _sort_rest(lines, at, block, envelope, found)
            return found
        end = separators.attribution(texts, at)
        if end is None and separators.weak_attribution(line.text) and _quoted_next(lines, at + 1):
            end = at + 1
        if end is not None:
            found.quoted += lines[at:end]
            if not _quoted_next(lines, end):
                found.quoted += lines[end:]
                return found
            at = end
            continue
        found.author.append(line)
        at += 1
    return found


def _quoted_next(lines: list[Line], at: int) -> bool:
    """Whether the next line with text is a quoted one."""
    return next((line.quoted > 0 for line in lines[at:] if not line.blank), False)


def _sort_rest(lines: list[Line], at: int, block: separators.HeaderBlock, envelope: Envelope, found: _Sorted) -> None:
    """All below copied headers is one letter: forwarded to us, or the history of this conversation."""
    if not _is_forward(block, envelope):
        found.quoted += lines[at:]
        return
    found.quoted += lines[at : block.end]
    texts = [line.text for line in lines]
    position = block.end
    while position < len(lines):
        inner = separators.header_block(texts, position)
        if inner is not None:
            _sort_inner(lines, position, inner, envelope, found)
            return
        if separators.is_end_marker(texts[position]):
            found.author += lines[position + 1 :]
            return
        end = separators.attribution(texts, position)
        if end is not None:
            found.quoted += lines[position:]
            return
        if separators.is_cut(texts[position]):
            position += 1
            continue
        if lines[position].signature:
            found.author.append(lines[position])
        else:
            found.forwarded.append(lines[position])
        position += 1


def _sort_inner(lines: list[Line], at: int, block: separators.HeaderBlock, envelope: Envelope, found: _Sorted) -> None:
    """A letter below the forwarded one: forwarded in its turn, or what that one answered."""
    said = " ".join(line.text for line in found.forwarded)
    handed_on = block.forward or not said.strip() or bool(_FORWARD.match(envelope.subject) and len(said) < 200)
    if handed_on and not envelope.is_own(block.sender):
        found.quoted += lines[at : block.end]
        found.forwarded += [Line(""), *lines[block.end :]]
    else:
        found.quoted += lines[at:]


def _is_forward(block: separators.HeaderBlock, envelope: Envelope) -> bool:
    if block.sender and envelope.is_own(block.sender):
        return False
    return block.forward or envelope.forwards or not envelope.answers


def _without_tail(forwarded: list[Line]) -> tuple[list[Line], list[Line]]:
    """The forwarded text without the signature that Gmail sets below it, and without footers."""
    kept = [line for line in forwarded if not notices.is_footer(line.text)]
    for at in range(len(kept) - 1, max(len(kept) - 12, 0), -1):
        if kept[at].text.strip() == "--":
            return kept[:at], kept[at:]
    return kept, []


def _joined(author: list[Line], forwarded: list[Line]) -> list[Line]:
    author, forwarded = trimmed(author), trimmed(forwarded)
    return [*author, Line(""), *forwarded] if author and forwarded else author or forwarded


def text(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines)
