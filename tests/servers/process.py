"""What starting and stopping a private server takes."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

START_TIMEOUT = 20.0  # seconds
KILL_TIMEOUT = 5.0


class ServerError(Exception):
    """A server did not come up; the message ends with its own log."""


def missing(*programs: str) -> str | None:
    """Why servers of these names cannot be run here, or None."""
    if os.geteuid() != 0:
        return "the real mail servers need root"
    absent = [program for program in programs if shutil.which(program) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


@contextmanager
def shared_directory() -> Iterator[Path]:
    """A temporary directory that the servers' own users can enter, which pytest's tmp_path is not."""
    with tempfile.TemporaryDirectory(prefix="mailsync-servers-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_port(port: int, log: Path) -> None:
    """Return once the server greets or accepts on this port."""

    def listening() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    wait_until(listening, what=f"a server on port {port}", log=log)


def wait_until(condition: Callable[[], bool], *, what: str, log: Path, timeout: float = START_TIMEOUT) -> None:
    """Look again every few milliseconds; other processes cannot be awaited in any better way."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise ServerError(f"waited {timeout:g} s for {what} in vain\n{said}")
        time.sleep(0.005)


def kill_tree(pid: int) -> None:
    """SIGKILL to a process of ours and to its children: a hundred times faster than asking them."""
    try:
        parent = psutil.Process(pid)
        processes = [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    deadline = time.monotonic() + KILL_TIMEOUT
    while any(map(_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.005)


def _alive(process: psutil.Process) -> bool:
    """A zombie has ended: it only waits for a parent that never asks."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
