"""When to try again: a returned decision, never a wait (exponential, jittered, capped)."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.errors import MailsyncError, PermanentFailure, TemporaryFailure, UnknownOutcome


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """`after` is in seconds; `counts` tells whether the failure was the entry's own and uses up one of its tries."""

    after: float
    counts: bool


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The delays of one kind of failure: `first * 2**n`, at most `longest` seconds, jittered by up to `jitter`."""

    first: float
    longest: float
    tries: int
    jitter: float = 0.2

    def delay(self, attempt: int, chance: float) -> float:
        """Seconds before try number `attempt + 1`; `chance` in [0, 1) comes from the caller."""
        plain: float = min(self.first * 2 ** min(attempt, 30), self.longest)
        return plain * (1 + self.jitter * (2 * chance - 1))


NEIGHBOUR_DOWN = RetryPolicy(first=2, longest=300, tries=0)  # 0: as long as it takes
DEFERRED = RetryPolicy(first=60, longest=3600, tries=24)  # "try later" to this one entry: greylisting takes hours
ENTRY_FAILED = RetryPolicy(first=5, longest=60, tries=3)  # it broke its handler: three times is enough


def decide_retry(failure: Exception, *, tries: int, outages: int, chance: float, settle: float) -> RetryDecision | None:
    """What to do after a failure; None means: park the entry.

    `tries` counts the entry's own failures so far, `outages` the failures of its neighbour in a row. `settle` is
    how long an unanswered write may still be on its way before looking for it makes sense.
    """
    if isinstance(failure, UnknownOutcome):
        return RetryDecision(after=max(settle, failure.retry_after or 0), counts=False)
    if isinstance(failure, TemporaryFailure) and failure.neighbour:
        delay = max(NEIGHBOUR_DOWN.delay(outages, chance), failure.retry_after or 0)
        return RetryDecision(after=delay, counts=False)
    policy = DEFERRED if isinstance(failure, TemporaryFailure) else ENTRY_FAILED
    if isinstance(failure, PermanentFailure) or tries + 1 >= policy.tries:
        return None
    wish = (failure.retry_after or 0) if isinstance(failure, TemporaryFailure) else 0
    return RetryDecision(after=max(policy.delay(tries, chance), wish), counts=True)


def words(failure: Exception) -> tuple[str, str]:
    """Reason and cure for the journal; an unexpected exception is named by its type only (it may quote a letter)."""
    if isinstance(failure, MailsyncError):
        return str(failure), failure.cure
    return f"unexpected {type(failure).__name__}", "look into the log for the traceback; then mailsync journal retry"
