"""A request that comes while the journal's disk is slower than any deadline of the endpoint."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import httpx

from tests.worker.house import House

T = TypeVar("T")


class Ahead(asyncio.SelectorEventLoop):
    """A loop whose time can be put forward: every deadline within `ahead` seconds is over at once."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


def with_time_ahead(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run it on a loop whose time can be put forward."""
    with asyncio.Runner(loop_factory=Ahead) as runner:
        return runner.run(main())


async def while_the_disk_is_slow(here: House, request: Awaitable[httpx.Response]) -> tuple[int, int]:
    """The request's status and the number of entries stored, the disk having worked again 15 seconds later."""
    loop, disk_works = asyncio.get_running_loop(), threading.Event()
    assert isinstance(loop, Ahead)
    slow = asyncio.create_task(here.journal.database.write(lambda _: disk_works.wait(30)))
    answer = asyncio.ensure_future(request)
    await asyncio.wait({answer}, timeout=0.2)
    loop.ahead = 15.0
    await asyncio.wait({answer}, timeout=0.2)
    disk_works.set()
    await slow
    return (await answer).status_code, len(await here.entries())
