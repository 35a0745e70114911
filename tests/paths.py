"""Where things that tests read are."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MAILSYNC_SHARED", ROOT.parent / "shared"))
SAMPLES = SHARED / "samples" / "orders"
