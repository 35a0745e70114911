"""Letter → lead → won → passport; the date of the next ТО goes both ways, whatever webhooks do on their way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.sandbox import desk
from tests.passport.visitors import BOT_TOKEN, init_data
from tests.web.running import ACCEPTED, WON, Running, running
from tests.worker.house import letter

ORDER = (
    "Здравствуйте! Просим выставить счёт на ремонт: станок 16К20, зав. № 4455, не включается шпиндель.\n\n"
    "С уважением,\nИванов Пётр"
)
TELEGRAM_FIELD, STATUS_FIELD, DATE_FIELD = 712633, 712637, 712639
KEY = {"Authorization": "Bearer passport-key"}
SETTINGS = {
    "WEB__PASSPORT_KEY": "passport-key",
    "TELEGRAM__BOT_TOKEN": BOT_TOKEN,
    "SCHEDULE__RECONCILE": "1",
}
TROUBLES: dict[str, dict[str, Any]] = {
    "as they should be": {},
    "doubled and reordered": {"webhook_duplicates": 3, "webhook_reordering": True},
    "all lost": {"webhook_loss_rate": 1},
}


async def ordered(program: Running) -> int:
    await program.around.mail.deliver(letter(ORDER))
    await program.until(lambda: len(program.letters) == 1)
    await program.at_rest()
    (lead_id,) = program.around.crm.leads
    return lead_id


async def shown(program: Running, field: str, value: object) -> dict[str, Any]:
    """The machine, once the passport shows this value; TimeoutError where it does not come."""
    held: dict[str, Any] = {}

    async def look() -> bool:
        answer = await program.http.get(f"{program.url}/passport/equipment/4455", headers=KEY)
        held.clear()
        held.update(answer.json())
        return answer.status_code == 200 and held.get(field) == value

    await eventually(look)
    return held


async def eventually(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await look():  # noqa: ASYNC110 - asked over HTTP, nothing here announces the answer
            await asyncio.sleep(0.05)


def held(program: Running, lead_id: int, field_id: int) -> Any:
    values = program.around.crm.leads[lead_id].fields.get(field_id)
    return values[0].value if values else None


def local_day(program: Running, seconds: int) -> str:
    zone = ZoneInfo(program.around.crm.account.time_zone)
    return datetime.fromtimestamp(seconds, UTC).astimezone(zone).date().isoformat()


@pytest.mark.parametrize("trouble", list(TROUBLES))
async def test_a_machine_and_its_maintenance_date_in_step(tmp_path: Path, trouble: str) -> None:
    async with running(tmp_path, **SETTINGS) as program:
        crm = program.around.crm
        lead_id = await ordered(program)
        desk.fill(crm, lead_id, TELEGRAM_FIELD, "777")
        for name, value in TROUBLES[trouble].items():
            setattr(crm.switches, name, value)
        for status in (ACCEPTED, WON, ACCEPTED, WON):
            program.move(lead_id, status)
        machine = await shown(program, "lead_id", lead_id)
        assert (machine["model"], machine["telegram_id"]) == ("16К20", "777")

        noon = int(datetime(2027, 3, 28, 12, tzinfo=ZoneInfo("Europe/Moscow")).timestamp())
        desk.fill(crm, lead_id, DATE_FIELD, noon)
        await shown(program, "maintenance_date", "2027-03-28")

        visitor = {"Authorization": f"tma {init_data(777, datetime.now(UTC).timestamp())}"}
        seen = await program.http.get(f"{program.url}/passport/equipment", headers=visitor)
        assert [one["maintenance_date"] for one in seen.json()] == ["2027-03-28"]

        change = {"maintenance_date": "2027-09-01", "service_status": "Завершено"}
        await program.http.patch(f"{program.url}/passport/equipment/4455", json=change, headers=KEY)
        await program.until(lambda: held(program, lead_id, STATUS_FIELD) == "Завершено")
        assert local_day(program, held(program, lead_id, DATE_FIELD)) == "2027-09-01"
        await program.at_rest()

        machine = await shown(program, "maintenance_date", "2027-09-01")
        changes = [(one["source"], one["field"], one["value"]) for one in machine["history"]]
        assert changes == [
            ("crm", "registered", str(lead_id)),
            ("crm", "maintenance_date", "2027-03-28"),
            ("passport", "service_status", "Завершено"),
            ("passport", "maintenance_date", "2027-09-01"),
        ]
        notes = [note for note in crm.store.notes.values() if "Изменено в Цифровом паспорте" in str(note.params)]
        assert len(notes) == 1
        assert (await program.worker.journal.desk.counts())["parked"] == 0
