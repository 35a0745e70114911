"""What the verification of one signature says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class DkimResult(StrEnum):
    """The words of RFC 8601, 2.7.1."""

    NONE = "none"  # no signature at all
    PASS = "pass"  # noqa: S105 - the RFC's word
    FAIL = "fail"  # it was looked at and does not match the letter
    POLICY = "policy"  # good or not, nobody should accept its kind
    NEUTRAL = "neutral"  # it cannot be read
    TEMPERROR = "temperror"  # the DNS did not answer
    PERMERROR = "permerror"  # it cannot be verified, and never will be


class Reason(StrEnum):
    """Why a signature does not pass."""

    SYNTAX = "syntax"
    ALGORITHM = "algorithm"  # not known here
    SHA1 = "sha1"  # RFC 8301, 3.1
    FROM_UNSIGNED = "from-unsigned"
    SEVERAL_FROM = "several-from"  # RFC 6376, 8.15
    IDENTITY = "identity"  # i= is outside d=, or below it with a key that says t=s
    EXPIRED = "expired"
    FUTURE = "future"
    BODY_LENGTH = "body-length"  # l= asks for more than there is
    BODY_HASH = "body-hash"  # the body was changed
    SIGNATURE = "signature"  # the header was changed, or the key is another one
    NO_KEY = "no-key"
    SEVERAL_KEYS = "several-keys"
    KEY_SYNTAX = "key-syntax"
    KEY_REVOKED = "key-revoked"
    KEY_TYPE = "key-type"
    KEY_HASH = "key-hash"
    KEY_SERVICE = "key-service"
    KEY_LENGTH = "key-length"
    DNS = "dns"
    TOO_MANY = "too-many"  # signatures, of which the first few were looked at
    LINE_ENDS = "line-ends"  # not CRLF: these are not the octets that were signed


@dataclass(frozen=True, slots=True)
class SignatureResult:
    """One signature. `reason` is None for pass; `detail` says more, in English and without the letter's words.

    `testing`: the key says t=y, a failure must not be held against the sender (RFC 6376, 3.6.1). `unsigned_octets`:
    how much of the body `l=` leaves open. `key_bits`: the key's length, None where it was not found.
    """

    result: DkimResult
    domain: str = ""
    selector: str = ""
    reason: Reason | None = None
    detail: str = ""
    algorithm: str = ""
    testing: bool = False
    unsigned_octets: int = 0
    key_bits: int | None = None

    @property
    def passed(self) -> bool:
        return self.result is DkimResult.PASS

    def __str__(self) -> str:
        where = f" d={self.domain} s={self.selector}" if self.domain else ""
        why = f" ({self.reason}{': ' + self.detail if self.detail else ''})" if self.reason else ""
        return f"{self.result}{where}{why}"


class Refusal(Exception):  # noqa: N818 - an answer, not a fault of the program
    """Ends the verification of one signature with something other than pass."""

    def __init__(
        self, result: DkimResult, reason: Reason, detail: str = "", domain: str = "", selector: str = ""
    ) -> None:
        super().__init__(detail or reason)
        self.outcome = SignatureResult(result, domain, selector, reason, detail)


_BEST_FIRST = (
    DkimResult.PASS,
    DkimResult.TEMPERROR,
    DkimResult.FAIL,
    DkimResult.PERMERROR,
    DkimResult.POLICY,
    DkimResult.NEUTRAL,
)


def overall(results: Iterable[SignatureResult]) -> DkimResult:
    """The word for a letter: one pass is enough, an unanswered query may still become one; none without signatures."""
    found = {result.result for result in results}
    return next((word for word in _BEST_FIRST if word in found), DkimResult.NONE)
