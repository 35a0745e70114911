"""Delivery to lead: a letter comes by LMTP into real Dovecot, IDLE wakes the worker, the lead stands in the sandbox.

python -m benchmarks.idle [LETTERS]
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.acceptance.test_kill import order
from tests.acceptance.town import Town, town

PATIENCE = 30.0


async def until_leads(here: Town, count: int) -> float:
    """When the sandbox had that many leads."""
    async with asyncio.timeout(PATIENCE):
        while len(here.crm.leads) < count:  # noqa: ASYNC110 - another process brings them about
            await asyncio.sleep(0.002)
    return time.perf_counter()


async def measure(letters: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        async with town(Path(folder)) as here:
            worker = await here.start("run")
            assert worker.stderr
            drain = asyncio.create_task(worker.stderr.read())
            try:
                here.mail.deliver_lmtp(order(0))
                await until_leads(here, 1)  # it is up, logged in and idling
                waits = []
                for number in range(1, letters + 1):
                    await asyncio.sleep(1.5)  # the worker comes to rest, as between two real letters
                    sent = time.perf_counter()
                    await asyncio.to_thread(here.mail.deliver_lmtp, order(number))
                    waits.append(await until_leads(here, number + 1) - sent)
                return waits
            finally:
                worker.terminate()
                await worker.wait()
                await drain


def main() -> None:
    letters = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    waits = sorted(asyncio.run(measure(letters)))
    print(
        f"delivery -> lead, {letters} letters, Dovecot + sandbox: median {statistics.median(waits) * 1000:.0f} ms, "
        f"p95 {waits[int(len(waits) * 0.95) - 1] * 1000:.0f} ms, worst {waits[-1] * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
