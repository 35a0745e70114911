"""An unexpected failure in the log: its type and place, never the values that a traceback would quote."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.paths import ROOT

PROGRAM = """
import logging, structlog
from mailsync import logs
logs.configure()
try:
    {}["a customer's words"]
except KeyError:
    structlog.get_logger().exception("job failed")
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
"""


def test_an_unexpected_failure_is_told_by_type_and_place_whoever_logs_it() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    ours, theirs = ended.stderr.split("\n", 1)
    told = json.loads(ours)
    assert (told["event"], told["error"], told["where"]) == ("job failed", "KeyError", "__main__:6")
    assert theirs.splitlines() == ["ERROR uvicorn.error: Exception in ASGI application", "KeyError at __main__:6"]
