"""A request of the Mini App while the disk is slow."""

from __future__ import annotations

from tests.passport.test_api import platform
from tests.web.slow_journal import while_the_disk_is_slow, with_time_ahead


def test_a_slow_journal_is_waited_for_so_that_a_repetition_is_no_second_request() -> None:
    async def main() -> tuple[int, int]:
        async with platform() as there:
            body = {"kind": "service", "comment": "Шумит шпиндель"}
            request = there.http.post("/passport/requests", json=body, headers=there.visitor())
            return await while_the_disk_is_slow(there.here, request)

    assert with_time_ahead(main) == (202, 1)
