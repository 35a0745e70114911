"""Our subscription in AmoCRM: one, with today's key; what is wrong with it is told."""

from __future__ import annotations

from mailsync.errors import PermanentFailure
from mailsync.hooks.subscription import SubscriptionWatch, events_of
from mailsync.memory.crm import MemoryCrm
from mailsync.ports import Subscription
from mailsync.worker.notices import Notices

PLACE = "https://api.td-rss.ru/webhook/amocrm"
EVENTS = events_of(frozenset({"status", "update"}))


def watch(crm: MemoryCrm, *, ensure: bool = True) -> SubscriptionWatch:
    return SubscriptionWatch(crm, Notices(), PLACE, "new-key", EVENTS, ensure)


async def test_a_missing_subscription_is_made_once() -> None:
    crm = MemoryCrm()
    for _ in range(2):
        await watch(crm).run()
    assert crm.hooks == {f"{PLACE}?key=new-key": Subscription(f"{PLACE}?key=new-key", EVENTS)}
    assert {"status_lead", "update_lead"} == EVENTS


async def test_the_subscription_with_the_old_key_gives_way_and_foreign_ones_stay() -> None:
    crm = MemoryCrm()
    for destination in (f"{PLACE}?key=old-key", "https://other.example/hook"):
        await crm.subscribe(destination, frozenset({"status_lead"}))
    await watch(crm).run()
    assert set(crm.hooks) == {f"{PLACE}?key=new-key", "https://other.example/hook"}


async def test_without_a_public_address_nothing_is_made_and_its_lack_is_told() -> None:
    crm = MemoryCrm()
    looking = watch(crm, ensure=False)
    await looking.run()
    assert crm.hooks == {}
    assert "no webhook to us" in looking.notices.topics["webhooks"][0].text
    await crm.subscribe(PLACE, EVENTS)
    await looking.run()
    assert looking.notices.topics["webhooks"] == ()


async def test_a_disabled_subscription_is_told_until_it_is_switched_on() -> None:
    crm = MemoryCrm()
    looking = watch(crm)
    crm.hooks[looking.destination] = Subscription(looking.destination, EVENTS, disabled=True)
    await looking.run()
    assert looking.disabled
    assert "switched our webhook off" in looking.notices.topics["webhooks"][0].text
    crm.hooks[looking.destination] = Subscription(looking.destination, EVENTS)
    await looking.run()
    assert not looking.disabled
    assert looking.notices.topics["webhooks"] == ()


async def test_a_token_without_the_right_is_told() -> None:
    def interfere(operation: str, applied: bool) -> None:
        raise PermanentFailure("403", cure="an administrator's token")

    looking = watch(MemoryCrm(interfere=interfere))
    await looking.run()
    (notice,) = looking.notices.topics["webhooks"]
    assert notice.cure == "an administrator's token"
