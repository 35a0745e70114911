"""A won deal registers its machine, once; the manager is asked for a missing serial number, once."""

from __future__ import annotations

from urllib.parse import urlencode

from mailsync.config import Config
from mailsync.deciding.effects import CreateLead, NewContact
from mailsync.errors import UnknownOutcome
from mailsync.journal.records import State
from mailsync.memory.crm import ACCOUNT
from mailsync.passport.equipment import Equipment, Line
from tests.worker.house import CONFIG, House, house, letter

ACCEPTED, WON = 80953558, 142
STATUS_FIELD, DATE_FIELD, SERIAL_FIELD, TELEGRAM_FIELD = 712637, 712639, 712629, 712633
SYNCED = Config.model_validate(
    CONFIG.model_dump() | {"amocrm": {"fields": {"service_status": STATUS_FIELD, "maintenance_date": DATE_FIELD}}}
)
IVANOV = NewContact(name="Иванов Пётр", emails=("ivanov@zavod.example",))


def hook(lead_id: int, at: float, *, action: str = "status", status_id: int = WON) -> bytes:
    pairs = {
        f"leads[{action}][0][id]": lead_id,
        f"leads[{action}][0][status_id]": status_id,
        f"leads[{action}][0][last_modified]": int(at),
        "account[id]": ACCOUNT,
        "account[subdomain]": "new599bd9d13818a",
    }
    return urlencode(pairs).encode()


async def deal(here: House, serial_number: str | None = "4455", telegram_id: str | None = "777") -> int:
    """A manager's deal about a machine."""
    here.crm.now = here.clock.now
    made = await here.crm.create_lead(
        CreateLead(
            reference="RS-0000001",
            name="Станок 16К20",
            tags=(),
            contact=IVANOV,
            serial_number=serial_number,
            equipment_model="16К20",
            telegram_id=telegram_id,
        )
    )
    return made.lead_id


async def told(here: House, lead_id: int, *, action: str = "status", copies: int = 1) -> None:
    """The webhook about the lead as it is comes, and the worker does what is due."""
    worker = await here.worker()
    lead = here.crm.leads[lead_id]
    for _ in range(copies):
        await worker.hooks.take(hook(lead_id, here.clock.seconds, action=action, status_id=lead.status_id))
    assert await here.run_once() == 0


async def won(here: House, lead_id: int, *, copies: int = 1) -> None:
    here.clock.seconds += 60
    here.crm.move(lead_id, WON)
    await told(here, lead_id, copies=copies)


async def filled(here: House, lead_id: int, **values: str | None) -> None:
    """A manager types into the lead's fields, and the webhook comes."""
    ids = {"serial": SERIAL_FIELD, "status": STATUS_FIELD, "date": DATE_FIELD, "telegram": TELEGRAM_FIELD}
    here.clock.seconds += 60
    here.crm.fill(lead_id, {ids[name]: value for name, value in values.items()})
    await told(here, lead_id, action="update")


async def machine(here: House, serial_number: str = "4455") -> Equipment:
    found = await here.journal.passport.find(serial_number)
    assert found
    return found


async def lines(here: House, serial_number: str = "4455") -> list[Line]:
    return await here.journal.passport.history((await machine(here, serial_number)).id or 0)


async def test_a_won_deal_registers_its_machine_once() -> None:
    async with house(SYNCED) as here:
        lead_id = await deal(here)
        here.crm.fill(lead_id, {DATE_FIELD: "2027-03-01"})
        await told(here, lead_id, action="update")
        assert await here.journal.passport.find("4455") is None
        await won(here, lead_id, copies=3)
        await won(here, lead_id)
        found = await machine(here, " №4455")
        assert (found.model, found.telegram_id, found.lead_id) == ("16К20", "777", lead_id)
        assert found.contact_id == here.crm.leads[lead_id].contact_id
        assert found.maintenance_date.value == "2027-03-01"
        assert [line.field for line in await lines(here)] == ["registered"]
        assert here.crm.tasks == {}


async def test_a_deal_without_a_serial_number_is_a_task_once_and_registers_when_it_is_filled_in() -> None:
    async with house(SYNCED) as here:
        lead_id = await deal(here, serial_number=None)
        await won(here, lead_id, copies=2)
        here.crm.move(lead_id, ACCEPTED)
        await won(here, lead_id)
        (task,) = here.crm.tasks.values()
        assert task.text.startswith("Укажите серийный номер, чтобы станок появился в Цифровом паспорте (RS-")
        assert task.entity_id == lead_id
        await filled(here, lead_id, serial="78-12")
        assert (await machine(here, "78-12")).lead_id == lead_id


async def test_an_old_won_deal_that_is_edited_asks_nobody() -> None:
    async with house(SYNCED) as here:
        lead_id = await deal(here, serial_number=None)
        here.crm.move(lead_id, WON)
        await told(here, lead_id, action="update")
        assert here.crm.tasks == {}


async def test_a_service_deal_about_a_known_machine_fills_gaps_and_leaves_a_line() -> None:
    async with house(SYNCED) as here:
        first = await deal(here, telegram_id=None)
        await won(here, first)
        service = await deal(here, serial_number="44 55", telegram_id="777")
        await won(here, service)
        await won(here, service)
        found = await machine(here)
        assert (found.lead_id, found.telegram_id) == (first, "777")
        assert [(line.field, line.value) for line in await lines(here)] == [
            ("registered", str(first)),
            ("deal", str(service)),
        ]


async def test_a_serial_number_mended_in_its_deal_stays_one_machine() -> None:
    async with house(SYNCED) as here:
        lead_id = await deal(here, serial_number="4456")
        await won(here, lead_id)
        await filled(here, lead_id, serial="4455")
        assert await here.journal.passport.find("4456") is None
        assert (await lines(here))[-1].previous == "4456"


async def test_an_answer_that_was_lost_registers_and_asks_no_second_time() -> None:
    async with house(SYNCED) as here:
        lead_id = await deal(here, serial_number=None)

        def lost(operation: str, applied: bool) -> None:
            if operation == "add_task" and applied and len(here.crm.tasks) == 1:
                here.crm.interfere = lambda *_: None
                raise UnknownOutcome("the link broke")

        here.crm.interfere = lost
        await won(here, lead_id)
        assert len(here.crm.tasks) == 1


async def test_a_letter_that_names_a_known_machine_is_tied_to_it() -> None:
    async with house(SYNCED) as here:
        lead_id = await deal(here)
        await won(here, lead_id)
        said = "Здравствуйте! Сломался станок 16К20, зав. № 4455, не включается шпиндель. Нужен мастер."
        await here.mailbox.deliver(letter(said))
        assert await here.run_once() == 0
        (note,) = here.crm.notes.values()
        assert f"Станок из Цифрового паспорта: 16К20, зав. № 4455, сделка {lead_id}" in note.text


async def test_the_passport_follows_the_lead_and_ignores_what_is_no_change() -> None:
    async with house(SYNCED) as here:
        lead_id = await deal(here)
        await won(here, lead_id)
        await filled(here, lead_id, status="В работе", date="2027-05-20")
        await filled(here, lead_id)
        found = await machine(here)
        assert (found.service_status.value, found.maintenance_date.value) == ("В работе", "2027-05-20")
        await filled(here, lead_id, date=None)
        assert [(one.source, one.field, one.value, one.previous) for one in (await lines(here))[1:]] == [
            ("crm", "service_status", "В работе", None),
            ("crm", "maintenance_date", "2027-05-20", None),
            ("crm", "maintenance_date", None, "2027-05-20"),
        ]
        assert here.crm.notes == {}
        assert await here.entries(State.PARKED) == []
