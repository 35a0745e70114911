"""The rule that no log leaks can fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks import MAILBOX_PASSWORD, leaks
from tests.paths import ROOT


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (f"LOGIN zakaz {MAILBOX_PASSWORD}", [MAILBOX_PASSWORD]),
        ("Bearer eyJ0eXAiOiJKV1Q.eyJhdWQiOiIyZGY.c2ln", ["a token"]),
        ('{"subject": "Прошу счёт на ПАТРОН"}', ["патрон"]),
        ('{"event": "planned", "entry_id": 1, "reference": "RS-A2T187A"}', []),
    ],
)
def test_what_a_log_should_not_have_told_is_named(told: str, found: list[str]) -> None:
    assert leaks(told) == found


LEAKY = """
import structlog

def test_that_passes():
    structlog.get_logger().info("mail", subject="Нужен патрон")
"""


def test_a_test_whose_log_leaks_has_failed(tmp_path: Path) -> None:
    (tmp_path / "test_leaky.py").write_text(LEAKY, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", os.devnull, str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "test_that_passes (call) holds: патрон" in ended.stdout
