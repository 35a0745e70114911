"""A DMARC policy record as a value, and printed (RFC 9989, 4.7). Touches no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit


class Policy(StrEnum):
    """What the owner asks receivers to do with letters that fail; ordered from weak to strong."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def strength(self) -> int:
        return list(Policy).index(self)

    def lowered(self) -> Policy:
        """One step weaker, as `t=y` asks (RFC 9989, 4.7)."""
        return list(Policy)[max(0, self.strength - 1)]


class Mode(StrEnum):
    """How alike the author domain and an authenticated identifier have to be (RFC 9989, 4.4)."""

    RELAXED = "r"
    STRICT = "s"


class Psd(StrEnum):
    """Whether the domain is a public suffix (RFC 9989, 4.7): `NO` says "I am the organizational domain"."""

    YES = "y"
    NO = "n"
    UNSPECIFIED = "u"


_NO_URI = SplitResult("", "", "", "", "")


@dataclass(frozen=True, slots=True)
class ReportUri:
    """Where reports go (RFC 9989, 4.6): the URI without the obsolete `!size`, which stands beside it."""

    uri: str
    size: str = ""

    @property
    def scheme(self) -> str:
        """In lower case; empty for what is no URI."""
        return self._parts.scheme

    @property
    def mail_address(self) -> str | None:
        """The address of a mailto URI; None for any other scheme or an address without a domain."""
        parts = self._parts
        address = unquote(parts.path)
        local, at, domain = address.rpartition("@")
        return address if parts.scheme == "mailto" and local and at and domain else None

    @property
    def host(self) -> str | None:
        """The domain that receives the reports, in lower case: of the address, or of an https URI."""
        if self.mail_address is not None:
            return self.mail_address.rpartition("@")[2].lower().rstrip(".")
        return self._parts.hostname

    @property
    def _parts(self) -> SplitResult:
        """All parts empty for what is no URI: urlsplit refuses an IPv6 host that does not close its bracket."""
        try:
            return urlsplit(self.uri)
        except ValueError:
            return _NO_URI

    def __str__(self) -> str:
        return f"{self.uri}!{self.size}" if self.size else self.uri


@dataclass(frozen=True, slots=True)
class Defect:
    """A piece of the record that had to be left out: the tag's name ("" where there is none), its text, the reason."""

    tag: str
    text: str
    problem: str


@dataclass(frozen=True, slots=True)
class Record:
    """A DMARC policy record (RFC 9989, 4.7). The comment of each field names its tag, default and values."""

    policy: Policy | None = None  # p: none, quarantine, reject; None: absent or not valid
    subdomain_policy: Policy | None = None  # sp: the same; default p; existing subdomains
    nonexistent_policy: Policy | None = None  # np: the same; default sp, then p; subdomains that answer NXDOMAIN
    psd: Psd = Psd.UNSPECIFIED  # psd: y, n, u; default u
    testing: bool = False  # t: y, n; default n; y lowers the applied policy by one step
    adkim: Mode = Mode.RELAXED  # adkim: r, s; default r
    aspf: Mode = Mode.RELAXED  # aspf: r, s; default r
    rua: tuple[ReportUri, ...] = ()  # rua: comma-separated URIs; aggregate reports
    ruf: tuple[ReportUri, ...] = ()  # ruf: comma-separated URIs; failure reports
    fo: tuple[str, ...] = ("0",)  # fo: 0 or 1, d, s, colon-separated; default 0; means nothing without ruf
    removed: tuple[tuple[str, str], ...] = ()  # pct, rf, ri: tags of RFC 7489 that RFC 9989 took away
    unknown: tuple[tuple[str, str], ...] = ()  # any other tag: to be ignored
    defects: tuple[Defect, ...] = ()
    text: str = field(default="", compare=False)  # as it was published

    @property
    def policies_valid(self) -> bool:
        """A valid `p`, and no `sp` or `np` that is not valid (RFC 9989, 4.10.1)."""
        return self.policy is not None and not self.invalid_policies

    @property
    def invalid_policies(self) -> tuple[Defect, ...]:
        return tuple(defect for defect in self.defects if defect.tag in {"p", "sp", "np"})

    @property
    def reports_somewhere(self) -> bool:
        """At least one valid address for aggregate reports."""
        return bool(self.rua)

    def __str__(self) -> str:
        """The record as it should be published: version and `p` first, defaults, defects and removed tags left out."""
        tags = [
            ("p", self.policy or ""),
            ("sp", self.subdomain_policy or ""),
            ("np", self.nonexistent_policy or ""),
            ("psd", self.psd if self.psd is not Psd.UNSPECIFIED else ""),
            ("adkim", self.adkim if self.adkim is Mode.STRICT else ""),
            ("aspf", self.aspf if self.aspf is Mode.STRICT else ""),
            ("rua", ",".join(uri.uri for uri in self.rua)),
            ("ruf", ",".join(uri.uri for uri in self.ruf)),
            ("fo", ":".join(self.fo) if self.ruf and self.fo != ("0",) else ""),
            ("t", "y" if self.testing else ""),
            *self.unknown,
        ]
        return "; ".join(["v=DMARC1", *(f"{name}={value}" for name, value in tags if value)])
