"""F1: a worker stopped at each of its seams, in every scenario: the end is that of the uninterrupted run."""

from __future__ import annotations

import pytest

from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.stops import stopped_everywhere


@pytest.mark.parametrize("order", [None, 1], ids=["in order", "reordered"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.name for scenario in SCENARIOS])
async def test_stopped_anywhere_it_ends_as_if_it_had_not_been(scenario: Scenario, order: int | None) -> None:
    points, failures = await stopped_everywhere(scenario, order=order)
    print(f"{points} points")
    assert not failures, "\n".join(failures)
