"""The whole check of a domain: every standard at once, one deadline for all; what did not finish is unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from mailsync.dnscheck.examination import Examination, Occasion
from mailsync.dnscheck.finding import Finding
from mailsync.dnscheck.lookup import DirectResolver
from mailsync.dnscheck.names import ascii_name
from mailsync.dnscheck.neighbours.mtasts import PolicySource
from mailsync.dnscheck.neighbours.starttls import MailServerProbe
from mailsync.dnscheck.recording import RecordingResolver
from mailsync.dnscheck.report import DomainReport, in_order
from mailsync.dnscheck.settings import AcceptedFinding, DnsSettings


class Checker:
    """Checks one domain after another with the same neighbours.

    `resolver_names` are shown in reports. `mail_servers` is None where port 25 is not to be tried. `clock` counts
    seconds (`time.monotonic`).
    """

    def __init__(
        self,
        resolver: DirectResolver,
        policies: PolicySource,
        clock: Callable[[], float],
        *,
        resolver_names: Sequence[str] = (),
        mail_servers: MailServerProbe | None = None,
    ) -> None:
        self._resolver = resolver
        self._policies = policies
        self._clock = clock
        self._resolver_names = tuple(resolver_names)
        self._mail_servers = mail_servers

    async def check(self, settings: DnsSettings, occasion: Occasion) -> DomainReport:
        """Everything about `settings.domain`, within `settings.timeout` seconds. Raises BadNameError for the domain."""
        began = self._clock()
        settings = replace(settings, domain=ascii_name(settings.domain))
        resolver = RecordingResolver(self._resolver, self._clock)
        examination = Examination(settings, occasion, resolver, self._policies, self._mail_servers)
        try:
            async with asyncio.timeout(settings.timeout):
                await examination.run()
        except TimeoutError:
            pass  # the examination tells what is missing
        finally:
            await examination.stop()
            await resolver.close()
        found, accepted = _sorted_out(examination.findings(), settings.accepted, occasion.now.date())
        return DomainReport(
            domain=settings.domain,
            checked_at=occasion.now,
            findings=in_order(found),
            accepted=tuple(accepted),
            spf=examination.spf,
            dkim=examination.dkim,
            dmarc=examination.dmarc,
            mx=examination.mx,
            resolvers=self._resolver_names,
            queries=tuple(resolver.queries),
            seconds=self._clock() - began,
        )


def _sorted_out(
    findings: Iterable[Finding], accepted: Sequence[AcceptedFinding], today: date
) -> tuple[list[Finding], list[tuple[Finding, AcceptedFinding]]]:
    """Those that count, and those that somebody has accepted."""
    counting, tolerated = [], []
    for finding in findings:
        grounds = next((each for each in accepted if each.covers(finding.id, today)), None)
        if grounds is None:
            counting.append(finding)
        else:
            tolerated.append((finding, grounds))
    return counting, tolerated
