"""A pool of children that read letters; a letter that breaks one is read again with less, down to its headers.

The ladder: everything; then without opening documents; then the header only, for a person. A child that died or overran
its deadline is killed and replaced, the others go on.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

from mailsync.errors import TemporaryFailure
from mailsync.isolation.frames import Depth, Job
from mailsync.isolation.worker import ChildFailed, ChildNotStarted, Worker
from mailsync.reading.model import Kind, Message, Order, Reading, ReadingContext

_HEADER_SECONDS = 5.0


class ReaderPool:
    """Reads letters in `workers` children, each with `seconds` a letter and `megabytes` of memory beyond its own size.

    `read` never blocks the event loop: bytes pass through threads. `read_now` is the same for synchronous callers.
    No letter makes either raise; TemporaryFailure means that no child can be started, whatever the letter.
    """

    def __init__(self, *, workers: int = 2, seconds: float = 20.0, megabytes: int = 512) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="reader")
        self._closed = False
        self._starting = threading.Lock()  # after the pool was closed no child is started
        self._workers: set[Worker] = set()
        for _ in range(workers):
            self._idle.put(self._started())

    async def read(self, raw: bytes, context: ReadingContext) -> Reading:
        """The reading of a letter, whatever it does to the child that reads it."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, raw, context)

    def read_now(self, raw: bytes, context: ReadingContext) -> Reading:
        """The same, in the calling thread."""
        why = ""
        for job in self._ladder(raw, context):
            reading, failure = self._try(replace(job, why=why))
            if reading is not None:
                return _explained(reading, job.depth, why)
            why = failure
        return _bare(why)

    def close(self) -> None:
        """Kill the children; what is being read meanwhile is not finished."""
        with self._starting:
            self._closed = True
        for worker in self._workers:
            worker.kill()  # the thread that waits for its answer is told by the pipe, and needs that pipe until then
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ladder(self, raw: bytes, context: ReadingContext) -> Iterator[Job]:
        if context.documents:
            yield Job(raw, context, Depth.FULL, self._seconds)
        yield Job(raw, replace(context, documents=False), Depth.WITHOUT_DOCUMENTS, self._seconds)
        yield Job(raw, context, Depth.HEADERS, _HEADER_SECONDS)

    def _try(self, job: Job) -> tuple[Reading | None, str]:
        """The reading, or why there is none; a child that failed is replaced before the next letter comes."""
        worker = self._idle.get()
        try:
            answer = worker.ask(job)
        except ChildNotStarted as failure:
            worker = self._replaced(worker)
            raise TemporaryFailure(
                f"процесс чтения писем не запускается: {failure}",
                cure="проверьте, хватает ли машине памяти и цела ли установка программы",
                neighbour="reader",
            ) from failure
        except ChildFailed as failure:
            worker = self._replaced(worker)
            return None, str(failure)
        finally:
            self._idle.put(worker)
        return answer.reading, answer.failure

    def _started(self) -> Worker:
        worker = Worker(self._megabytes)
        self._workers.add(worker)
        return worker

    def _replaced(self, worker: Worker) -> Worker:
        """A fresh child for one that failed. Raises TemporaryFailure where the pool was closed, which killed it."""
        worker.close()
        with self._starting:
            if self._closed:
                raise TemporaryFailure("the reader was stopped", neighbour="reader")
            self._workers.discard(worker)
            return self._started()


def _explained(reading: Reading, depth: Depth, why: str) -> Reading:
    """A reading without documents says so, and why."""
    if depth is not Depth.WITHOUT_DOCUMENTS or not why:
        return reading
    line = f"вложения не открыты: при чтении файла {why}"
    message = replace(reading.message, defects=(*reading.message.defects, line))
    return replace(reading, message=message, reasons=(line, *reading.reasons))


def _bare(why: str) -> Reading:
    """What is left when not even the header could be read: a letter for a person."""
    message = Message(
        message_id=None,
        in_reply_to=(),
        references=(),
        date=None,
        subject="",
        sender=None,
        reply_to=(),
        to=(),
        cc=(),
        envelope_from=None,
        headers={},
        text="",
        new_text="",
        signature="",
        quoted="",
        forwarded="",
        tables=(),
        attachments=(),
        defects=(f"письмо не разобрано: {why}",),
    )
    return Reading(message, Kind.MESSAGE, Order(), reasons=("письмо не разобрано, его прочтёт человек",))
