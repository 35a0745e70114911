"""The parent's handle of one child: one letter at a time, a deadline for each, and no second chance for a dead one."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

import mailsync
from mailsync.isolation.frames import HEADER, MAXIMUM, Answer, Job, pack, unpack

START_SECONDS = 60.0
_CHUNK = 1 << 20


class ChildFailed(Exception):  # noqa: N818 - told as what happened
    """The child died, overran its deadline or talked nonsense: it must be replaced."""


class Worker:
    """A child process that reads letters."""

    def __init__(self, megabytes: int) -> None:
        root = str(Path(mailsync.__file__).resolve().parent.parent)
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mailsync.isolation.child", str(megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._ready = False

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, job: Job) -> Answer:
        """The child's answer within `job.seconds`, its start aside. Raises ChildFailed."""
        if not self._ready:
            self._receive(time.monotonic() + START_SECONDS)
            self._ready = True
        deadline = time.monotonic() + job.seconds
        self._write(pack(job), deadline)
        answer = self._receive(deadline)
        if not isinstance(answer, Answer):
            raise ChildFailed("непонятный ответ")
        return answer

    def close(self) -> None:
        """Kill the child and collect it."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait(timeout=10)

    def _write(self, frame: bytes, deadline: float) -> None:
        stream = self._process.stdin
        assert stream is not None
        os.set_blocking(stream.fileno(), False)
        view = memoryview(frame)
        while view:
            self._wait(stream.fileno(), selectors.EVENT_WRITE, deadline)
            try:
                view = view[os.write(stream.fileno(), view[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise ChildFailed("процесс чтения завершился") from error

    def _receive(self, deadline: float) -> object:
        (length,) = HEADER.unpack(self._read(HEADER.size, deadline))
        if length > MAXIMUM:
            raise ChildFailed("слишком большой ответ")
        try:
            return unpack(self._read(length, deadline))
        except Exception as error:
            raise ChildFailed("непонятный ответ") from error

    def _read(self, length: int, deadline: float) -> bytearray:
        stream = self._process.stdout
        assert stream is not None
        received = bytearray()
        while len(received) < length:
            self._wait(stream.fileno(), selectors.EVENT_READ, deadline)
            piece = os.read(stream.fileno(), min(_CHUNK, length - len(received)))
            if not piece:
                raise ChildFailed(self._how_it_ended())
            received += piece
        return received

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise ChildFailed("не уложилось в отведённое время")

    def _how_it_ended(self) -> str:
        """Collected at once: the pipe closes only when the child is gone or going."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "процесс чтения закрыл канал"
        return f"процесс чтения завершился ({code})"
