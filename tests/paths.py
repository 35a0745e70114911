"""Where tests find the material that is shared beside the repository."""

import os
from pathlib import Path

SHARED = Path(os.environ.get("MAILSYNC_SHARED", Path(__file__).resolve().parents[2] / "shared"))
