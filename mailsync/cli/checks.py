"""What `mailsync doctor` tries: each neighbour by the adapter that the worker uses."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from crm.doctor import Expected, Severity
from crm.doctor import examine as examine_account
from crm.entities import EntityType
from mailsync.amocrm import open_amocrm
from mailsync.app import dns_watch_of, hook_place, mailbox_of, submission_of
from mailsync.clock import SystemClock
from mailsync.config import Config
from mailsync.errors import MailsyncError
from mailsync.hooks.status_letters import NONE
from mailsync.hooks.subscription import destination, events_of
from mailsync.journal.account import StoredContactIndex, StoredTokens
from mailsync.journal.journal import Journal, beside, sqlite_path
from mailsync.web.keys import keys_of
from mailsync.worker.assembly import ALWAYS_NEEDED, check_templates

LEAST_FREE = 500 << 20  # octets
TEXT_TYPES = frozenset({"text", "textarea", "numeric", "url"})
STATUS_TYPES = frozenset({"text", "textarea", "select", "radiobutton"})
DEADLINE = 60.0


class Verdict(IntEnum):
    OK = 0
    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class Check:
    """How one neighbour is, in words, and what to do about it."""

    neighbour: str
    verdict: Verdict
    said: str
    cure: str = ""


async def examine(config: Config) -> AsyncGenerator[Check, None]:
    """All checks, one after the other, each within its deadline; none of them raises."""
    tries: tuple[tuple[str, Callable[[Config], Awaitable[list[Check]]]], ...] = (
        ("journal", _journal),
        ("letters", _templates),
        ("imap", _imap),
        ("smtp", _smtp),
        ("amocrm", _amocrm),
        ("dns", _dns),
    )
    for neighbour, attempt in tries:
        try:
            async with asyncio.timeout(DEADLINE):
                checks = await attempt(config)
        except TimeoutError:
            checks = [Check(neighbour, Verdict.CRITICAL, f"no answer within {DEADLINE:g} s")]
        except MailsyncError as failure:
            checks = [Check(neighbour, Verdict.CRITICAL, str(failure), failure.cure)]
        for check in checks:
            yield check


async def _journal(config: Config) -> list[Check]:
    with Journal.open(config.journal.url) as journal:
        counts = await journal.desk.counts()
    checks = [Check("journal", Verdict.OK, ", ".join(f"{count} {state}" for state, count in counts.items()))]
    if counts["parked"]:
        said = f"{counts['parked']} parked: a person has to act"
        checks.append(Check("journal", Verdict.WARNING, said, "mailsync journal list --state parked"))
    free = shutil.disk_usage(sqlite_path(config.journal.url).parent).free
    if free < LEAST_FREE:
        said = f"only {free >> 20} MB are free where the journal lives"
        checks.append(Check("disk", Verdict.CRITICAL, said, "make room, or give the volume more"))
    return checks


async def _templates(config: Config) -> list[Check]:
    check_templates(config)
    names = [*ALWAYS_NEEDED, *sorted(set(config.confirmations.on_status.values()) - {NONE})]
    return [Check("letters", Verdict.OK, f"templates: {', '.join(names)}")]


async def _imap(config: Config) -> list[Check]:
    async with mailbox_of(config).connect() as session:
        said = f"{config.mailbox.username}: {session.state.messages} letters in {config.mailbox.folder}"
    return [Check("imap", Verdict.OK, said)]


async def _smtp(config: Config) -> list[Check]:
    await submission_of(config).probe()
    return [Check("smtp", Verdict.OK, f"{config.smtp.host}:{config.smtp.port} takes our letters")]


async def _amocrm(config: Config) -> list[Check]:
    async with AsyncExitStack() as stack:
        journal = stack.enter_context(Journal.open(config.journal.url))
        lock = beside(config.journal.url, ".token-lock")
        tokens, index = StoredTokens(journal.database, lock), StoredContactIndex(journal.database)
        crm = await stack.enter_async_context(open_amocrm(config.amocrm, tokens, index))
        findings = await examine_account(crm.client, expected_of(config), datetime.now(UTC))
    verdicts = {Severity.WARNING: Verdict.WARNING, Severity.CRITICAL: Verdict.CRITICAL}
    checks = [Check("amocrm", verdicts[one.severity], f"{one.id}: {one.seen}", str(one.cure)) for one in findings]
    return checks or [
        Check("amocrm", Verdict.OK, "token, pipeline, status, user, fields and webhook are as configured")
    ]


def expected_of(config: Config) -> Expected:
    """What these settings rely on in the account. A webhook with any of our keys is ours, and needs status changes."""
    amocrm, ids = config.amocrm, config.amocrm.fields
    lead_fields = {
        ids.serial_number: TEXT_TYPES,
        ids.equipment_model: TEXT_TYPES,
        ids.telegram_id: TEXT_TYPES,
        ids.reference: TEXT_TYPES,
        ids.service_status: STATUS_TYPES,
        ids.maintenance_date: frozenset({"date", "date_time"}),
    }
    place = hook_place(config)
    return Expected(
        pipeline_id=amocrm.pipeline_id,
        status_id=amocrm.status_id,
        responsible_user_id=amocrm.responsible_user_id,
        fields={EntityType.LEADS: {field_id: types for field_id, types in lead_fields.items() if field_id}},
        webhook_destinations=tuple(destination(place, key) for key in keys_of(config.web.webhook_key) or ("",)),
        webhook_events=events_of(frozenset({"status"})),
    )


async def _dns(config: Config) -> list[Check]:
    """A warning at most: a finding in the DNS never keeps a letter from becoming a lead."""
    with Journal.open(config.journal.url) as journal:
        report = await dns_watch_of(config, journal, SystemClock()).check(None)
    worth = [one for one in report.findings if one.severity.value != "info"]
    if not worth:
        return [Check("dns", Verdict.OK, f"{report.domain}: SPF, DKIM and DMARC are in order")]
    said = f"{report.domain}: {report.result.value}: {', '.join(sorted({one.id for one in worth}))}"
    return [Check("dns", Verdict.WARNING, said, "mailsync check-dns")]
