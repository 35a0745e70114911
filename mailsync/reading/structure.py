"""The letter's tree of parts, by mail-parser: the only module that knows it and the standard library's parser beneath.

mail-parser keeps the tree in the old, linear policy of `email` and tells the defects. Its decoded texts and names are
not used: unlabelled 8-bit comes back empty from it and attached letters get random names. The exact octets
of every header and payload are taken from the tree instead.
"""

from __future__ import annotations

import email
import email.message
import logging
import re
from dataclasses import dataclass, field

import mailparser
from mailparser.exceptions import MailParserError

from mailsync.reading import headers

logging.getLogger("mailparser").setLevel(logging.CRITICAL)

_FIRST_DELIMITER = re.compile(rb"^--([^\s-][^\r\n]{0,120}?)[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Node:
    """One MIME entity: header fields as octets, and either children or a payload as it was sent, still encoded."""

    fields: tuple[tuple[str, bytes], ...]  # lower-case name, value as sent
    content_type: str
    parameters: dict[str, str]
    disposition: str  # "attachment", "inline" or ""
    disposition_parameters: dict[str, str]
    encoding: str  # Content-Transfer-Encoding in lower case
    payload: bytes = field(repr=False)
    children: tuple[Node, ...] = ()
    whole: bytes = field(default=b"", repr=False)  # of an attached letter: all of it

    def first(self, name: str) -> bytes | None:
        """The value of the first field of this name."""
        return next((value for known, value in self.fields if known == name), None)


@dataclass(frozen=True, slots=True)
class Structure:
    root: Node
    defects: tuple[str, ...]


def parse(raw: bytes) -> Structure:
    """The tree of a letter whose nesting and number of parts are known to be bounded (`limits.refusal`)."""
    try:
        parsed = mailparser.parse_from_bytes(raw)
        tree, defects = parsed.message, tuple(sorted(parsed.defects_categories))
    except (
        MailParserError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RecursionError,
        AssertionError,
    ) as error:
        tree, defects = email.message_from_bytes(raw), (f"mail-parser: {type(error).__name__}",)
    return Structure(_node(tree), defects)


def headers_only(raw: bytes) -> Node:
    """The outermost header fields of a letter whose body is not to be looked at."""
    return _node(email.message_from_bytes(raw))


def _octets(text: str) -> bytes:
    return text.encode("ascii", "surrogateescape") if isinstance(text, str) else b""


def _node(tree: email.message.Message) -> Node:
    fields = tuple((name.casefold(), _octets(value)) for name, value in tree.raw_items())
    found = dict(reversed(fields))
    content_type, parameters = headers.parameters(found.get("content-type", b""))
    disposition, disposition_parameters = headers.parameters(found.get("content-disposition", b""))
    encoding = found.get("content-transfer-encoding", b"").decode("latin-1").strip().casefold()
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", content_type):
        content_type = tree.get_content_type()
    children: tuple[Node, ...] = ()
    payload, whole = b"", b""
    if tree.is_multipart():
        parts = [part for part in tree.get_payload() if isinstance(part, email.message.Message)]
        children = tuple(map(_node, parts))
        if content_type == "message/rfc822" and parts:
            whole = _whole(parts[0])
    else:
        payload = _payload(tree)
        if content_type.startswith("multipart/"):
            children = _recovered(payload)
    return Node(
        fields, content_type, parameters, disposition, disposition_parameters, encoding, payload, children, whole
    )


def _payload(tree: email.message.Message) -> bytes:
    """The body as sent: without its Content-Transfer-Encoding field the library hands it out undecoded."""
    del tree["content-transfer-encoding"]
    payload = tree.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _whole(tree: email.message.Message) -> bytes:
    try:
        return tree.as_bytes(policy=tree.policy.clone(linesep="\r\n", max_line_length=None, mangle_from_=False))
    except (ValueError, TypeError, LookupError, RecursionError, AttributeError):
        return _payload(tree) if not tree.is_multipart() else b""


def _recovered(payload: bytes) -> tuple[Node, ...]:
    """The parts of a multipart that names no boundary, or another than it uses: the first line "--x" tells it."""
    found = _FIRST_DELIMITER.search(payload)
    if found is None:
        return ()
    boundary = found[1].replace(b'"', b"")
    again = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + payload
    tree = email.message_from_bytes(again)
    return _node(tree).children if tree.is_multipart() else ()
