"""Domain names as the DNS has them (A-labels, RFC 5890) and as people read them (U-labels)."""

from __future__ import annotations

import idna


class BadNameError(ValueError):
    """The text cannot be a domain name: an empty or overlong label, or letters that IDNA does not allow."""


def ascii_name(name: str) -> str:
    """The name to ask for: A-labels in lower case, no final dot. Raises BadNameError.

    Labels that are ASCII already stay as they are, also those with an underscore (`_dmarc`), unknown to IDNA.
    """
    labels = [_ascii_label(label, name) for label in name.strip().removesuffix(".").split(".")]
    ascii_form = ".".join(labels)
    if len(ascii_form) > 253:
        raise BadNameError(f"a domain name has at most 253 octets, this one has {len(ascii_form)}")
    return ascii_form


def unicode_name(name: str) -> str:
    """The name as people read it; labels that do not decode stay as they are."""
    return ".".join(_unicode_label(label) for label in name.removesuffix(".").split("."))


def _ascii_label(label: str, name: str) -> str:
    if label.isascii():
        if not 0 < len(label) <= 63:
            raise BadNameError(f"not a domain name: {name[:80]!r} (a label has 1 to 63 octets, not {len(label)})")
        return label.lower()
    try:
        return idna.encode(label, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise BadNameError(f"not a domain name: {name[:80]!r} ({error})") from error


def _unicode_label(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label
