"""When to try again, as a table."""

from __future__ import annotations

import pytest

from mailsync.errors import PermanentFailure, TemporaryFailure, UnknownOutcome
from mailsync.retry import RetryDecision, decide_retry

AWAY = TemporaryFailure("away", neighbour="crm")


@pytest.mark.parametrize(
    ("failure", "tries", "outages", "decision"),
    [
        (AWAY, 0, 0, RetryDecision(after=2, counts=False)),
        (AWAY, 99, 3, RetryDecision(after=16, counts=False)),
        (AWAY, 0, 30, RetryDecision(after=300, counts=False)),
        (TemporaryFailure("away", neighbour="crm", retry_after=900), 0, 0, RetryDecision(after=900, counts=False)),
        (UnknownOutcome("no answer"), 2, 0, RetryDecision(after=7, counts=False)),
        (TemporaryFailure("450 greylisted"), 0, 0, RetryDecision(after=60, counts=True)),
        (TemporaryFailure("450 greylisted"), 10, 0, RetryDecision(after=3600, counts=True)),
        (TemporaryFailure("450 greylisted"), 23, 0, None),
        (PermanentFailure("refused"), 0, 0, None),
        (KeyError("a defect of ours"), 0, 0, RetryDecision(after=5, counts=True)),
        (KeyError("a defect of ours"), 1, 0, RetryDecision(after=10, counts=True)),
        (KeyError("a defect of ours"), 2, 0, None),
    ],
)
def test_the_decision(failure: Exception, tries: int, outages: int, decision: RetryDecision | None) -> None:
    assert decide_retry(failure, tries=tries, outages=outages, chance=0.5, settle=7) == decision


def test_jitter_spreads_the_tries() -> None:
    early = decide_retry(AWAY, tries=0, outages=3, chance=0.0, settle=0)
    late = decide_retry(AWAY, tries=0, outages=3, chance=1.0, settle=0)
    assert early
    assert late
    assert early.after == pytest.approx(12.8)
    assert late.after == pytest.approx(19.2)
