"""Letters that other mail libraries ship with their sources, fetched once into .cache/ and never committed."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "corpora"
SECONDS = 90


class Offline(Exception):  # noqa: N818 - told as what happened
    """The source distribution is neither cached nor to be had now."""


def sources(package: str, version: str) -> Path:
    """The unpacked source distribution of a package. Raises Offline."""
    folder = CACHE / f"{package}-{version}"
    if not folder.is_dir():
        archive = CACHE / f"{package}-{version}.tar.gz"
        if not archive.is_file():
            _download(package, version)
        with tarfile.open(archive) as packed:
            packed.extractall(CACHE, filter="data")
    return folder


def _download(package: str, version: str) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary",
        ":all:",
    ]
    try:
        subprocess.run(
            [*command, "--dest", str(CACHE), f"{package}=={version}"], check=True, capture_output=True, timeout=SECONDS
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise Offline(f"{package} {version}") from error
    if not (CACHE / f"{package}-{version}.tar.gz").is_file():
        raise Offline(f"{package} {version}")
