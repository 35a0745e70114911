"""A guess at what a broken SPF record was meant to say: the mistakes that people make in a zone's panel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from mailsync.dnscheck.spf.parse import SpfSyntaxError, parse
from mailsync.dnscheck.spf.terms import Record

_MOST_ATTEMPTS = 10
_DASHES = str.maketrans({"–": "-", "—": "-", "−": "-", "‑": "-", "\u00a0": " ", "\t": " ", "\r": " ", "\n": " "})
_WRONG_NAMES = {"ipv4": "ip4", "ip": "ip4", "ipv6": "ip6", "inlcude": "include", "incude": "include"}
_NEED_DOMAIN = {"include", "include:", "redirect", "redirect:", "redirect=", "exists", "exists:", "a:", "mx:"}
_DOMAIN = re.compile(r"(?:[a-z0-9_-]{1,63}\.){1,10}[a-z]{2,63}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Correction:
    """A record that parses, and the terms that had to go because nobody can tell what they were meant to be."""

    record: Record
    dropped: tuple[str, ...]


def correct(text: bytes) -> Correction | None:
    """The record with its faults mended; None for a text that is damaged beyond that."""
    candidate = text.decode("utf-8", "replace").translate(_DASHES)
    dropped: list[str] = []
    for _ in range(_MOST_ATTEMPTS):
        try:
            return Correction(parse(candidate), tuple(dropped))
        except SpfSyntaxError as error:
            mended = _mended(candidate, error)
            if mended is None:
                dropped.append(error.term)
                mended = _without(candidate, error)
            candidate = mended
    return None


def _without(text: str, error: SpfSyntaxError) -> str:
    return f"{text[: error.position].rstrip()} {text[error.position + len(error.term) :].lstrip()}"


def _mended(text: str, error: SpfSyntaxError) -> str | None:
    before, term = text[: error.position], error.term
    after = text[error.position + len(term) :]
    if term.lower().lstrip("+-~?") in _NEED_DOMAIN and after.strip():  # "include: beget.com", "include beget.com"
        following, _, rest = after.lstrip().partition(" ")
        return f"{before}{term.rstrip(':=')}:{following} {rest}"
    better = _better_term(term)
    return None if better in {None, term} else f"{before}{better}{after}"


def _better_term(term: str) -> str | None:
    stripped = term.strip("\"',;")
    if stripped != term:
        return stripped
    qualifier = term[0] if term[:1] in "+-~?" else ""
    name, separator, value = term.removeprefix(qualifier).partition(":")
    lowered = name.lower()
    if lowered in _WRONG_NAMES:
        return f"{qualifier}{_WRONG_NAMES[lowered]}{separator}{value}"
    if lowered in {"redirect", "exp"}:
        return f"{lowered}={value}"
    if lowered in {"a", "mx", "ip4", "ip6"} and (address := _as_address(value)):
        return f"{qualifier}{address}"
    if lowered.startswith("all"):
        return f"{qualifier}all"
    if not separator and _DOMAIN.fullmatch(name):
        return f"{qualifier}include:{name}"
    return None


def _as_address(value: str) -> str | None:
    address, slash, prefix = value.partition("/")
    try:
        return f"ip{ip_address(address).version}:{address}{slash}{prefix}"
    except ValueError:
        return None
