"""From octets to a Message: headers, the author's words and the files."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailsync.reading import body, header_block, headers, limits, quoting, structure
from mailsync.reading.header_block import HeaderBlock
from mailsync.reading.lines import Line
from mailsync.reading.model import Message, ReadingContext, Table


@dataclass(frozen=True, slots=True)
class TakenApart:
    """The message, and what only the reader itself looks at."""

    message: Message
    root: structure.Node
    body: body.Body

    def as_written_by_machine(self) -> Message:
        """The message with all of its text as the author's: programs quote nobody and sign nothing."""
        lines = [line for line in self.body.lines if not line.quoted] or self.body.lines
        return replace(self.message, new_text=quoting.text(lines).strip("\n"), signature="", quoted="", forwarded="")


def take_apart(raw: bytes, context: ReadingContext) -> TakenApart:
    """The letter taken apart; one that goes over a ceiling is read by its headers only, and says so."""
    try:
        parsed = structure.parse(raw)
    except structure.Refused as refusal:
        return headers_only(raw, f"письмо не разобрано: {refusal}; прочитаны только заголовки")
    found = body.read(parsed.root)
    header = header_block.read(parsed.root)
    words = quoting.tell_apart(found.lines, _envelope(header, context))
    message = _message(header, found, words, (*found.defects, *parsed.defects))
    return TakenApart(message, parsed.root, found)


def headers_only(raw: bytes, defect: str) -> TakenApart:
    """Only the header fields, as far as the ceiling; the body is not looked at."""
    root = structure.headers_only(raw[: min(limits.header_end(raw), limits.HEADER_BLOCK)])
    found = body.Body()
    message = _message(header_block.read(root), found, quoting.Words([], [], [], []), (defect,))
    return TakenApart(message, root, found)


def _envelope(header: HeaderBlock, context: ReadingContext) -> quoting.Envelope:
    return quoting.Envelope(
        subject=header.first("subject"),
        is_answer=bool(header.first("in-reply-to") or header.first("references")),
        is_own=context.own.is_own,
    )


def _message(header: HeaderBlock, found: body.Body, words: quoting.Words, defects: tuple[str, ...]) -> Message:
    return Message(
        message_id=next(iter(headers.message_ids(header.first("message-id"))), None),
        in_reply_to=headers.message_ids(header.first("in-reply-to")),
        references=headers.message_ids(header.first("references")),
        date=header.date(),
        subject=header.first("subject"),
        sender=header.sender(),
        reply_to=header.mailboxes("reply-to"),
        to=header.mailboxes("to"),
        cc=header.mailboxes("cc"),
        envelope_from=header.envelope_from(),
        headers=header.fields,
        text=_whole_text(found.lines),
        new_text=quoting.text(words.new),
        signature=quoting.text(words.signature),
        quoted=quoting.text(words.quoted),
        forwarded=quoting.text(words.forwarded),
        tables=_tables(words.new, found.tables),
        attachments=tuple(found.files),
        defects=tuple(dict.fromkeys(defects)),
    )


def _whole_text(lines: list[Line]) -> str:
    return "\n".join(f"{'>' * line.quoted} {line.text}" if line.quoted else line.text for line in lines).strip("\n")


def _tables(new: list[Line], tables: dict[int, Table]) -> tuple[Table, ...]:
    """The tables that stand in the author's part, in order."""
    numbers = dict.fromkeys(line.table for line in new if line.table is not None)
    return tuple(tables[number] for number in numbers if number in tables)
