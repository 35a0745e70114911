"""The worker, wired from its journal and neighbours; which adapters those are is not its business."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from mailsync.clock import SystemClock
from mailsync.config import Config
from mailsync.confirmation.compose import Composer
from mailsync.confirmation.samples import sample
from mailsync.deciding.facts import Rules
from mailsync.errors import MailsyncError, PermanentFailure, SettingsError
from mailsync.hooks.account import AccountKeeper
from mailsync.hooks.handler import HookHandler, Reaction
from mailsync.hooks.intake import HookIntake
from mailsync.hooks.reconcile import Reconciler
from mailsync.hooks.status_letters import NONE, StatusLetters
from mailsync.journal.hooks import SOURCE as WEBHOOK
from mailsync.journal.journal import Journal
from mailsync.journal.requests import TEST_SOURCE
from mailsync.passport.handler import SOURCE as PASSPORT
from mailsync.passport.handler import PassportHandler
from mailsync.passport.reaction import PassportReaction
from mailsync.passport.registering import FieldIds
from mailsync.ports import Authenticator, Clock, Crm, LetterReader, Mailbox, Submission, Subscriptions
from mailsync.reading.model import FormRule, Own, ReadingContext
from mailsync.requests.connection_test import ConnectionTestHandler
from mailsync.requests.handler import RequestHandler
from mailsync.requests.schema import SOURCES
from mailsync.worker.carry_out import Executor
from mailsync.worker.hands import CrmHands, LetterHands
from mailsync.worker.health import Health
from mailsync.worker.intake import Fetcher
from mailsync.worker.letters import LetterHandler
from mailsync.worker.notices import Notices
from mailsync.worker.processor import Handler, Processor
from mailsync.worker.recent import RecentReadings
from mailsync.worker.sent_folder import SentFolder
from mailsync.worker.surroundings import Surroundings

ALWAYS_NEEDED = ("confirmation", "request")  # templates
STOP_GRACE = 6.0  # seconds that running effects get to reach a safe point; the whole exit stays within 10


@dataclass(slots=True)
class Neighbours:
    """The adapters, real or in memory. `authorize` takes the query of an OAuth2 redirect,
    `token_days` tells how long the token lives, `crm_answers` counts AmoCRM's answers by status."""

    mailbox: Mailbox
    submission: Submission
    crm: Crm
    reader: LetterReader
    authenticator: Authenticator | None = None
    subscriptions: Subscriptions | None = None
    authorize: Callable[[Mapping[str, str]], Awaitable[None]] | None = None
    token_days: Callable[[], Awaitable[int | None]] | None = None
    crm_answers: Callable[[], Mapping[str, int]] = dict


@dataclass(slots=True)
class Worker:
    """The assembled worker."""

    config: Config
    journal: Journal
    health: Health
    notices: Notices
    fetcher: Fetcher
    processor: Processor
    hooks: HookIntake
    reconciler: Reconciler
    neighbours: Neighbours
    clock: Clock

    async def run_once(self) -> int:
        """Fetch all that is new, carry out all that is due. Exit status 0, 1 (something waits or is parked) or 2."""
        fetched = True
        try:
            await self.fetcher.fetch_once()
        except MailsyncError as failure:
            self.health.failed("imap", failure)
            fetched = False
        await self.processor.drain()
        await self.come_to_rest()
        counts = await self.journal.desk.counts()
        if not fetched:
            return 2
        return 1 if counts["waiting"] or counts["parked"] else 0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then come to rest."""
        loops = [
            asyncio.create_task(self.fetcher.run(), name="intake"),
            asyncio.create_task(self.processor.run(), name="processor"),
        ]
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([*loops, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in (*loops, stopping):
            task.cancel()
        await asyncio.gather(*loops, stopping, return_exceptions=True)
        await self.come_to_rest()
        for task in done & set(loops):
            task.result()  # a loop that ended by itself met a defect: let it be seen

    async def come_to_rest(self) -> None:
        """Let what runs reach a safe point, and hang up."""
        await self.processor.stop(STOP_GRACE)
        await self.processor.executor.letter_hands.sent_folder.close()


def own_of(config: Config) -> Own:
    """Who we are, by the settings."""
    own = config.own
    addresses = {config.mailbox.username, config.smtp.sender or config.mailbox.username, *own.addresses}
    return Own(
        addresses=frozenset(address.lower() for address in addresses if address),
        domains=frozenset(domain.lower() for domain in own.domains),
        phones=frozenset(own.phones),
        companies=frozenset(own.companies),
        telegram=frozenset(own.telegram),
        inns=frozenset(own.inns),
    )


def reading_context(config: Config) -> ReadingContext:
    return ReadingContext(
        own=own_of(config),
        authserv_id=config.authentication.authserv_id or None,
        forms=tuple(FormRule(**form.model_dump()) for form in config.forms),
    )


def rules_of(config: Config) -> Rules:
    """The settings that deciding obeys."""
    return Rules(
        confirm=config.confirmations.enabled,
        per_address_per_day=config.confirmations.per_address_per_day,
        per_hour=config.confirmations.per_hour,
        tag=config.amocrm.tag,
        sent_copy=bool(config.smtp.sent_folder),
    )


def composer_of(config: Config) -> Composer:
    """Who our letters are from, and their templates."""
    mailbox_address = config.mailbox.username
    sender = config.smtp.sender or mailbox_address
    return Composer(
        sender, config.smtp.sender_name, mailbox_address, config.smtp.copy_to_self, config.confirmations.templates
    )


def check_templates(config: Config) -> None:
    """Every template that may be needed can be used. Raises SettingsError with those that cannot."""
    composer, problems = composer_of(config), []
    wanted: dict[str, tuple[str, ...]] = {"confirmations.templates": ALWAYS_NEEDED}
    for status, name in config.confirmations.on_status.items():
        if name != NONE:
            wanted[f"confirmations.on_status.{status}"] = (name,)
    for key, names in wanted.items():
        for name in names:
            try:
                composer.render(sample(name))
            except PermanentFailure as failure:
                problems.append((key, str(failure)))
    if problems:
        raise SettingsError(problems)


def field_ids(config: Config) -> FieldIds:
    """Where the digital passport finds a machine on a lead."""
    known = config.amocrm.fields
    return FieldIds(
        known.serial_number, known.equipment_model, known.telegram_id, known.service_status, known.maintenance_date
    )


async def letters_of(
    config: Config, journal: Journal, crm: Crm, clock: Clock, surroundings: Surroundings
) -> list[Reaction]:
    """The letters that customers get when a manager moves a lead, where there are any."""
    templates = {int(status): name for status, name in config.confirmations.on_status.items() if name != NONE}
    if not templates:
        return []
    since = float(await journal.hooks.remember_first("status_letters_since", repr(clock.now())))
    rules, own, pipeline = rules_of(config), own_of(config), config.amocrm.pipeline_id
    return [StatusLetters(journal, crm, clock, surroundings, templates, rules, own, since, pipeline)]


async def assemble(config: Config, journal: Journal, neighbours: Neighbours, clock: Clock | None = None) -> Worker:
    """Wire the worker from its journal and neighbours."""
    clock = clock or SystemClock()
    await journal.work.try_at_once(clock.now())
    chance = random.SystemRandom().random
    health = Health(clock, chance)
    context = reading_context(config)
    composer = composer_of(config)
    reader = RecentReadings(neighbours.reader)
    crm_hands = CrmHands(neighbours.crm, journal, reader, context, clock)
    letter_hands = LetterHands(
        journal, neighbours.submission, SentFolder(neighbours.mailbox, config.smtp.sent_folder), composer, clock
    )
    key = await journal.knowledge.signing_key()
    surroundings = Surroundings(journal, neighbours.crm, clock, key, composer.sender.rpartition("@")[2])
    rules, crm = rules_of(config), neighbours.crm
    account = AccountKeeper(journal, crm, config.amocrm.account_id, config.amocrm.subdomain)
    passport = PassportReaction(journal, clock, field_ids(config))
    letters = await letters_of(config, journal, crm, clock, surroundings)
    reactions: list[Reaction] = [*([passport] if passport.ids.serial_number else []), *letters]
    requests = RequestHandler(reader, context, surroundings, rules)
    handlers: dict[str, Handler] = {
        "letter": LetterHandler(reader, context, surroundings, rules, neighbours.authenticator),
        **dict.fromkeys(SOURCES, requests),
        TEST_SOURCE: ConnectionTestHandler(),
        PASSPORT: PassportHandler(journal, crm, clock, field_ids(config)),
        WEBHOOK: HookHandler(crm, account, reactions),
    }
    processor = Processor(
        journal=journal,
        handlers=handlers,
        executor=Executor(journal, crm_hands, letter_hands, clock, health, config.amocrm.settle_seconds),
        clock=clock,
        health=health,
        chance=chance,
    )
    actions = frozenset({"status"}).union(*(reaction.actions for reaction in reactions))
    fetcher = Fetcher(
        mailbox=neighbours.mailbox,
        journal=journal,
        clock=clock,
        health=health,
        folder=config.mailbox.folder,
        poll_interval=config.mailbox.poll_interval,
        arrived=processor.wake,
        after=config.mailbox.after,
        first_start=config.mailbox.first_start,
    )
    return Worker(
        config=config,
        journal=journal,
        health=health,
        notices=Notices(),
        fetcher=fetcher,
        processor=processor,
        hooks=HookIntake(journal, account, clock, actions, processor.wake),
        reconciler=Reconciler(journal, crm, account, clock, actions, processor.wake, wanted=passport.concerns),
        neighbours=neighbours,
        clock=clock,
    )
