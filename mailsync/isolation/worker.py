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
from mailsync.isolation.frames import HEADER, MAXIMUM, PIECES, Answer, Job, pack, unpack

START_SECONDS = 60.0
_CHUNK = 1 << 20


class ChildFailed(Exception):  # noqa: N818 - told as what happened
    """The child died, overran its deadline or talked nonsense: it must be replaced."""


class ChildNotStarted(ChildFailed):
    """It failed before it was given a letter: the machine is to blame, not the letter."""


class Worker:
    """A child process that reads letters."""

    def __init__(self, megabytes: int) -> None:
        root = str(Path(mailsync.__file__).resolve().parent.parent)
        paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mailsync.isolation.child", str(megabytes)],
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
            self._start()
        deadline = time.monotonic() + job.seconds
        self._write(pack(job), deadline)
        answer = self._receive(deadline)
        if not isinstance(answer, Answer):
            raise ChildFailed("непонятный ответ")
        return answer

    def _start(self) -> None:
        try:
            self._receive(time.monotonic() + START_SECONDS)
        except ChildFailed as error:
            raise ChildNotStarted(str(error)) from error
        self._ready = True

    def kill(self) -> None:
        """End the child, from any thread; one that waits in `ask` raises ChildFailed."""
        self._process.kill()

    def close(self) -> None:
        """Kill the child and collect it; nobody may be waiting in `ask`."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait(timeout=10)

    def _write(self, pieces: list[bytes], deadline: float) -> None:
        stream = self._process.stdin
        assert stream is not None
        os.set_blocking(stream.fileno(), False)
        for piece in pieces:
            view = memoryview(piece)
            while view:
                self._wait(stream.fileno(), selectors.EVENT_WRITE, deadline)
                try:
                    view = view[os.write(stream.fileno(), view[:_CHUNK]) :]
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise ChildFailed("процесс чтения завершился") from error

    def _receive(self, deadline: float) -> object:
        (count,) = HEADER.unpack(self._read(HEADER.size, deadline))
        if not 0 < count <= PIECES:
            raise ChildFailed("непонятный ответ")
        sizes = [size for (size,) in HEADER.iter_unpack(self._read(count * HEADER.size, deadline))]
        if sum(sizes) > MAXIMUM:
            raise ChildFailed("слишком большой ответ")
        body, *large = [self._read(size, deadline) for size in sizes]
        try:
            return unpack(body, large)
        except Exception as error:
            raise ChildFailed("непонятный ответ") from error

    def _read(self, length: int, deadline: float) -> bytes:
        stream = self._process.stdout
        assert stream is not None
        pieces: list[bytes] = []
        left = length
        while left:
            self._wait(stream.fileno(), selectors.EVENT_READ, deadline)
            piece = os.read(stream.fileno(), min(_CHUNK, left))
            if not piece:
                raise ChildFailed(self._how_it_ended())
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

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
