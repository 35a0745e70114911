"""Each switch of the sandbox that no other test turns: the client does what the fact sheet's table says (12)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from crm import fields, webhook
from crm.doctor import Expected, examine
from crm.entities import WON, EntityType, LeadUpdate, NewCompany, NewContact, NewLead, PersonUpdate
from crm.errors import Blocked, NotSent, OutcomeUnknown, RateLimited, Refused, Unauthorized
from crm.filters import EventFilter
from crm.hook_events import HookEvent, LeadEvent, NoteEvent, PersonEvent, identity
from crm.note_types import NewNote, Text
from crm.oauth import Redirect
from crm.sandbox import Switches
from crm.tokens import MemoryTokenStore, TokenPair
from tests.crm.sandboxed import BASE_URL, PIPELINE, Pair, run

HOOK = "https://x.ru/hook"


async def consented(pair: Pair, store: MemoryTokenStore, wait: float = 0) -> None:
    code = pair.box.tokens.issue_code(pair.box.switches.code_lifetime, pair.box.settings.redirect_uri)
    await asyncio.sleep(wait)
    async with pair.build(tokens=store) as client:
        await client.authorization.exchange(Redirect(code, BASE_URL))


def test_blocked_for_excess_it_stays_quiet_and_comes_back_by_itself() -> None:
    """Another integration of ours has spent the limit: its 403 hits us too."""
    alerts: list[Blocked | None] = []

    async def use(pair: Pair) -> None:
        for _ in range(2):
            with pytest.raises((RateLimited, Blocked)):
                await asyncio.gather(*(pair.client.leads.get(1) for _ in range(10)))
            await asyncio.sleep(0.5)
        before = len(pair.box.requests)
        outcomes = []
        for _ in range(100):
            await asyncio.sleep(10)
            try:
                await pair.client.leads.get(1)
                outcomes.append("done")
            except Blocked:
                outcomes.append("blocked")
        assert outcomes[0] == "blocked"
        assert outcomes[-1] == "done"
        probes = [one for one in pair.box.requests[before:] if one.path == "/api/v4/account"]
        assert len(probes) <= 3
        assert alerts[0] is not None
        assert alerts[-1] is None

    run(
        use,
        Switches(requests_per_second=1, abuse_limit=1, block_seconds=600, retry_after=0),
        client={"on_block": alerts.append},
    )


def test_a_gateways_429_is_waited_out_as_long_as_its_header_says() -> None:
    async def use(pair: Pair) -> list[float]:
        await asyncio.gather(*(pair.client.leads.get(1) for _ in range(2)))
        return [one.time for one in pair.box.requests if one.status == 204]

    first, second = run(
        use, Switches(requests_per_second=1, limit_answer="html", retry_after_header=True, retry_after=17)
    )
    assert second - first >= 17


def test_an_account_whose_limit_others_use_up_is_asked_more_slowly_and_never_blocks_us() -> None:
    async def use(pair: Pair) -> Counter[int | None]:
        token = pair.box.tokens.issue_access(86_400, client_id="another")
        bearer = {"Authorization": f"Bearer {token}"}

        async def others() -> None:
            async with httpx.AsyncClient(transport=pair.transport, base_url=BASE_URL, headers=bearer) as http:
                for _ in range(10):
                    await asyncio.gather(*(http.get("/api/v4/account") for _ in range(6)))
                    await asyncio.sleep(1)

        await asyncio.gather(others(), *(pair.client.leads.get(1) for _ in range(30)))
        return Counter(one.status for one in pair.box.requests)

    statuses = run(use, Switches(account_requests_per_second=8))
    assert statuses[204] == 30
    assert statuses[429] > 0
    assert statuses[403] == 0


@pytest.mark.parametrize(
    ("break_", "mend", "status"),
    [
        ({"unpaid": True}, {"unpaid": False}, 402),
        ({"allowed_ips": ("10.0.0.1",)}, {"allowed_ips": ()}, 403),
    ],
)
def test_unpaid_or_shut_out_all_calls_stop_and_a_probe_finds_the_end(
    break_: dict[str, Any], mend: dict[str, Any], status: int
) -> None:
    async def use(pair: Pair) -> None:
        def turn(position: dict[str, Any]) -> None:
            for name, value in position.items():
                setattr(pair.box.switches, name, value)

        turn(break_)
        for _ in range(50):
            with pytest.raises(Blocked) as raised:
                await pair.client.leads.create_complex(NewLead("Заказ"))
            assert raised.value.status == status
            assert raised.value.cure.ru
        assert len(pair.box.requests) == 2  # the call and the probe that tells a right from a block
        turn(mend)
        await asyncio.sleep(300)
        await pair.client.leads.create_complex(NewLead("Заказ"))
        assert len(pair.box.leads) == 1

    run(use)


def test_a_token_that_expires_during_a_block_is_renewed_by_the_probe() -> None:
    async def use(pair: Pair) -> None:
        store = MemoryTokenStore()
        await consented(pair, store)
        async with pair.build(tokens=store) as client:
            pair.box.switches.unpaid = True
            with pytest.raises(Blocked):
                await client.leads.get(1)
            await asyncio.sleep(2 * 86_400)
            pair.box.switches.unpaid = False
            await client.leads.get(1)

    run(use, long_lived_token="")


def test_a_slow_service_is_waited_for_and_one_too_slow_is_unknown() -> None:
    async def use(pair: Pair) -> None:
        pair.box.switches.delay = 20
        await pair.client.leads.create_complex(NewLead("Заказ"))
        pair.box.switches.delay = 40
        with pytest.raises(OutcomeUnknown) as raised:
            await pair.client.leads.create_complex(NewLead("Заказ"))
        assert raised.value.retry_after == 30
        with pytest.raises(NotSent):
            await pair.client.leads.get(1)

    run(use)


def test_writes_applied_in_spite_of_a_5xx_are_never_doubled() -> None:
    async def use(pair: Pair) -> None:
        pair.box.switches.failure_rate_after = 0.3
        pair.box.switches.failure_rate_before = 0.1
        began = datetime.fromtimestamp(pair.box.clock(), UTC)

        async def once(n: int) -> None:
            await asyncio.sleep(n * 0.7)
            looked = True
            while True:
                try:
                    if not looked and await pair.client.find.lead(lambda lead: lead.name == str(n), began):
                        return
                    looked = True
                    await pair.client.leads.create_complex(NewLead(str(n)))
                except OutcomeUnknown as error:
                    looked = False
                    await asyncio.sleep(error.retry_after or 0)
                except NotSent:
                    await asyncio.sleep(60)
                else:
                    return

        await asyncio.gather(*map(once, range(200)))
        assert sorted(int(lead.name) for lead in pair.box.leads.values()) == list(range(200))

    run(use)


def test_another_text_limit_is_answered_by_a_refusal_that_names_the_field() -> None:
    async def use(pair: Pair) -> None:
        lead = NewLead("Заказ", fields=(fields.text(712_629, "я" * 200),))
        with pytest.raises(Refused) as raised:
            await pair.client.leads.create_complex(lead)
        assert raised.value.items[0].path == "custom_fields_values.0.values.0.value"

    run(use, Switches(text_limit=100))


def test_unknown_keys_are_never_sent_so_that_it_does_not_matter_what_becomes_of_them() -> None:
    async def use(pair: Pair) -> int:
        return (await pair.client.leads.create_complex(NewLead("Заказ", contact=NewContact("Иван", ("a@b.ru",))))).id

    assert run(use, Switches(unknown_keys="refuse")) == run(use, Switches(unknown_keys="ignore"))


def test_a_file_larger_than_the_drive_takes_is_refused() -> None:
    async def use(pair: Pair) -> None:
        with pytest.raises(Refused):
            await pair.client.files.upload("a.txt", b"0123456789")
        assert pair.box.files == {}

    run(use, Switches(drive_file_size=9))


def test_short_lived_access_tokens_are_renewed_as_often_as_it_takes() -> None:
    async def use(pair: Pair) -> None:
        store = MemoryTokenStore()
        await consented(pair, store)
        async with pair.build(tokens=store) as client:
            for _ in range(20):
                await asyncio.sleep(1800)
                await client.leads.get(1)
        assert not any(one.status == 401 for one in pair.box.requests)

    run(use, Switches(access_token_lifetime=3600), long_lived_token="")


@pytest.mark.parametrize(("lifetime", "days"), [(90 * 86_400, 91), (3600, 2)])
def test_a_refresh_token_that_is_too_old_asks_for_a_new_authorization(lifetime: float, days: int) -> None:
    async def use(pair: Pair) -> None:
        store = MemoryTokenStore()
        await consented(pair, store)
        await asyncio.sleep(days * 86_400)
        async with pair.build(tokens=store) as client:
            with pytest.raises(Unauthorized) as raised:
                await client.leads.get(1)
        assert raised.value.hint == "Token has expired"
        assert "новый auth_code" in raised.value.cure.ru

    run(use, Switches(refresh_token_lifetime=lifetime), long_lived_token="")


@pytest.mark.parametrize(("wait", "times", "hint"), [(1201, 1, "has expired"), (0, 2, "has been revoked")])
def test_a_code_too_old_or_used_twice_is_named(wait: float, times: int, hint: str) -> None:
    async def use(pair: Pair) -> None:
        code = pair.box.tokens.issue_code(pair.box.switches.code_lifetime, pair.box.settings.redirect_uri)
        await asyncio.sleep(wait)
        for _ in range(times - 1):
            await pair.client.authorization.exchange(Redirect(code, BASE_URL))
        with pytest.raises(Unauthorized) as raised:
            await pair.client.authorization.exchange(Redirect(code, BASE_URL))
        assert hint in raised.value.hint
        assert "20 минут" in raised.value.cure.ru

    run(use)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"client_secret": "another"}, "Incorrect client"),
        ({"redirect_uri": "https://x.ru/other"}, "Cannot decrypt the authorization code"),
    ],
)
def test_the_manuals_errors_are_named_when_they_happen(change: dict[str, Any], named: str) -> None:
    async def use(pair: Pair) -> None:
        code = pair.box.tokens.issue_code(1200, pair.box.settings.redirect_uri)
        with pytest.raises(Unauthorized, match=named):
            await pair.client.authorization.exchange(Redirect(code, BASE_URL))

    run(use, **change)


def test_a_moved_account_is_followed_by_the_refresh() -> None:
    """The sandbox says where the account lives now; its own address there cannot be reached from a test."""

    async def use(pair: Pair) -> None:
        store = MemoryTokenStore()
        await consented(pair, store)
        stored = await store.load()
        assert stored is not None
        old_home = f"https://old.{pair.box.settings.domain}"
        pair.box.switches.moved_from = old_home.removeprefix("https://")
        await store.save(replace(stored, base_url=old_home, expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
        async with pair.build(tokens=store) as client:
            await client.leads.get(1)
        moved: TokenPair | None = await store.load()
        assert moved is not None
        assert moved.base_url == pair.box.settings.address

    run(use, long_lived_token="")


@dataclass
class Receiver(httpx.AsyncBaseTransport):
    """Our endpoint: keeps what arrives, takes `seconds` for it and answers with `status`."""

    status: int = 200
    seconds: float = 0
    bodies: list[bytes] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(await request.aread())
        await asyncio.sleep(self.seconds)
        return httpx.Response(self.status)

    def events(self) -> list[HookEvent]:
        return [event for body in self.bodies for event in webhook.read(body).events]


async def changes(pair: Pair) -> None:
    """A little of everything that fires a hook."""
    client = pair.client
    await client.webhooks.subscribe(
        HOOK,
        ["add_lead", "update_lead", "status_lead", "note_lead", "add_contact", "update_contact", "add_company"],
    )
    made = await client.leads.create_complex(
        NewLead(
            "Заказ RS-1",
            fields=(fields.text(712_629, "А-17"), fields.choice(712_637, "Новое")),
            tags=("почта",),
            contact=NewContact("Иван", ("a@b.ru",)),
            company=NewCompany("ООО"),
        )
    )
    await client.leads.update(LeadUpdate(made.id, status_id=WON, pipeline_id=PIPELINE))
    await client.notes.create(NewNote(EntityType.LEADS, made.id, Text("Письмо")))
    await client.contacts.update(PersonUpdate(made.contact_id or 0, name="Пётр"))
    await asyncio.sleep(10)


@pytest.mark.parametrize("mixed", [False, True])
def test_what_the_account_posts_is_read_as_typed_events(mixed: bool) -> None:
    receiver = Receiver()
    run(changes, Switches(webhook_mixed=mixed), hooks=receiver)
    events = receiver.events()
    leads = {event.action: event for event in events if isinstance(event, LeadEvent)}
    assert leads["add"].name == "Заказ RS-1"
    assert leads["add"].tags == ("почта",)
    assert {one.field_id: one.texts for one in leads["add"].fields} == {712_629: ("А-17",), 712_637: ("Новое",)}
    assert (leads["status"].status_id, leads["status"].old_status_id) == (WON, 80_953_554)
    people = [event for event in events if isinstance(event, PersonEvent)]
    assert {(event.action, event.is_company) for event in people} == {("add", False), ("add", True), ("update", False)}
    (note,) = [event for event in events if isinstance(event, NoteEvent)]
    assert (note.entity_type, note.text) == ("leads", "Письмо")


@pytest.mark.parametrize(
    "turn",
    [
        lambda switches: setattr(switches, "webhook_duplicates", 2),
        lambda switches: setattr(switches, "webhook_reordering", True),
        lambda switches: setattr(switches, "webhook_delay", 5),
    ],
    ids=["duplicates", "reordering", "delay"],
)
def test_however_hooks_arrive_each_event_has_one_identity(turn: Callable[[Switches], None]) -> None:
    quiet, restless, switches = Receiver(), Receiver(), Switches()
    run(changes, hooks=quiet)
    turn(switches)
    run(changes, switches, hooks=restless)
    assert set(map(identity, restless.events())) == set(map(identity, quiet.events()))


@pytest.mark.parametrize(("most", "bodies"), [(1, 3), (10, 1)])
def test_leads_that_share_a_hook_are_as_many_events(most: int, bodies: int) -> None:
    receiver = Receiver()

    async def use(pair: Pair) -> list[int]:
        await pair.client.webhooks.subscribe(HOOK, ["add_lead"])
        made = await asyncio.gather(*(pair.client.leads.create(NewLead(str(n))) for n in range(3)))
        await asyncio.sleep(10)
        return [one.id for one in made]

    ids = run(use, Switches(webhook_entities=most), hooks=receiver)
    assert len(receiver.bodies) == bodies
    assert [event.id for event in receiver.events() if isinstance(event, LeadEvent)] == ids


@pytest.mark.parametrize(
    ("receiver", "switches"),
    [
        (Receiver(seconds=3), Switches(webhook_deadline=2, webhook_time_scale=0.1)),
        (Receiver(status=503), Switches(webhook_time_scale=0.1)),
    ],
    ids=["too slow", "refused"],
)
def test_a_hook_that_comes_again_is_the_same_event(receiver: Receiver, switches: Switches) -> None:
    async def use(pair: Pair) -> None:
        await pair.client.webhooks.subscribe(HOOK, ["add_lead"])
        await pair.client.leads.create(NewLead("Заказ"))
        await asyncio.sleep(3600)

    run(use, switches, hooks=receiver)
    assert len(receiver.bodies) == (3 if receiver.seconds else 5)
    assert len(set(map(identity, receiver.events()))) == 1


def test_a_webhook_that_was_switched_off_is_found_by_the_doctor() -> None:
    async def use(pair: Pair) -> list[str]:
        await pair.client.webhooks.subscribe(HOOK, ["add_lead"])
        for _ in range(3):
            await pair.client.leads.create(NewLead("Заказ"))
            await asyncio.sleep(10)
        now = datetime.fromtimestamp(pair.box.clock(), UTC)
        return [one.id for one in await examine(pair.client, Expected(webhook_destinations=(HOOK,)), now)]

    switches = Switches(webhook_failures_to_disable=2)
    assert run(use, switches, hooks=Receiver(status=404)) == ["webhook_disabled"]


def test_a_lost_hook_is_found_in_the_event_log() -> None:
    receiver = Receiver()

    async def use(pair: Pair) -> list[int | None]:
        await changes(pair)
        condition = EventFilter(types=("lead_status_changed",))
        return [event.entity_id async for event in pair.client.events.select(condition)]

    assert len(run(use, Switches(webhook_loss_rate=1), hooks=receiver)) == 1
    assert receiver.bodies == []
