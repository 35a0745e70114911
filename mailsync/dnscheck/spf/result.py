"""What an SPF evaluation says, and how it came to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SpfResult(StrEnum):
    """The seven words of RFC 7208, 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - the RFC's word
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Step:
    """One evaluated term: `depth` counts the includes and redirects above it, `lookups` is 1 where it used up one of
    the ten, `outcome` is "match", "no match", "ignored", a result word or the reason of an error.
    """

    depth: int
    domain: str
    term: str
    lookups: int
    outcome: str

    def __str__(self) -> str:
        return f"{'  ' * self.depth}{self.domain}: {self.term} [{self.lookups}] {self.outcome}"


@dataclass(frozen=True, slots=True)
class Result:
    """`result` is one of the seven words (SpfResult, equal to the plain text).

    `explanation`: the domain's own words for a fail (RFC 7208, 6.2), None where it has none that can be used.
    `trace`: the terms in the order of evaluation. `reason`: why, in one phrase. `lookups` and `voids`: how many of the
    limited ones were used.
    """

    result: SpfResult
    explanation: str | None = None
    trace: tuple[Step, ...] = ()
    reason: str = ""
    lookups: int = 0
    voids: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What an evaluation may use up (RFC 7208, 4.6.4); only `lookups`, `mx` and `ptr` are fixed by the standard."""

    lookups: int = 10
    voids: int = 2
    mx: int = 10
    ptr: int = 10
    seconds: float = 20
