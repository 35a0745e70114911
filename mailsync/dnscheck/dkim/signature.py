"""A DKIM-Signature header field, read (RFC 6376, 3.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from mailsync.dnscheck.dkim.letter import Canonicalization, Field
from mailsync.dnscheck.dkim.result import DkimResult, Reason, Refusal
from mailsync.dnscheck.dkim.tags import TagList, TagListError, colon_list, decoded, parse_tags
from mailsync.dnscheck.names import BadNameError, ascii_name

_REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")
_SELECTOR = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]{1,76}")


@dataclass(frozen=True, slots=True)
class Signature:
    """`field` is what it was read from, `unsigned_raw` the same octets with an empty `b=`.

    `algorithm` (a=) is such as "rsa-sha256", `domain` (d=) and `identity_domain` (of i=) are A-labels, `headers` (h=)
    names in lower case, `body_length` (l=) octets, `timestamp` (t=) and `expires` (x=) seconds since 1970.
    """

    algorithm: str
    signature: bytes
    body_hash: bytes
    header_form: Canonicalization
    body_form: Canonicalization
    domain: str
    selector: str
    headers: tuple[str, ...]
    identity_domain: str
    body_length: int | None
    timestamp: int | None
    expires: int | None
    field: Field
    unsigned_raw: bytes

    @property
    def key_type(self) -> str:
        return self.algorithm.partition("-")[0]

    @property
    def key_name(self) -> str:
        """Where the key is published (RFC 6376, 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


def parse_signature(field: Field) -> Signature:
    """Read a field named DKIM-Signature. Raises Refusal: neutral for what cannot be read (RFC 8601, 2.7.1)."""
    try:
        tags = parse_tags(field.value.decode("latin-1"))
        return _signature(field, tags)
    except (TagListError, BadNameError) as error:
        raise Refusal(DkimResult.NEUTRAL, Reason.SYNTAX, str(error), *claims(field)) from error


def claims(field: Field) -> tuple[str, str]:
    """The domain and selector that a field names, as far as they can be told."""
    try:
        tags = parse_tags(field.value.decode("latin-1"))
    except TagListError:
        return "", ""
    return tags["d"].value if "d" in tags else "", tags["s"].value if "s" in tags else ""


def _signature(field: Field, tags: TagList) -> Signature:
    missing = [name for name in _REQUIRED if name not in tags]
    if missing:
        raise TagListError(f"the tag {missing[0]} is missing")
    if tags["v"].value != "1":
        raise TagListError(f"version {tags['v'].value[:20]!r} is not known")
    header_form, body_form = _forms(tags)
    domain = _domain(tags["d"].value)
    if not _SELECTOR.fullmatch(tags["s"].value):
        raise TagListError("the selector is not a domain name")
    if "q" in tags and "dns/txt" not in colon_list(tags["q"].value):
        raise TagListError("no way to ask for the key that is known here")
    offset = len(field.raw) - len(field.value)
    return Signature(
        algorithm=tags["a"].value.lower(),
        signature=decoded(tags["b"].value),
        body_hash=decoded(tags["bh"].value),
        header_form=header_form,
        body_form=body_form,
        domain=domain,
        selector=tags["s"].value.lower(),
        headers=colon_list(tags["h"].value),
        identity_domain=_domain(tags["i"].value.rpartition("@")[2]) if "i" in tags else domain,
        body_length=_number(tags, "l"),
        timestamp=_number(tags, "t"),
        expires=_number(tags, "x"),
        field=field,
        unsigned_raw=field.raw[: offset + tags["b"].start] + field.raw[offset + tags["b"].end :],
    )


def _domain(text: str) -> str:
    name = ascii_name(text)
    if "." not in name:
        raise TagListError("the domain has one label only")
    return name


def _forms(tags: TagList) -> tuple[Canonicalization, Canonicalization]:
    """c=: header form and body form, each simple where it is not told (RFC 6376, 3.5)."""
    header, _, body = (tags["c"].value.lower() if "c" in tags else "simple").partition("/")
    body = body or "simple"
    for form in (header, body):
        if form not in {"simple", "relaxed"}:
            raise TagListError(f"canonicalization {form[:20]!r} is not known")
    return cast("Canonicalization", header), cast("Canonicalization", body)


def _number(tags: TagList, name: str) -> int | None:
    if name not in tags:
        return None
    if not _NUMBER.fullmatch(tags[name].value):
        raise TagListError(f"the tag {name} is not a number")
    return int(tags[name].value)
