"""The account, the traffic and the control over both, as plain Python: what tests use as an oracle."""

from __future__ import annotations

import functools
import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import httpx

from crm.sandbox.drive import Drive
from crm.sandbox.event_log import record_events
from crm.sandbox.faults import Fault, Faults
from crm.sandbox.hooks.bodies import Bodies
from crm.sandbox.hooks.deliveries import Deliveries, Delivery
from crm.sandbox.limiter import Limiter
from crm.sandbox.records import Company, Contact, Lead, Note, StoredFile, Task
from crm.sandbox.settings import SandboxSettings
from crm.sandbox.store import Applied, Change, EntityKey, Store
from crm.sandbox.switches import Switches
from crm.sandbox.tokens import Tokens

FIVE_YEARS = 5 * 365 * 86_400


@dataclass(slots=True)
class LoggedRequest:
    """One call as it arrived; `status` is what the caller was told, None where it was told nothing."""

    time: float
    method: str
    path: str
    query: str
    limited: bool
    status: int | None = None


class Sandbox:
    """One account. `clock` gives Unix seconds and rules everything but the waits of webhook deliveries."""

    def __init__(
        self,
        settings: SandboxSettings,
        clock: Callable[[], float] = time.time,
        webhook_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.switches: Final[Switches] = settings.switches.model_copy()
        self.account = settings.open_account()
        self.store = Store(clock)
        self.tokens = Tokens(settings, clock)
        self.limiter = Limiter()
        self.drive = Drive(self.store)
        self.unsorted_counts = Counter[str]()
        self.faults = Faults(settings.seed)
        self.requests: list[LoggedRequest] = []
        bodies = Bodies(self.account, self.store, settings.address)
        self.hooks = Deliveries(self.store, bodies, self.switches, settings.seed, webhook_transport)
        self.store.listeners += [functools.partial(record_events, self.store), self.hooks.tell]
        self.long_lived_token = self.tokens.issue_access(FIVE_YEARS)

    @property
    def leads(self) -> dict[int, Lead]:
        """Leads by id, those in Unsorted and deleted ones included."""
        return self.store.leads

    @property
    def contacts(self) -> dict[int, Contact]:
        """Contacts by id."""
        return self.store.contacts

    @property
    def companies(self) -> dict[int, Company]:
        """Companies by id."""
        return self.store.companies

    @property
    def notes(self) -> dict[int, Note]:
        """Notes by id."""
        return self.store.notes

    @property
    def tasks(self) -> dict[int, Task]:
        """Tasks by id."""
        return self.store.tasks

    @property
    def files(self) -> dict[str, StoredFile]:
        """Files on the drive by uuid."""
        return self.store.files

    @property
    def applied(self) -> list[Applied]:
        """Every write that took effect, oldest first, whatever its caller was told."""
        return self.store.applied

    @property
    def deliveries(self) -> list[Delivery]:
        """Every try to deliver a webhook, oldest first."""
        return self.hooks.log

    def notes_of(self, entity: str, entity_id: int) -> list[Note]:
        """The feed of one record, oldest first; `entity` is "leads", "contacts" or "companies"."""
        return self.store.feed(entity, entity_id)

    def contacts_of(self, lead_id: int) -> list[Contact]:
        """The contacts of a lead, the main one first."""
        return [self.contacts[contact_id] for contact_id, _ in self.store.linked(("leads", lead_id), "contacts")]

    def max_calls_per_second(self, since: float = 0.0) -> int:
        """The most calls in any sliding second from `since` on (Unix seconds), refused ones included.

        The limit counts API and drive.
        """
        times = [one.time for one in self.requests if one.limited and one.time >= since]
        most = first = 0
        for last, now in enumerate(times):
            while times[first] <= now - 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    def authorize(self, state: str | None = None, *, referer: str | None = None, from_widget: bool = False) -> str:
        """Where a person's consent leads: the integration's redirect address with a fresh code."""
        settings = self.settings
        code = self.tokens.issue_code(self.switches.code_lifetime, settings.redirect_uri)
        told = {
            "code": code,
            "referer": referer or settings.address.removeprefix("https://"),
            **({"state": state} if state is not None and not from_widget else {}),
            "client_id": settings.client_id,
            **({"from_widget": "1"} if from_widget else {}),
            "platform": "1",
        }
        return f"{settings.redirect_uri}?{urlencode(told)}"

    async def disconnect(self) -> None:
        """Switch the integration off: its tokens die, and its disconnect address is told, signed with its secret."""
        settings = self.settings
        self.tokens.revoke(settings.client_id)
        if settings.disconnect_uri is None:
            return
        signed = f"{settings.client_id}|{settings.account_id}".encode()
        signature = hmac.new(settings.client_secret.encode(), signed, hashlib.sha256).hexdigest()
        told = {"client_uuid": settings.client_id, "account_id": settings.account_id, "signature": signature}
        await self.hooks.get(f"{settings.disconnect_uri}?{urlencode(told)}")

    def attach(self, kind: str, record_id: int, file_uuid: str, user_id: int) -> None:
        """Hang a file on a record; again is harmless."""
        attached = self.store.attached[kind, record_id]
        if file_uuid not in attached:
            attached.append(file_uuid)
            self._tell_file("attach", kind, record_id, user_id)

    def detach(self, kind: str, record_id: int, file_uuid: str, user_id: int) -> None:
        """Take a file off a record; the file itself stays."""
        attached = self.store.attached[kind, record_id]
        if file_uuid in attached:
            attached.remove(file_uuid)
            self._tell_file("detach", kind, record_id, user_id)

    def _tell_file(self, action: str, kind: str, record_id: int, user_id: int) -> None:
        subject = self.store.table(kind)[record_id]
        self.store.record(Change(action, kind, subject, user_id, self.clock()), record_id)

    def tell_link(self, action: str, one: EntityKey, other: EntityKey, user_id: int) -> None:
        """Log that two records were tied or untied."""
        subject = self.store.table(one[0])[one[1]]
        before = {"other": other}
        self.store.record(Change(action, one[0], subject, user_id, self.clock(), before), one[1])

    def fail(self, fault: Fault) -> None:
        """Queue a fault for the next matching calls."""
        self.faults.add(fault)
