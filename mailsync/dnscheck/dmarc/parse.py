"""A DMARC policy record out of its text (RFC 9989, 4.7 and 4.8). Touches no network.

A broken optional tag does not spoil the record: it falls to its default and is kept among the defects, so that
the linter can show what the owner wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from mailsync.dnscheck.dmarc.record import Defect, Mode, Policy, Psd, Record, ReportUri

# The tag's name may be of any case, the version may not (RFC 9989, 4.8: %s"DMARC1").
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
_TAG_NAME = re.compile(r"[A-Za-z]{1,32}")
_VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e]+")
_OBSOLETE_SIZE = re.compile(r"!([0-9]+[kmgt]?)$", re.IGNORECASE)
_FAILURE_OPTIONS = frozenset({"0", "1", "d", "s"})


class NotDmarcError(ValueError):
    """The text does not begin with `v=DMARC1`, so that receivers do not see a DMARC record at all."""


def is_record(text: str) -> bool:
    """Whether receivers take this TXT for a DMARC record: the version first, exact to the letter (RFC 9989, 4.10)."""
    return _VERSION.match(text) is not None


def parse(text: str) -> Record:
    """The record in a TXT, its strings already joined. Raises NotDmarcError where `is_record` is False."""
    version = _VERSION.match(text)
    if version is None:
        raise NotDmarcError(text)
    reader = _Reader()
    for name, value, problem in _tags(text[version.end() :]):
        reader.take(name, value, problem)
    return reader.record(text)


def _tags(text: str) -> Iterator[tuple[str, str, str]]:
    """Name in lower case, value, and what is wrong with the form ("" where nothing is)."""
    pieces = text.split(";")
    for position, piece in enumerate(pieces):
        stripped = piece.strip(" \t")
        if not stripped:
            if position < len(pieces) - 1:
                yield "", piece, "an empty tag between two semicolons"
            continue
        name, equals, value = (part.strip(" \t") for part in stripped.partition("="))
        if not equals or not _TAG_NAME.fullmatch(name):
            yield "", stripped, "not of the form tag=value"
        elif not _VALUE.fullmatch(value):
            yield name.lower(), value, "an empty value or a character that is not printable ASCII"
        else:
            yield name.lower(), value, ""


def _uris(value: str) -> tuple[ReportUri, ...]:
    """Every valid reporting URI; the others are left out. Raises ValueError where none is."""
    found = []
    for text in value.split(","):
        size = _OBSOLETE_SIZE.search(text.strip(" \t"))
        uri = ReportUri(_OBSOLETE_SIZE.sub("", text.strip(" \t")), size[1] if size else "")
        if "!" not in uri.uri and " " not in uri.uri and _deliverable(uri):
            found.append(uri)
    if not found:
        raise ValueError("no valid reporting URI; it looks like mailto:dmarc@example.com")
    return tuple(found)


def _deliverable(uri: ReportUri) -> bool:
    if uri.scheme == "mailto":
        return uri.mail_address is not None
    return bool(uri.scheme and uri.host)


def _failure_options(value: str) -> tuple[str, ...]:
    options = tuple(option.strip(" \t").lower() for option in value.split(":"))
    if not set(options) <= _FAILURE_OPTIONS or len(set(options)) < len(options) or {"0", "1"} <= set(options):
        raise ValueError("0 or 1, d and s, separated by colons, each once")
    return options


def _yes_or_no(value: str) -> bool:
    if value.lower() not in {"y", "n"}:
        raise ValueError("y or n")
    return value.lower() == "y"


def _choice(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    def choose(value: str) -> StrEnum:
        try:
            return choices(value.lower())
        except ValueError:
            raise ValueError("one of " + ", ".join(choices)) from None

    return choose


_KNOWN: dict[str, tuple[str, Callable[[str], object]]] = {
    "p": ("policy", _choice(Policy)),
    "sp": ("subdomain_policy", _choice(Policy)),
    "np": ("nonexistent_policy", _choice(Policy)),
    "psd": ("psd", _choice(Psd)),
    "t": ("testing", _yes_or_no),
    "adkim": ("adkim", _choice(Mode)),
    "aspf": ("aspf", _choice(Mode)),
    "rua": ("rua", _uris),
    "ruf": ("ruf", _uris),
    "fo": ("fo", _failure_options),
}
_REMOVED = frozenset({"pct", "rf", "ri"})


class _Reader:
    """Collects the tags of one record; the first of two equal tags counts."""

    def __init__(self) -> None:
        self._fields: dict[str, object] = {}
        self._seen: set[str] = set()
        self._removed: list[tuple[str, str]] = []
        self._unknown: list[tuple[str, str]] = []
        self._defects: list[Defect] = []

    def take(self, name: str, value: str, problem: str) -> None:
        if problem:
            self._defects.append(Defect(name, value, problem))
        elif name in self._seen:
            self._defects.append(Defect("", f"{name}={value}", f"the tag {name} stands here a second time"))
        elif name in _KNOWN:
            self._known(name, value)
        else:
            (self._removed if name in _REMOVED else self._unknown).append((name, value))
        self._seen.add(name)

    def _known(self, name: str, value: str) -> None:
        attribute, read = _KNOWN[name]
        try:
            self._fields[attribute] = read(value)
        except ValueError as error:
            self._defects.append(Defect(name, value, str(error)))
            return
        if name in {"rua", "ruf"} and len(self._fields[attribute]) < value.count(",") + 1:  # type: ignore[arg-type]
            self._defects.append(Defect("", f"{name}={value}", "one of the reporting URIs is not valid"))

    def record(self, text: str) -> Record:
        return Record(
            **self._fields,  # type: ignore[arg-type] # each reader of _KNOWN yields the type of its field
            removed=tuple(self._removed),
            unknown=tuple(self._unknown),
            defects=tuple(self._defects),
            text=text,
        )
