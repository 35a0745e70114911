"""F14: a worker outlives the restarts of the mail servers; a longer row of them by scripts/faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.restarts import restart_storm
from tests.servers.fixtures import require

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(("letters", "restarts"), [(40, 6), pytest.param(200, 30, marks=pytest.mark.long)])
async def test_restarts_under_load_lose_and_double_nothing(
    tmp_path: Path, record_property: Callable[[str, object], None], letters: int, restarts: int
) -> None:
    require("dovecot", "postfix")
    storm = await restart_storm(tmp_path, letters=letters, restarts=restarts, seed=20261128)
    print(storm)
    record_property("runs", restarts)
    assert storm.violations == ()
