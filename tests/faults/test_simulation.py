"""F5: seeded days in virtual time; a failing seed is run again by `scripts/faults --seed N`."""

from __future__ import annotations

import os

import pytest

from tests.faults.simulation import simulate

SEEDS = range(int(os.environ.get("MAILSYNC_SEEDS", "30")))


def test_every_seed_ends_without_a_violation() -> None:
    stops = letters = 0
    for seed in SEEDS:
        day = simulate(seed)
        assert day.problems == (), f"seed {seed}"
        stops += day.stops
        letters += day.letters
    print(f"{len(SEEDS)} seeds, {letters} letters, {stops} stops")


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_gives_the_same_day_again(seed: int) -> None:
    assert simulate(seed).trace == simulate(seed).trace
