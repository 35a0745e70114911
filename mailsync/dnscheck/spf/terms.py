"""The terms of an SPF record (RFC 7208, 4.6.1, 5 and 6); `str` of each is its text in a record."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface
from typing import ClassVar, Literal

from mailsync.dnscheck.spf.macro import Macro, MacroString

Qualifier = Literal["+", "-", "~", "?"]


@dataclass(frozen=True, slots=True)
class DomainSpec:
    """A name, perhaps with macros (RFC 7208, 7.1)."""

    text: str
    parts: MacroString

    @property
    def fixed(self) -> str | None:
        """The name in lower case without the final dot; None where it depends on the letter."""
        if any(isinstance(part, Macro) for part in self.parts):
            return None
        return "".join(part for part in self.parts if isinstance(part, str)).lower().removesuffix(".")

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class DualCidr:
    """Prefix lengths that `a` and `mx` apply to the addresses they find."""

    ip4: int = 32
    ip6: int = 128

    def __str__(self) -> str:
        return (f"/{self.ip4}" if self.ip4 != 32 else "") + (f"//{self.ip6}" if self.ip6 != 128 else "")


@dataclass(frozen=True, slots=True)
class All:
    """Matches everyone (RFC 7208, 5.1)."""

    costs_lookup: ClassVar[bool] = False

    def __str__(self) -> str:
        return "all"


@dataclass(frozen=True, slots=True)
class Include:
    """Matches whom another domain's record passes (RFC 7208, 5.2)."""

    domain: DomainSpec
    costs_lookup: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"include:{self.domain}"


@dataclass(frozen=True, slots=True)
class A:
    """Matches the addresses of a name; without one, of the record's own domain (RFC 7208, 5.3)."""

    domain: DomainSpec | None
    cidr: DualCidr
    costs_lookup: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"a{_argument(self.domain)}{self.cidr}"


@dataclass(frozen=True, slots=True)
class Mx:
    """Matches the addresses of a domain's mail exchanges (RFC 7208, 5.4)."""

    domain: DomainSpec | None
    cidr: DualCidr
    costs_lookup: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"mx{_argument(self.domain)}{self.cidr}"


@dataclass(frozen=True, slots=True)
class Ptr:
    """Matches addresses whose validated name ends in a domain; not to be used (RFC 7208, 5.5)."""

    domain: DomainSpec | None
    costs_lookup: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"ptr{_argument(self.domain)}"


@dataclass(frozen=True, slots=True)
class Ip4:
    """Matches a network (RFC 7208, 5.6)."""

    network: IPv4Interface
    costs_lookup: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"ip4:{str(self.network).removesuffix('/32')}"


@dataclass(frozen=True, slots=True)
class Ip6:
    """Matches a network (RFC 7208, 5.6)."""

    network: IPv6Interface
    costs_lookup: ClassVar[bool] = False

    def __str__(self) -> str:
        return f"ip6:{str(self.network).removesuffix('/128')}"


@dataclass(frozen=True, slots=True)
class Exists:
    """Matches if a name has an A record, also for IPv6 clients (RFC 7208, 5.7)."""

    domain: DomainSpec
    costs_lookup: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"exists:{self.domain}"


Mechanism = All | Include | A | Mx | Ptr | Ip4 | Ip6 | Exists


@dataclass(frozen=True, slots=True)
class Directive:
    """A mechanism and the result it stands for: + pass, - fail, ~ softfail, ? neutral."""

    qualifier: Qualifier
    mechanism: Mechanism

    def __str__(self) -> str:
        return f"{'' if self.qualifier == '+' else self.qualifier}{self.mechanism}"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Hands the decision to another domain's record where nothing matched and there is no `all` (RFC 7208, 6.1)."""

    domain: DomainSpec
    costs_lookup: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"redirect={self.domain}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Names the TXT record with the words for refused senders (RFC 7208, 6.2)."""

    domain: DomainSpec

    def __str__(self) -> str:
        return f"exp={self.domain}"


@dataclass(frozen=True, slots=True)
class UnknownModifier:
    """Ignored by evaluation (RFC 7208, 6)."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


Term = Directive | Redirect | Explanation | UnknownModifier


@dataclass(frozen=True, slots=True)
class Record:
    """An SPF record without syntax errors, its terms in their order."""

    terms: tuple[Term, ...]

    @property
    def directives(self) -> tuple[Directive, ...]:
        return tuple(term for term in self.terms if isinstance(term, Directive))

    @property
    def redirect(self) -> Redirect | None:
        return next((term for term in self.terms if isinstance(term, Redirect)), None)

    @property
    def explanation(self) -> Explanation | None:
        return next((term for term in self.terms if isinstance(term, Explanation)), None)

    def __str__(self) -> str:
        return " ".join(["v=spf1", *map(str, self.terms)])


def _argument(domain: DomainSpec | None) -> str:
    return f":{domain}" if domain else ""
