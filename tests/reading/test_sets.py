"""No set of letters is read worse than it was: all kinds right, the fields nearly as good as docs/reading.md says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.paths import SAMPLES, SHARED
from tests.reading.report import LETTERS, scored

SETS = [SAMPLES, *(path for path in sorted(LETTERS.iterdir()) if path.is_dir())]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the scorer is not beside the repository")
@pytest.mark.parametrize("folder", SETS, ids=lambda path: path.name)
def test_a_set_is_read_as_well_as_before(folder: Path) -> None:
    result = scored(folder)
    print(f"kind {result['kind_accuracy']:.3f}, macro F1 {result['macro_f1']:.3f}")
    assert result["kind_accuracy"] == 1.0
    assert result["macro_f1"] >= 0.95
