"""The composition root: the only place that builds adapters."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

from mailsync.amocrm import OAuth, open_amocrm
from mailsync.clock import SystemClock
from mailsync.config import Config
from mailsync.dnscheck.authenticator import DnsAuthenticator
from mailsync.dnscheck.checker import Checker
from mailsync.dnscheck.configured import dns_settings
from mailsync.dnscheck.examination import Occasion
from mailsync.dnscheck.https import HttpsPolicySource
from mailsync.dnscheck.report import DomainReport
from mailsync.dnscheck.resolver import DnsResolver, nameservers
from mailsync.hooks.subscription import PATH, SubscriptionWatch, events_of
from mailsync.imap import ImapMailbox, ImapSettings
from mailsync.isolation import ReaderPool
from mailsync.jobs import Jobs
from mailsync.journal.account import StoredContactIndex, StoredTokens
from mailsync.journal.dns import DnsHistory
from mailsync.journal.journal import Journal, beside
from mailsync.operator import ways_of
from mailsync.ports import Clock
from mailsync.smtp import SmtpSettings, SmtpSubmission
from mailsync.tls import Security
from mailsync.web import mini_app, passport
from mailsync.web.app import create_app
from mailsync.web.keys import keys_of
from mailsync.web.server import serve
from mailsync.web.services import Services
from mailsync.worker.alarms import Alarms
from mailsync.worker.assembly import Neighbours, Worker, assemble, check_templates
from mailsync.worker.dns_watch import DnsWatch


def mailbox_of(config: Config) -> ImapMailbox:
    """The mailbox over IMAP. Raises SettingsError where its settings cannot be used."""
    mailbox = config.mailbox
    return ImapMailbox(
        ImapSettings(
            host=mailbox.host,
            port=mailbox.port,
            security=Security(mailbox.security),
            ca_file=Path(mailbox.ca_file) if mailbox.ca_file else None,
            username=mailbox.username,
            password=mailbox.password.get_secret_value(),
            folder=mailbox.folder,
            idle=mailbox.idle,
            connect_timeout=mailbox.timeout,
            command_timeout=mailbox.timeout,
            max_letter_size=mailbox.max_letter_megabytes * 1_000_000,
        )
    )


def submission_of(config: Config) -> SmtpSubmission:
    """The SMTP server that confirmations leave by. Raises SettingsError where its settings cannot be used."""
    smtp, mailbox = config.smtp, config.mailbox
    password = smtp.password.get_secret_value() or mailbox.password.get_secret_value()
    return SmtpSubmission(
        SmtpSettings(
            host=smtp.host,
            port=smtp.port,
            security=Security(smtp.security),
            ca_file=Path(smtp.ca_file) if smtp.ca_file else None,
            username=smtp.username or mailbox.username,
            password=password,
            command_timeout=smtp.timeout,
            data_timeout=smtp.data_timeout,
        )
    )


def authenticator_of(config: Config) -> DnsAuthenticator | None:
    """Our own look at signatures, where the settings want it."""
    if not config.authentication.verify_dkim:
        return None
    servers = nameservers(config.dns.resolver or None)
    return DnsAuthenticator(lambda: DnsResolver(servers))


def dns_watch_of(config: Config, journal: Journal, clock: Clock) -> DnsWatch:
    """The scheduled look at our domain."""
    settings = dns_settings(config)
    servers = nameservers(settings.resolver)
    checker = Checker(
        DnsResolver(servers), HttpsPolicySource(), time.monotonic, resolver_names=[str(one) for one in servers]
    )

    async def check(first_seen: date | None) -> DomainReport:
        occasion = Occasion(datetime.now(UTC), f"check-{secrets.token_hex(6)}", first_seen=first_seen)
        return await checker.check(settings, occasion)

    return DnsWatch(check, settings.domain, DnsHistory(journal.database), clock)


def tokens_of(config: Config, journal: Journal) -> StoredTokens:
    """AmoCRM's token pair in the journal; its lock is beside it."""
    return StoredTokens(journal.database, beside(config.journal.url, ".token-lock"))


@asynccontextmanager
async def open_authorization(config: Config) -> AsyncIterator[OAuth]:
    """OAuth2 by hand, beside a worker that may be running."""
    with Journal.open(config.journal.url) as journal:
        index = StoredContactIndex(journal.database)
        async with open_amocrm(config.amocrm, tokens_of(config, journal), index) as crm:
            yield OAuth(crm.client, journal.states, SystemClock())


@asynccontextmanager
async def open_worker(config: Config) -> AsyncIterator[Worker]:
    """The worker with its real adapters; everything is closed at the end."""
    check_templates(config)
    async with AsyncExitStack() as stack:
        journal = stack.enter_context(Journal.open(config.journal.url))
        limits = config.reading
        reader = ReaderPool(workers=limits.processes, seconds=limits.seconds, megabytes=limits.megabytes)
        stack.callback(reader.close)
        tokens = tokens_of(config, journal)
        index = StoredContactIndex(journal.database)
        crm = await stack.enter_async_context(open_amocrm(config.amocrm, tokens, index))
        submission = submission_of(config)
        stack.push_async_callback(submission.close)
        neighbours = Neighbours(
            mailbox=mailbox_of(config),
            submission=submission,
            crm=crm,
            reader=reader,
            authenticator=authenticator_of(config),
            subscriptions=crm,
            authorize=OAuth(crm.client, journal.states, SystemClock()).redirected,
            token_days=crm.token_days,
            crm_answers=lambda: crm.answers,
        )
        worker = await assemble(config, journal, neighbours)
        alarms = Alarms(worker.health, worker.clock, ways_of(config, submission))
        alarms.listen()
        stack.push_async_callback(alarms.close)
        yield worker


@asynccontextmanager
async def open_endpoint(config: Config, worker: Worker) -> AsyncIterator[int]:
    """The web endpoint and the scheduled jobs beside a worker; yields the port."""
    jobs = jobs_of(config, worker)
    app = create_app(services_of(config, worker, jobs), passport.router, mini_app.router)
    async with serve(app, config.web.host, config.web.port) as port, jobs.running():
        yield port


def hook_place(config: Config) -> str:
    """Where AmoCRM sends its events: the endpoint's public address, else the OAuth2 redirect, which is the same."""
    return f"{config.web.public_url}{PATH}" if config.web.public_url else config.amocrm.redirect_uri.rstrip("/")


def jobs_of(config: Config, worker: Worker) -> Jobs:
    """The scheduled jobs of a worker."""
    neighbours, watch = worker.neighbours, None
    if neighbours.subscriptions:
        watch = SubscriptionWatch(
            subscriptions=neighbours.subscriptions,
            notices=worker.notices,
            place=hook_place(config),
            key=next(iter(keys_of(config.web.webhook_key)), ""),
            events=events_of(worker.hooks.actions),
            ensure=bool(config.web.public_url),
        )
    return Jobs(
        config=config,
        journal=worker.journal,
        clock=worker.clock,
        notices=worker.notices,
        reconciler=worker.reconciler,
        watch=watch,
        token_days=neighbours.token_days,
        watch_intake=worker.fetcher.watch,
        look_at_dns=dns_watch_of(config, worker.journal, worker.clock).look,
    )


def services_of(config: Config, worker: Worker, jobs: Jobs) -> Services:
    """What the endpoint needs of a worker."""
    services = Services(
        settings=config.web,
        journal=worker.journal,
        health=worker.health,
        notices=worker.notices,
        clock=worker.clock,
        hooks=worker.hooks,
        wake=worker.processor.wake,
        polled_at=lambda: worker.fetcher.polled_at,
        poll_interval=config.mailbox.poll_interval,
        started_at=worker.clock.now(),
        jobs=jobs,
        crm_answers=worker.neighbours.crm_answers,
        authorize=worker.neighbours.authorize,
        bot_token=config.telegram.bot_token,
    )
    worker.reconciler.found = services.metrics.reconciled.inc
    return services


@asynccontextmanager
async def until_signal() -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def asked() -> None:
        if stop.is_set():
            os._exit(130)  # asked twice: what is journaled is safe, nothing else is waited for
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError):
                loop.remove_signal_handler(number)
