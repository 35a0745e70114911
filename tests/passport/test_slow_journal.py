"""A request of the Mini App while the disk is slow."""

from __future__ import annotations

import asyncio
import threading

from tests.passport.test_api import platform
from tests.web.test_ingest import Ahead


def test_a_slow_journal_is_waited_for_so_that_a_repetition_is_no_second_request() -> None:
    async def main() -> tuple[int, int]:
        loop, disk_works = asyncio.get_running_loop(), threading.Event()
        assert isinstance(loop, Ahead)
        async with platform() as there:
            slow = asyncio.create_task(there.here.journal.database.write(lambda _: disk_works.wait(30)))
            body = {"kind": "service", "comment": "Шумит шпиндель"}
            answer = asyncio.create_task(there.http.post("/passport/requests", json=body, headers=there.visitor()))
            await asyncio.wait({answer}, timeout=0.2)
            loop.ahead = 15.0
            await asyncio.wait({answer}, timeout=0.2)
            disk_works.set()
            await slow
            return (await answer).status_code, len(await there.here.entries())

    with asyncio.Runner(loop_factory=Ahead) as runner:
        assert runner.run(main()) == (202, 1)
