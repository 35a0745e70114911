#!/usr/bin/env python3
"""Checks the DNS records of the mail domain: the same as `mailsync check-dns`, by the project's own environment."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / "bin" / "python"
UNKNOWN = 3  # to monitoring: could not be found out

if __name__ == "__main__":
    if not PYTHON.exists() and subprocess.run([ROOT / "scripts" / "environment", "runtime"], check=False).returncode:
        sys.exit(UNKNOWN)
    os.execv(PYTHON, [str(PYTHON), "-m", "mailsync", "check-dns", *sys.argv[1:]])
