"""Would a letter pass DMARC? Pure but for the tree walks of relaxed alignment (RFC 9989, 4.4 and 5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailsync.dnscheck.dmarc.alignment import aligned
from mailsync.dnscheck.dmarc.discovery import Discovery, discover
from mailsync.dnscheck.dmarc.record import Mode, Policy
from mailsync.dnscheck.lookup import Resolver


class Result(StrEnum):
    """The verdict, in the words of RFC 8601 and RFC 9989, 5.3."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    NONE = "none"  # no record applies to the author domain
    TEMPERROR = "temperror"  # an unanswered query decides; another try may tell


class Mechanism(StrEnum):
    """What vouches for a domain (RFC 9989, 4.4)."""

    SPF = "spf"
    DKIM = "dkim"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A domain (A-labels) that a mechanism was asked to vouch for, and the mechanism's own word about it: "pass", …"""

    mechanism: Mechanism
    domain: str
    result: str


@dataclass(frozen=True, slots=True)
class Half:
    """One identifier and whether it speaks for the author domain; `aligned` None: nobody answered."""

    identifier: Identifier
    aligned: bool | None

    @property
    def passed(self) -> bool:
        return self.identifier.result == "pass" and self.aligned is True

    @property
    def undecided(self) -> bool:
        """Another try could turn it into a pass."""
        possible = self.identifier.result in {"pass", "temperror"} and self.aligned is not False
        return possible and not self.passed

    def __str__(self) -> str:
        alignment = {True: "aligned", False: "not aligned", None: "alignment unknown"}[self.aligned]
        return f"{self.identifier.mechanism}={self.identifier.result} ({self.identifier.domain}, {alignment})"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The verdict, and each half of it. `policy` is what receivers are to do with a letter that fails."""

    result: Result
    discovery: Discovery
    halves: tuple[Half, ...]

    @property
    def policy(self) -> Policy | None:
        return self.discovery.policy

    def __str__(self) -> str:
        policy = f" policy={self.policy}" if self.policy else ""
        halves = "; ".join(str(half) for half in self.halves) or "no SPF, no DKIM"
        return f"dmarc={self.result}{policy} header.from={self.discovery.author}: {halves}"


async def evaluate(author: str, identifiers: Sequence[Identifier], resolver: Resolver) -> Evaluation:
    """The verdict about a letter whose From has the domain `author` (A-labels), given what SPF and DKIM said."""
    discovery = await discover(author, resolver)
    halves = tuple([Half(each, await _aligned(each, discovery, resolver)) for each in identifiers])
    return Evaluation(_result(discovery, halves), discovery, halves)


async def _aligned(identifier: Identifier, discovery: Discovery, resolver: Resolver) -> bool | None:
    """Strict or relaxed as the record says; relaxed where there is none, so that the trace still tells."""
    record = discovery.record
    mode = Mode.RELAXED
    if record:
        mode = record.aspf if identifier.mechanism is Mechanism.SPF else record.adkim
    return await aligned(identifier.domain, discovery, mode, resolver)


def _result(discovery: Discovery, halves: Sequence[Half]) -> Result:
    if discovery.failure and discovery.record is None:
        return Result.TEMPERROR
    if discovery.policy is None:
        return Result.NONE
    if any(half.passed for half in halves):
        return Result.PASS
    return Result.TEMPERROR if any(half.undecided for half in halves) else Result.FAIL
