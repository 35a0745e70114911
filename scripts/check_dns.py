#!/usr/bin/env python3
"""Checks the DNS records of the mail domain: the same as `mailsync check-dns`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mailsync.cli.check_dns import main

if __name__ == "__main__":
    sys.exit(main())
