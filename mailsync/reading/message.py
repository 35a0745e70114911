"""From octets to a Message: headers, the author's words and the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailsync.reading import addresses, body, encoded_words, headers, limits, quoting, structure
from mailsync.reading.lines import Line
from mailsync.reading.model import Address, Message, ReadingContext, Table


@dataclass(frozen=True, slots=True)
class TakenApart:
    """The message and what only the reader itself looks at."""

    message: Message
    root: structure.Node
    body: body.Body


def take_apart(raw: bytes, context: ReadingContext) -> TakenApart:
    """The letter taken apart; one that goes over a ceiling is read by its headers only, and says so."""
    refusal = limits.refusal(raw)
    if refusal is not None:
        return _headers_only(raw, refusal)
    parsed = structure.parse(raw)
    found = body.read(parsed.root)
    fields = _decoded(parsed.root)
    envelope = quoting.Envelope(
        subject=_first(fields, "subject"),
        is_answer=bool(_first(fields, "in-reply-to") or _first(fields, "references")),
        is_own=context.own.is_own,
    )
    words = quoting.tell_apart(found.lines, envelope)
    message = _message(parsed.root, fields, found, words, (*found.defects, *parsed.defects))
    return TakenApart(message, parsed.root, found)


def _headers_only(raw: bytes, refusal: str) -> TakenApart:
    root = structure.headers_only(raw[: min(limits.header_end(raw), limits.HEADER_BLOCK)])
    defects = (f"письмо не разобрано: {refusal}; прочитаны только заголовки",)
    found = body.Body()
    return TakenApart(_message(root, _decoded(root), found, quoting.Words([], [], [], []), defects), root, found)


def _decoded(root: structure.Node) -> dict[str, tuple[str, ...]]:
    fields: dict[str, list[str]] = {}
    for name, value in root.fields:
        fields.setdefault(name, []).append(encoded_words.decode(value))
    return {name: tuple(values) for name, values in fields.items()}


def _first(fields: dict[str, tuple[str, ...]], name: str) -> str:
    return fields.get(name, ("",))[0]


def _mailboxes(root: structure.Node, name: str) -> tuple[Address, ...]:
    value = root.first(name)
    return addresses.addresses(value) if value else ()


def _sender(root: structure.Node) -> Address | None:
    """The author; where From names no address, Sender or the envelope does, under the name that From gives."""
    for name in ("from", "sender", "reply-to", "return-path"):
        found = _mailboxes(root, name)
        if found:
            shown = addresses.display_name(root.first("from") or b"") if name != "from" else None
            return Address(found[0].address, shown) if shown else found[0]
    return None


def _envelope_from(fields: dict[str, tuple[str, ...]]) -> str | None:
    """Return-Path as our server wrote it; the topmost one counts (RFC 5321, 4.4)."""
    if "return-path" not in fields:
        return None
    return _first(fields, "return-path").strip().strip("<>").strip().lower()


def _date_text(fields: dict[str, tuple[str, ...]]) -> str:
    return _first(fields, "date") or _first(fields, "received").rpartition(";")[2]


def _message(
    root: structure.Node,
    fields: dict[str, tuple[str, ...]],
    found: body.Body,
    words: quoting.Words,
    defects: Sequence[str],
) -> Message:
    known = headers.message_ids(_first(fields, "message-id"))
    return Message(
        message_id=known[0] if known else None,
        in_reply_to=headers.message_ids(_first(fields, "in-reply-to")),
        references=headers.message_ids(_first(fields, "references")),
        date=headers.date(_date_text(fields)),
        subject=_first(fields, "subject"),
        sender=_sender(root),
        reply_to=_mailboxes(root, "reply-to"),
        to=_mailboxes(root, "to"),
        cc=_mailboxes(root, "cc"),
        envelope_from=_envelope_from(fields),
        headers=fields,
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
