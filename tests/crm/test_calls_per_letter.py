"""The benchmark's limits hold for fewer letters too, so that a change that costs calls is seen at once."""

from __future__ import annotations

from benchmarks.crm_calls import measured
from tests.crm.sandboxed import run


def test_a_letter_costs_no_more_calls_than_it_may() -> None:
    results = run(lambda pair: measured(pair, 2_000))
    assert [(one.name, one.passed) for one in results] == [
        ("unknown senders, a note each", True),
        ("known senders, a note each, the index lost", True),
        ("known senders, a note each", True),
        ("known senders, no note", True),
    ]
    assert [(one.leads, one.contacts) for one in results] == [(2_000, 2_000)] * 4
