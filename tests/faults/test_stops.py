"""F1, F4: a worker stopped at each of its seams, in every scenario: the end is that of the uninterrupted run."""

from __future__ import annotations

import pytest

from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.stops import stopped_everywhere, stopped_twice

ORDERS = [
    pytest.param(None, 2, id="in order, each second"),
    pytest.param(1, 20, id="reordered, each twentieth"),
    pytest.param(None, 1, id="in order", marks=pytest.mark.long),
    pytest.param(2, 1, id="reordered", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("order", "every"), ORDERS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.name for scenario in SCENARIOS])
async def test_stopped_anywhere_it_ends_as_if_it_had_not_been(
    scenario: Scenario, order: int | None, every: int
) -> None:
    points, failures = await stopped_everywhere(scenario, order=order, every=every)
    print(f"{points} points")
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("scenario", SCENARIOS[::8], ids=[scenario.name for scenario in SCENARIOS[::8]])
async def test_stopped_again_while_recovering_it_ends_as_well(scenario: Scenario) -> None:
    points, failures = await stopped_twice(scenario, every=40)
    print(f"{points} points")
    assert not failures, "\n".join(failures)
