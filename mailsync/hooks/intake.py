"""Webhook bodies into the journal: parsed within limits, checked for their account, stored once, nothing believed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from crm import webhook
from crm.brackets import FormError
from crm.hook_events import Delivery, LeadEvent
from mailsync.errors import PermanentFailure, TemporaryFailure
from mailsync.hooks.account import AccountKeeper
from mailsync.hooks.notice import of_event
from mailsync.journal.journal import Journal
from mailsync.ports import Clock

ANSWER_SECONDS = 1.7  # AmoCRM waits 2 seconds and asks again (fact sheet, 10.4)
ANSWER_COST = 0.001  # seconds of the loop's time for each answer: many at once have to begin earlier with it
LEAST_WAIT = 0.2
MOST_EVENTS = 2_000


class BadBody(PermanentFailure):
    """Not a body that AmoCRM sends."""


class ForeignAccount(PermanentFailure):
    """The body names another account."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one delivery was: events by outcome ("stored", "known", "ignored")."""

    stored: int = 0
    known: int = 0
    ignored: int = 0


@dataclass(slots=True)
class HookIntake:
    """`actions` are what somebody is interested in; other events are answered and forgotten."""

    journal: Journal
    account: AccountKeeper
    clock: Clock
    actions: frozenset[str]
    arrived: Callable[[], None]
    _waiting: int = 0

    async def take(self, body: bytes, waited: float = 0.0) -> Taken:
        """Store what a body tells, `waited` seconds after it came.

        Raises BadBody, ForeignAccount, and TemporaryFailure where it is not stored, or not in time: then the repeated
        event is known.
        """
        delivery = _read(body)
        self._waiting += 1
        wait = max(ANSWER_SECONDS - waited - ANSWER_COST * self._waiting, LEAST_WAIT)
        try:
            async with asyncio.timeout(wait):
                await self._check_account(delivery)
                return await self._store(delivery)
        except TimeoutError:
            raise TemporaryFailure("the journal is too slow", neighbour="disk", retry_after=60) from None
        finally:
            self._waiting -= 1

    async def _store(self, delivery: Delivery) -> Taken:
        now = self.clock.now()
        leads = [event for event in delivery.events if isinstance(event, LeadEvent) and self._wanted(event)]
        notices = {notice.key: notice for notice in (of_event(one, delivery.account_id, now) for one in leads)}
        events = [(key, notice.model_dump_json().encode()) for key, notice in notices.items()]
        new = await self.journal.hooks.store(events, now) if events else 0
        if new:
            self.arrived()
        return Taken(stored=new, known=len(leads) - new, ignored=len(delivery.events) - len(leads))

    def _wanted(self, event: LeadEvent) -> bool:
        return event.action in self.actions and 0 < event.id < 1 << 62

    async def _check_account(self, delivery: Delivery) -> None:
        if delivery.account_id is None and not delivery.subdomain:
            raise ForeignAccount("the body names no account", cure="AmoCRM's bodies have account[id]")
        if not await self.account.is_ours(delivery.account_id, delivery.subdomain):
            raise ForeignAccount(
                "the webhook is of another AmoCRM account",
                cure="amocrm.account_id must be the account's id, or 0: then AmoCRM is asked for it",
            )


def _read(body: bytes) -> Delivery:
    try:
        delivery = webhook.read(body)
    except FormError as error:
        raise BadBody(str(error)) from error
    if len(delivery.events) > MOST_EVENTS:
        raise BadBody(f"the body tells of more than {MOST_EVENTS} events")
    if not delivery.events:
        raise BadBody("the body tells of no event")
    return delivery
