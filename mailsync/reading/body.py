"""From the tree of parts to what a person sees: the body, the files, and the parts that machines wrote for machines."""

from __future__ import annotations

import contextlib
import hashlib
import mimetypes
import re
from dataclasses import dataclass, field

from mailsync.reading import charset, encoded_words, html, plain, smime, structure, tnef, transfer
from mailsync.reading.limits import BODY_TEXT, FILES
from mailsync.reading.lines import Line
from mailsync.reading.model import Attachment, Table
from mailsync.reading.structure import Node

_EXTENSIONS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "application/pdf": ".pdf", "text/plain": ".txt",
    "text/html": ".html", "text/csv": ".csv", "text/calendar": ".ics", "application/ms-tnef": ".dat",
    "message/rfc822": ".eml", "application/zip": ".zip",
}  # fmt: skip
_CONTROLS = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]")
_REPORTS = frozenset({"message/delivery-status", "message/disposition-notification", "message/feedback-report",
                      "message/global-delivery-status", "text/rfc822-headers"})  # fmt: skip
_OPENED = 10
_SEALS = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})


_CRYPTO = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
ENCRYPTED = "письмо зашифровано, прочитать его может только человек"


@dataclass(slots=True)
class Body:
    """What the walk over the parts has found so far."""

    lines: list[Line] = field(default_factory=list)
    tables: dict[int, Table] = field(default_factory=dict)
    files: list[Attachment] = field(default_factory=list)
    reports: list[tuple[str, bytes]] = field(default_factory=list)  # machine-readable parts by content type
    originals: list[bytes] = field(default_factory=list)  # letters or their headers returned by a report
    content_ids: set[str] = field(default_factory=set)
    opened: int = 0  # signatures taken off so far
    defects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Text:
    lines: list[Line]
    tables: dict[int, Table]
    content_ids: frozenset[str]

    @property
    def size(self) -> int:
        return sum(len(line.text.strip()) for line in self.lines)


def read(root: Node) -> Body:
    """Walk the parts in order."""
    body = Body()
    _walk(root, body, in_report=False, related=False)
    return body


def _walk(node: Node, body: Body, *, in_report: bool, related: bool) -> None:
    kind = node.content_type
    if node.children and kind.startswith("multipart/") and kind != "multipart/encrypted":
        _walk_multipart(node, body, in_report=in_report or kind == "multipart/report", related=related)
    elif kind in _REPORTS or (in_report and kind.startswith("message/")):
        _report(node, body)
    elif kind in _CRYPTO or kind == "multipart/encrypted":
        _sealed(node, body, in_report=in_report, related=related)
    elif kind in _TNEF or (_name(node) or "").casefold() == "winmail.dat":
        _container(node, body, related=related)
    elif kind == "message/rfc822" or (node.children and kind.startswith("message/")):
        _attached_letter(node, body)
    elif _is_body(node):
        _add_text(_text_of(node, body), body)
    else:
        _file(node, body, related=related)


def _walk_multipart(node: Node, body: Body, *, in_report: bool, related: bool) -> None:
    if node.content_type == "multipart/alternative":
        _walk_alternative(node, body, in_report=in_report)
        return
    for child in node.children:
        inside = related or node.content_type == "multipart/related"
        _walk(child, body, in_report=in_report, related=inside)


def _walk_alternative(node: Node, body: Body, *, in_report: bool) -> None:
    """Of several forms of one text the best is read; files that hide among them are kept."""
    forms: list[_Text] = []
    for child in node.children:
        own = Body()
        _walk(child, own, in_report=in_report, related=True)
        body.files += own.files
        body.reports += own.reports
        body.originals += own.originals
        body.defects += own.defects
        body.content_ids |= own.content_ids
        if own.lines:
            forms.append(_Text(own.lines, own.tables, frozenset()))
    if forms:
        _add_text(_best(forms), body)


def _best(forms: list[_Text]) -> _Text:
    """The last form, which the sender likes best (RFC 2046, 5.1.4), unless it lost text that an earlier one has."""
    fullest = max(form.size for form in forms)
    return next((form for form in reversed(forms) if form.size * 10 >= fullest * 6), forms[-1])


def _add_text(text: _Text, body: Body) -> None:
    offset = len(body.tables)
    if body.lines and text.lines:
        body.lines.append(Line(""))
    for line in text.lines:
        moved = line if line.table is None else Line(line.text, line.quoted, line.signature, line.table + offset)
        body.lines.append(moved)
    body.tables |= {number + offset: table for number, table in text.tables.items()}
    body.content_ids |= text.content_ids


def _is_body(node: Node) -> bool:
    """Text that is shown, not sent as a file (RFC 2183)."""
    if node.content_type not in {"text/plain", "text/html", "text/enriched", "text/x-amp-html", "text"}:
        return False
    return node.disposition != "attachment" and _name(node) is None


def _text_of(node: Node, body: Body) -> _Text:
    octets, defect = transfer.decode(node.payload, node.encoding)
    text, remark = charset.decode(octets, node.parameters.get("charset") or _meta_charset(node, octets))
    body.defects += [line for line in (defect, remark) if line]
    if len(text) > BODY_TEXT:
        body.defects.append(f"текст длиннее {BODY_TEXT} знаков, прочитано начало")
        text = text[:BODY_TEXT]
    if node.content_type in {"text/html", "text/enriched"}:
        rendered = html.render(text)
        return _Text(rendered.lines, rendered.tables, rendered.content_ids)
    if node.content_type == "text/x-amp-html":
        return _Text([], {}, frozenset())
    flowed = node.parameters.get("format", "").casefold() == "flowed"
    lines = plain.lines(text, flowed=flowed, delete_space=node.parameters.get("delsp", "").casefold() == "yes")
    return _Text(lines, {}, frozenset())


_META = re.compile(rb"<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?([\w-]{2,40})", re.IGNORECASE)


def _meta_charset(node: Node, octets: bytes) -> str | None:
    found = _META.search(octets[:4_000]) if node.content_type == "text/html" else None
    return found[1].decode("ascii") if found else None


def _name(node: Node) -> str | None:
    name = node.disposition_parameters.get("filename") or node.parameters.get("name")
    return clean_name(name) if name else None


def clean_name(name: str) -> str | None:
    """A file name for showing: the last part of a path, without controls and marks that turn the writing direction."""
    name = " ".join(_CONTROLS.sub("", re.split(r"[/\\]", name)[-1]).split())
    return name[:200] or None


def _file(node: Node, body: Body, *, related: bool) -> None:
    octets, defect = transfer.decode(node.payload, node.encoding)
    content_id = (node.first("content-id") or b"").decode("latin-1").strip().strip("<>").casefold()
    name = _name(node)
    if node.content_type in _SEALS or (not octets.strip() and name is None):
        return
    if defect:
        body.defects.append(defect)
    if len(body.files) >= FILES:
        body.defects.append(f"вложений больше {FILES}")
        return
    picture = node.content_type.startswith("image/")
    shown = bool(content_id) and (content_id in body.content_ids or related) and node.disposition != "attachment"
    unnamed_event = node.content_type == "text/calendar" and name is None
    filename = name or f"без имени{_EXTENSIONS.get(node.content_type, '')}"
    body.files.append(attachment(filename, node.content_type, octets, inline=(picture and shown) or unnamed_event))


def attachment(filename: str, content_type: str, octets: bytes, *, inline: bool = False) -> Attachment:
    return Attachment(filename, content_type, octets, hashlib.sha256(octets).hexdigest(), inline)


def _sealed(node: Node, body: Body, *, in_report: bool, related: bool) -> None:
    """An opaque signature is opened; what is encrypted is kept for a person."""
    if node.content_type in _CRYPTO:
        inner = smime.signed_content(transfer.decode(node.payload, node.encoding)[0])
        if inner is not None and body.opened < _OPENED:
            body.opened += 1
            with contextlib.suppress(structure.Refused):
                _walk(structure.parse(inner).root, body, in_report=in_report, related=related)
                return
    body.defects.append(ENCRYPTED)
    for leaf in node.children or (node,):
        _file(leaf, body, related=False)


def _container(node: Node, body: Body, *, related: bool) -> None:
    """winmail.dat: its files are the letter's; where it cannot be opened it is a file itself."""
    unpacked = tnef.unpack(transfer.decode(node.payload, node.encoding)[0])
    if unpacked is None:
        body.defects.append("winmail.dat не удалось открыть, он приложен как есть")
        _file(node, body, related=related)
        return
    for name, octets in unpacked.files[:FILES]:
        body.files.append(attachment(clean_name(name) or "без имени", _type_of(name), octets))
    if not any(not line.blank for line in body.lines) and (unpacked.html or unpacked.text):
        kind = "text/html" if unpacked.html else "text/plain"
        plain_node = Node((), kind, {}, "", {}, "", unpacked.html or unpacked.text)
        _add_text(_text_of(plain_node, body), body)


def _type_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _report(node: Node, body: Body) -> None:
    """A part of multipart/report (RFC 6522): machine-readable fields, or the letter that it is about."""
    if node.children:
        if node.content_type in {"message/rfc822", "message/global"}:
            body.originals.append(node.whole)
        else:
            fields = [
                b"\r\n".join(name.encode("ascii", "replace") + b": " + value for name, value in child.fields)
                for child in node.children
            ]
            body.reports.append((node.content_type, b"\r\n\r\n".join(fields)))
        return
    octets, _ = transfer.decode(node.payload, node.encoding)
    if node.content_type in {"text/rfc822-headers", "message/rfc822", "message/global", "message/global-headers"}:
        body.originals.append(octets)
    else:
        body.reports.append((node.content_type, octets))


def _attached_letter(node: Node, body: Body) -> None:
    """A letter sent along is one file, named by its subject; what hangs on it stays within it."""
    whole = node.whole or transfer.decode(node.payload, node.encoding)[0]
    subject = next((child.first("subject") for child in node.children[:1]), None)
    title = encoded_words.decode(subject) if subject else ""
    name = _name(node) or f"{clean_name(title.replace('/', ' ')) or 'письмо'}.eml"
    body.files.append(attachment(name, "message/rfc822", whole))
