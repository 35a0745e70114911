"""How the neighbours are: who is away, since when, when to ask again. One clear alarm, one clear all-clear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from mailsync.errors import MailsyncError, TemporaryFailure
from mailsync.ports import Clock
from mailsync.retry import NEIGHBOUR_DOWN

log = structlog.get_logger()

PROBE_SECONDS = 60.0  # how long one entry may try a neighbour that was away, before another is let through
WHILE_PROBING = 1.0  # how long the others wait meanwhile


@dataclass(slots=True)
class Outage:
    """A neighbour that is away; times in Unix seconds."""

    since: float
    reason: str
    cure: str
    failures: int = 0
    ask_at: float = 0.0
    probe_until: float = 0.0


@dataclass(slots=True)
class Health:
    """Every neighbour's outage, if it has one. `told` is called once when one goes (True) and once when it is back."""

    clock: Clock
    chance: Callable[[], float]
    told: Callable[[str, Outage, bool], None] | None = None
    outages: dict[str, Outage] = field(default_factory=dict)

    def gate(self, neighbour: str) -> float:
        """Seconds to wait before asking a neighbour; 0: go ahead. Of many waiting, one is let through to probe."""
        outage = self.outages.get(neighbour)
        if outage is None:
            return 0.0
        wait = outage.ask_at - self.clock.now()
        if wait > 0:
            return wait
        if self.clock.now() < outage.probe_until:
            return WHILE_PROBING
        outage.probe_until = self.clock.now() + PROBE_SECONDS
        return 0.0

    def pass_on(self, neighbour: str) -> None:
        """Whoever was let through did not ask the neighbour after all: let the next one probe."""
        if outage := self.outages.get(neighbour):
            outage.probe_until = 0.0

    def failed(self, neighbour: str, failure: MailsyncError) -> float:
        """Note a failure of a neighbour; returns the seconds until it should be asked again.

        Of many calls that fail together, the first counts: one blip is not a long row of failures.
        """
        now = self.clock.now()
        outage = self.outages.get(neighbour)
        if outage is None:
            outage = self.outages[neighbour] = Outage(now, str(failure), failure.cure)
            log.error("neighbour away", neighbour=neighbour, reason=str(failure), cure=failure.cure)
            if self.told:
                self.told(neighbour, outage, True)
        elif now < outage.ask_at:
            return outage.ask_at - now
        outage.reason, outage.cure = str(failure), failure.cure
        outage.probe_until = 0.0
        wish = failure.retry_after if isinstance(failure, TemporaryFailure) else None
        wait = max(NEIGHBOUR_DOWN.delay(outage.failures, self.chance()), wish or 0.0)
        outage.failures += 1
        outage.ask_at = now + wait
        return wait

    def works(self, neighbour: str) -> None:
        """Note that a neighbour answered."""
        outage = self.outages.pop(neighbour, None)
        if outage:
            log.warning("neighbour back", neighbour=neighbour, away_seconds=round(self.clock.now() - outage.since))
            if self.told:
                self.told(neighbour, outage, False)
