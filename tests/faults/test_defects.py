"""Planted defects, one at a time: stopping at each seam and the oracle catch every one of them."""

from __future__ import annotations

import pytest

from tests.faults.defects import DEFECTS, Defect
from tests.faults.scenarios import SCENARIOS
from tests.faults.stops import stopped_everywhere

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@pytest.mark.parametrize("defect", DEFECTS, ids=[defect.name for defect in DEFECTS])
async def test_a_planted_defect_is_caught(defect: Defect) -> None:
    caught: list[str] = []
    for name in defect.scenarios:
        _, found = await stopped_everywhere(BY_NAME[name], mend=defect.plant)
        caught += found
    print(f"{len(caught)} violations, the first: {caught[0][:200] if caught else '-'}")
    assert caught
