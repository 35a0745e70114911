"""F5: seeded days in virtual time; a failing seed is run again by `scripts/faults --seed N`."""

from __future__ import annotations

import os

import pytest

from tests.faults.many import Count, Many
from tests.faults.simulation import simulate

SEEDS = range(int(os.environ.get("MAILSYNC_SEEDS", "1000")))


def test_every_seed_ends_without_a_violation() -> None:
    count = Count()
    with Many() as many:
        many.days(count.add, SEEDS)
    print(f"{count.runs} seeds, {count.more} stops")
    assert count.violations == []


@pytest.mark.parametrize("seed", [0, 1, 2, 757])
def test_a_seed_gives_the_same_day_again(seed: int) -> None:
    assert simulate(seed).trace == simulate(seed).trace
