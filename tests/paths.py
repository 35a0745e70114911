"""Where the material beside the repository lies."""

from __future__ import annotations

import os
from pathlib import Path

SHARED = Path(os.environ.get("MAILSYNC_SHARED", Path(__file__).resolve().parents[2] / "shared"))
