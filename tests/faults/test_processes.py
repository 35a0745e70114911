"""F2, F3: the real process killed at system calls and at random moments. More of both by scripts/faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.storm import worker_storm
from tests.faults.system_calls import killed_at_some
from tests.servers.fixtures import require

pytestmark = pytest.mark.servers


async def test_killed_at_a_system_call_the_next_worker_finishes(tmp_path: Path) -> None:
    require("dovecot", "postfix", "strace")
    count = await killed_at_some(tmp_path, 10, seed=20261128)
    print(f"{count.runs} of {count.more} points")
    assert count.violations == []
    assert count.more > 300


async def test_a_storm_of_kills_loses_and_doubles_nothing(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    storm = await worker_storm(tmp_path, letters=60, rounds=8, seed=20261128)
    print(storm)
    assert storm.violations == ()
    assert storm.kills >= 3
