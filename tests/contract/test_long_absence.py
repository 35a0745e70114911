"""After a long absence: a reading of AmoCRM's changes goes back to the asked time, however many there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from crm.client import AmoCRM
from crm.settings import Settings
from mailsync.amocrm import watching
from mailsync.deciding.facts import StatusChange
from tests.crm import virtual
from tests.crm.service import Seen, Service

NEWEST = datetime(2026, 3, 2, 10, tzinfo=UTC)
SINCE = NEWEST - timedelta(seconds=6_100)
PAGE = 250
Reading = Callable[[AmoCRM, datetime], Awaitable[list[StatusChange]]]


def event(second: int) -> dict[str, Any]:
    after = [{"lead_status": {"id": 142, "pipeline_id": 10226282}}]
    at = int(NEWEST.timestamp()) - second
    kind = {"type": "lead_status_changed", "entity_type": "lead"}
    return kind | {"id": f"e{second}", "entity_id": second + 1, "created_at": at, "value_after": after}


def lead(second: int) -> dict[str, Any]:
    at = int(NEWEST.timestamp()) - second
    return {"id": second + 1, "name": "", "status_id": 142, "pipeline_id": 10226282, "updated_at": at}


def endless(seen: Seen) -> httpx.Response:
    """A change in each second, for ever into the past."""
    page = int(dict(seen.query).get("page", "1"))
    key, row = ("events", event) if seen.path.endswith("/events") else ("leads", lead)
    rows = [row(second) for second in range((page - 1) * PAGE, page * PAGE)]
    following = f"https://demo.amocrm.ru{seen.path}?page={page + 1}"
    return httpx.Response(200, json={"_embedded": {key: rows}, "_links": {"next": {"href": following}}})


async def the_log(client: AmoCRM, since: datetime) -> list[StatusChange]:
    return await watching.status_changes(client, since, None)


@pytest.mark.parametrize("reading", [the_log, watching.changed_leads])
def test_nothing_between_the_asked_time_and_now_is_left_out(reading: Reading) -> None:
    async def main() -> list[StatusChange]:
        settings = Settings(base_url="https://demo.amocrm.ru", long_lived_token="t0ken")
        async with AmoCRM(settings, transport=Service(endless), clock=virtual.VirtualClock()) as client:
            return await reading(client, SINCE)

    changes = virtual.run(main())
    assert [change.lead_id for change in changes] == list(range(6_101, 0, -1))
    assert changes[0].at == SINCE.timestamp()
