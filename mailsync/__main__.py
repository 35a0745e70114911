"""`mailsync`, `python -m mailsync`."""

from __future__ import annotations

import sys

from mailsync.cli.command import main

if __name__ == "__main__":
    sys.exit(main())
