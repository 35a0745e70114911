"""Text to SPF record (RFC 7208, 4.5, 4.6.1 and 12). Pure; the way back is `str(record)`."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Interface, IPv6Interface
from typing import cast

from mailsync.dnscheck.spf import terms
from mailsync.dnscheck.spf.macro import MacroSyntaxError, ends_in_macro, parse_macro_string

_VERSION = "v=spf1"
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=")
_MECHANISM = re.compile(r"([+?~-]?)([A-Za-z0-9_.-]*)")
_TOP_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")


class SpfSyntaxError(ValueError):
    """The record cannot be read; `term` is what is wrong in it, `position` the offset of that term in the text."""

    def __init__(self, message: str, term: str, position: int) -> None:
        super().__init__(f"{message}: {term!r} at {position}")
        self.message = message
        self.term = term
        self.position = position


class _BadTermError(ValueError):
    """Inside this module: why a term cannot be read, before its place is known."""


def is_spf(text: bytes) -> bool:
    """Whether a TXT record is meant as SPF: the version, in any case, and then a blank or the end (RFC 7208, 4.5)."""
    version, rest = text[: len(_VERSION)], text[len(_VERSION) :]
    return version.lower() == _VERSION.encode() and rest[:1] in {b"", b" "}


def parse(text: bytes | str) -> terms.Record:
    """The record of a text that `is_spf`. Raises SpfSyntaxError, also for faults after the last term that can match."""
    # In Latin-1 each octet is one character: offsets stay true, and foreign octets are refused where they stand.
    characters = text.decode("latin-1") if isinstance(text, bytes) else text
    if not is_spf(characters[: len(_VERSION) + 1].encode("latin-1", "replace")):
        raise SpfSyntaxError("an SPF record begins with v=spf1 and a blank", characters[:20], 0)
    found: list[terms.Term] = []
    position = len(_VERSION)
    for word in characters[position:].split(" "):
        if word:
            try:
                found.append(_next_term(word, found))
            except (_BadTermError, MacroSyntaxError) as error:
                raise SpfSyntaxError(str(error), word, position) from error
        position += len(word) + 1
    return terms.Record(tuple(found))


def _next_term(word: str, before: list[terms.Term]) -> terms.Term:
    term = _term(word)
    if isinstance(term, terms.Redirect | terms.Explanation) and any(type(term) is type(other) for other in before):
        raise _BadTermError("redirect and exp may stand only once")
    return term


def _term(word: str) -> terms.Term:
    if not all("!" <= character <= "~" for character in word):
        raise _BadTermError("only printable ASCII characters are allowed")
    if modifier := _MODIFIER.match(word):
        return _modifier(modifier[1], word[modifier.end() :])
    found = _MECHANISM.match(word)
    assert found is not None
    qualifier, name, argument = found[1] or "+", found[2].lower(), word[found.end() :]
    if name not in _MECHANISMS:
        raise _BadTermError(f"there is no mechanism {name!r}" if name else "a mechanism is missing")
    return terms.Directive(cast("terms.Qualifier", qualifier), _MECHANISMS[name](argument))


def _modifier(name: str, value: str) -> terms.Term:
    match name.lower():
        case "redirect":
            return terms.Redirect(_domain_spec(value))
        case "exp":
            return terms.Explanation(_domain_spec(value))
    parse_macro_string(value)
    return terms.UnknownModifier(name, value)


def _all(argument: str) -> terms.All:
    if argument:
        raise _BadTermError("all takes no argument")
    return terms.All()


def _include(argument: str) -> terms.Include:
    return terms.Include(_required_domain(argument))


def _exists(argument: str) -> terms.Exists:
    return terms.Exists(_required_domain(argument))


def _a(argument: str) -> terms.A:
    domain, cidr = _dual_cidr(argument)
    return terms.A(_optional_domain(domain), cidr)


def _mx(argument: str) -> terms.Mx:
    domain, cidr = _dual_cidr(argument)
    return terms.Mx(_optional_domain(domain), cidr)


def _ptr(argument: str) -> terms.Ptr:
    return terms.Ptr(_optional_domain(argument))


def _ip4(argument: str) -> terms.Ip4:
    address, prefix = _network(argument, 32)
    try:
        return terms.Ip4(IPv4Interface((address, prefix)))
    except ValueError as error:
        raise _BadTermError("not an IPv4 address of four numbers") from error


def _ip6(argument: str) -> terms.Ip6:
    address, prefix = _network(argument, 128)
    if "%" in address:  # ipaddress lets zone identifiers (RFC 4007) pass
        raise _BadTermError("not an IPv6 address")
    try:
        return terms.Ip6(IPv6Interface((address, prefix)))
    except ValueError as error:
        raise _BadTermError("not an IPv6 address") from error


_MECHANISMS: dict[str, Callable[[str], terms.Mechanism]] = {
    "all": _all,
    "include": _include,
    "a": _a,
    "mx": _mx,
    "ptr": _ptr,
    "ip4": _ip4,
    "ip6": _ip6,
    "exists": _exists,
}


def _network(argument: str, longest: int) -> tuple[str, int]:
    if not argument.startswith(":"):
        raise _BadTermError("an address must follow after a colon")
    address, slash, prefix = argument[1:].partition("/")
    return address, _prefix(prefix, longest) if slash else longest


def _dual_cidr(argument: str) -> tuple[str, terms.DualCidr]:
    """What stands before the prefix lengths, and these; a domain-spec may itself hold slashes, so from the right."""
    ip4, ip6 = 32, 128
    head, slashes, digits = argument.rpartition("//")
    if slashes and digits.isdecimal():
        argument, ip6 = head, _prefix(digits, 128)
    head, slash, digits = argument.rpartition("/")
    if slash and digits.isdecimal():
        argument, ip4 = head, _prefix(digits, 32)
    return argument, terms.DualCidr(ip4, ip6)


def _prefix(digits: str, longest: int) -> int:
    if not _PREFIX.fullmatch(digits) or int(digits) > longest:
        raise _BadTermError(f"a prefix length is a number from 0 to {longest} without leading zeros")
    return int(digits)


def _optional_domain(argument: str) -> terms.DomainSpec | None:
    return _required_domain(argument) if argument else None


def _required_domain(argument: str) -> terms.DomainSpec:
    if not argument.startswith(":"):
        raise _BadTermError("a domain must follow after a colon")
    return _domain_spec(argument[1:])


def _domain_spec(text: str) -> terms.DomainSpec:
    parts = parse_macro_string(text)
    if not parts:
        raise _BadTermError("the domain is empty")
    if not ends_in_macro(parts):
        _check_end(text)
    return terms.DomainSpec(text, parts)


def _check_end(text: str) -> None:
    """A domain-spec that does not end in a macro ends in a dot and a top-level label that is not all digits."""
    _, dot, label = text.removesuffix(".").rpartition(".")
    if not dot:
        raise _BadTermError("a domain needs at least two labels")
    if not _TOP_LABEL.fullmatch(label) or label.isdecimal():
        raise _BadTermError("the domain does not end in a top-level name")
