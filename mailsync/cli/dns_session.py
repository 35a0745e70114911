"""What `check-dns` does once its arguments are understood: check each domain, perhaps again and again, and print."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mailsync import __version__
from mailsync.dnscheck.checker import Checker
from mailsync.dnscheck.examination import Occasion
from mailsync.dnscheck.finding import Finding, Severity
from mailsync.dnscheck.https import HttpsPolicySource
from mailsync.dnscheck.profile import PROFILES
from mailsync.dnscheck.report import CheckResult, DomainReport, in_order, worst_of
from mailsync.dnscheck.resolver import DnsResolver, nameservers
from mailsync.dnscheck.settings import AcceptedFinding, DnsSettings
from mailsync.errors import PermanentFailure

_MOST_AT_ONCE = 8
_LONGEST_LETTER = 64 * 1024 * 1024
_LONGEST_PAUSE = 60.0

Announce = Callable[[DomainReport], None]


def check_and_print(args: argparse.Namespace, settings: DnsSettings | None = None) -> int:
    """Returns the exit code. Raises MailsyncError and BadNameError for what was asked wrongly."""
    known = settings or DnsSettings()
    wanted = [_adapted(known, domain, args) for domain in args.domains or [known.domain]]
    letter = _letter(args.eml, wanted)
    with _progress(len(wanted)) as announce:
        reports = asyncio.run(_checked(args, known, wanted, letter, announce))
    code = exit_code(worst_of(report.result for report in reports), args.fail_on)
    if code or not args.quiet:
        _print(reports, args)
    return code


def exit_code(result: CheckResult, fail_on: str) -> int:
    """`fail_on`: the least severity that is worth a code of its own ("critical", "warning", "never")."""
    if fail_on == "never" or (fail_on == "critical" and result is CheckResult.WARNING):
        return 0
    return result.exit_code


def escalated(report: DomainReport) -> DomainReport:
    """The report for those to whom a DNS that does not answer is critical."""
    return replace(report, findings=in_order(_worse(finding) for finding in report.findings))


def _worse(finding: Finding) -> Finding:
    unanswered = finding.severity is Severity.UNKNOWN and finding.id.endswith(".unanswered")
    return replace(finding, severity=Severity.CRITICAL) if unanswered else finding


def _adapted(known: DnsSettings, domain: str, args: argparse.Namespace) -> DnsSettings:
    """The settings for one domain, the command line's word before the file's."""
    if "@" in domain or "/" in domain:
        raise PermanentFailure(
            f"{domain[:80]!r} is not a domain name.", cure="Give the part after @, or the host of the URL."
        )
    settings = known.for_domain(domain)
    if args.profile:
        profile = PROFILES[args.profile]
        settings = replace(settings, profile=profile, selectors=settings.selectors or profile.selectors)
    return replace(
        settings,
        selectors=tuple(args.selector) if args.selector else settings.selectors,
        sending_ips=tuple(args.ip) if args.ip else settings.sending_ips,
        timeout=args.timeout or settings.timeout,
        accepted=(*settings.accepted, *(AcceptedFinding(identifier, "--ignore") for identifier in args.ignore)),
    )


def _letter(path: str | None, wanted: Sequence[DnsSettings]) -> bytes | None:
    if path is None:
        return None
    if len(wanted) > 1:
        raise PermanentFailure("--eml is the letter of one domain.", cure="Name a single domain.")
    try:
        with contextlib.nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb") as file:
            return file.read(_LONGEST_LETTER)
    except OSError as error:
        raise PermanentFailure(f"the letter cannot be read: {error}.", cure="Give the path of an .eml file.") from error


async def _checked(
    args: argparse.Namespace,
    known: DnsSettings,
    wanted: Sequence[DnsSettings],
    letter: bytes | None,
    announce: Announce,
) -> list[DomainReport]:
    """The reports in the order of the domains."""
    checker = _checker(args, known)
    places = asyncio.Semaphore(_MOST_AT_ONCE)

    async def checked(settings: DnsSettings) -> DomainReport:
        async with places:
            report = await _until_well(checker, settings, letter, args)
        announce(report)
        return report

    return list(await asyncio.gather(*(checked(settings) for settings in wanted)))


def _checker(args: argparse.Namespace, known: DnsSettings) -> Checker:
    servers = nameservers(args.resolver or known.resolver)
    mail_servers = None
    if args.starttls:
        from mailsync.dnscheck.smtp_probe import SmtpProbe  # noqa: PLC0415 - only who asks for it pays for it

        mail_servers = SmtpProbe()
    return Checker(
        DnsResolver(servers),
        HttpsPolicySource(),
        time.monotonic,
        resolver_names=[str(server) for server in servers],
        mail_servers=mail_servers,
    )


async def _until_well(
    checker: Checker, settings: DnsSettings, letter: bytes | None, args: argparse.Namespace
) -> DomainReport:
    """One check, or, with --wait, as many as it takes; the last report counts."""
    give_up = time.monotonic() + (args.wait or 0)
    pause = min(_LONGEST_PAUSE, max(1.0, (args.wait or 0) / 10))
    while True:
        occasion = Occasion(datetime.now(UTC), f"check-{secrets.token_hex(6)}", letter)
        report = await checker.check(settings, occasion)
        if args.dns_failure == "critical":
            report = escalated(report)
        if exit_code(report.result, args.fail_on) == 0 or time.monotonic() + pause > give_up:
            return report
        if sys.stderr.isatty():
            print(f"{report.domain_unicode}: {report.result}, {pause:g} s…", file=sys.stderr)
        await asyncio.sleep(pause)


@contextlib.contextmanager
def _progress(domains: int) -> Iterator[Announce]:
    """A bar on a terminal when there are several domains; it goes to stderr, away from the report."""
    if domains < 2 or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - loaded for a terminal only
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - as above

    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("check-dns", total=domains)
        yield lambda report: progress.update(task, advance=1, description=f"{report.domain_unicode}: {report.result}")


def _print(reports: Sequence[DomainReport], args: argparse.Namespace) -> None:
    """Only the wanted form is loaded."""
    if args.format == "json":
        from mailsync.dnscheck.output import json_lines  # noqa: PLC0415 - see above

        for report in reports:
            print(json_lines.render(report, args.lang, tool_version=__version__, trace=args.trace))
    elif args.format == "nagios":
        from mailsync.dnscheck.output import nagios  # noqa: PLC0415 - see above

        print(nagios.render(reports, args.lang))
    else:
        from rich.console import Console  # noqa: PLC0415 - see above

        from mailsync.dnscheck.output import table  # noqa: PLC0415 - see above

        table.render(reports, Console(highlight=False), args.lang, trace=args.trace)
