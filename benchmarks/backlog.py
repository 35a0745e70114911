"""A backlog through the whole worker: embedded IMAP and SMTP, the AmoCRM sandbox, the journal on disk.

python -m benchmarks.backlog [LETTERS]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from mailsync import logs
from mailsync.app import open_worker
from mailsync.demo.neighbourhood import neighbourhood
from tests.acceptance.test_kill import order


async def measure(letters: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with neighbourhood(Path(folder)) as around, open_worker(around.config()) as worker:
            for number in range(letters):
                await around.mail.deliver(order(number))
            started, cpu = time.perf_counter(), time.process_time()
            status = await worker.run_once()
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
            calls = len(around.crm.requests)
            print(
                f"{letters} letters of {letters} new customers: {seconds:.1f} s ({letters / seconds:.0f}/s), "
                f"{cpu:.1f} s of CPU with all servers in one process; status {status}, {len(around.crm.leads)} leads, "
                f"{len(around.mail.sink)} confirmations, {calls} AmoCRM calls ({calls / letters:.3f} a letter)"
            )


def main() -> None:
    logs.configure(quiet=True)
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 500))


if __name__ == "__main__":
    main()
