"""Where the tests find what is not in the repository."""

from __future__ import annotations

import os
from pathlib import Path

SHARED = Path(os.environ.get("MAILSYNC_SHARED", Path(__file__).resolve().parents[2] / "shared"))
