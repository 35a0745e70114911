"""The letter's tree of parts, by mail-parser: the only module that knows it and the standard library's parser beneath.

mail-parser keeps the tree in the old, linear policy of `email` and tells the defects. Its decoded texts and names are
not used: unlabelled 8-bit comes back empty from it and attached letters get random names. The exact octets
of every header and payload are taken from the tree instead.
"""

from __future__ import annotations

import email
import email.message
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email.errors import MessageError

import mailparser
from mailparser.exceptions import MailParserError

from mailsync.reading import elision, headers, limits

_CONTENT_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,150}")
_FIRST_DELIMITER = re.compile(rb"^--(\S[^\r\n]{0,120})\r?\n(?=content-)", re.MULTILINE | re.IGNORECASE)
# What mail-parser was seen to raise on broken letters, its own errors aside.
_FAILURES = (
    MailParserError,
    MessageError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    AssertionError,
)


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


class Refused(Exception):  # noqa: N818 - told as what happened
    """The letter is too deep, has too many parts or too large a header to be taken apart; the text says which."""


@dataclass(frozen=True, slots=True)
class Structure:
    root: Node
    defects: tuple[str, ...]


def parse(raw: bytes) -> Structure:
    """The tree of a letter. Raises Refused for one that goes over a ceiling of `limits`."""
    short = elision.shorten(raw)
    refusal = limits.refusal(short.raw)
    if refusal is not None:
        raise Refused(refusal)
    try:
        parsed = mailparser.parse_from_bytes(short.raw)
        tree, defects = parsed.message, tuple(sorted(parsed.defects_categories))
    except _FAILURES as error:
        tree, defects = email.message_from_bytes(short.raw), (f"mail-parser: {type(error).__name__}",)
    return Structure(_Maker(short.restore).node(tree), defects)


def headers_only(raw: bytes) -> Node:
    """The outermost header fields of a letter whose body is not to be looked at."""
    return _Maker(lambda payload: payload).node(email.message_from_bytes(raw))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes nodes of the library's tree; `restore` puts back what was taken out of payloads."""

    restore: Callable[[bytes], bytes]
    recovers: bool = True  # looks for parts where there should be none; not within what was found in that way

    def node(self, tree: email.message.Message) -> Node:
        fields = tuple((name.casefold(), _octets(value)) for name, value in tree.raw_items())
        found = dict(reversed(fields))
        content_type, parameters = headers.parameters(found.get("content-type", b""))
        disposition, disposition_parameters = headers.parameters(found.get("content-disposition", b""))
        children: tuple[Node, ...] = ()
        payload, whole = b"", b""
        if not _CONTENT_TYPE.fullmatch(content_type):
            content_type = tree.get_content_type()
        if tree.is_multipart():
            parts = [part for part in tree.get_payload() if isinstance(part, email.message.Message)]
            whole = self.restore(_whole(parts[0])) if content_type == "message/rfc822" and parts else b""
            children = (*map(self.node, parts), *self._behind(tree))
        else:
            payload = self.restore(_payload(tree))
            children = self._recovered(payload) if content_type.startswith("multipart/") else ()
        return Node(
            fields=fields,
            content_type=content_type,
            parameters=parameters,
            disposition=disposition,
            disposition_parameters=disposition_parameters,
            encoding=found.get("content-transfer-encoding", b"").decode("latin-1").strip().casefold(),
            payload=payload,
            children=children,
            whole=whole,
        )

    def _behind(self, tree: email.message.Message) -> tuple[Node, ...]:
        """Parts behind the closing delimiter: a container within closed with the same boundary."""
        epilogue = _octets(tree.epilogue or "")
        boundary = tree.get_boundary() or ""
        return self._recovered(epilogue) if boundary and "--" + boundary in (tree.epilogue or "") else ()

    def _recovered(self, payload: bytes) -> tuple[Node, ...]:
        """The parts of a multipart that names no boundary, or another than it uses: its first line "--x" tells it."""
        found = _FIRST_DELIMITER.search(payload)
        if found is None or not self.recovers:
            return ()
        boundary = found[1].strip().replace(b'"', b"")
        again = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + payload
        tree = email.message_from_bytes(again)
        return _Maker(self.restore, recovers=False).node(tree).children if tree.is_multipart() else ()


def _octets(text: str) -> bytes:
    return text.encode("ascii", "surrogateescape") if isinstance(text, str) else b""


def _payload(tree: email.message.Message) -> bytes:
    """The body as sent: without its Content-Transfer-Encoding field the library hands it out undecoded."""
    del tree["content-transfer-encoding"]
    payload = tree.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _whole(tree: email.message.Message) -> bytes:
    """An attached letter as octets."""
    try:
        return tree.as_bytes(policy=tree.policy.clone(linesep="\r\n", max_line_length=None, mangle_from_=False))
    except _FAILURES:
        return b""
