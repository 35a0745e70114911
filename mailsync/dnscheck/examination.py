"""The checks of one domain, started together; one that needs another's outcome waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import date, datetime
from ipaddress import ip_address

from mailsync.dnscheck.dkim import lint as dkim
from mailsync.dnscheck.dkim.lint import DkimReport
from mailsync.dnscheck.dmarc import lint as dmarc
from mailsync.dnscheck.dmarc.discovery import Discovery
from mailsync.dnscheck.finding import Finding, Severity
from mailsync.dnscheck.lookup import DirectResolver, Mx, Records
from mailsync.dnscheck.neighbours import (
    bimi,
    dane,
    dnssec,
    mtasts,
    mx,
    name_servers,
    ptr,
    spreading,
    starttls,
    stray_names,
    tlsrpt,
)
from mailsync.dnscheck.profile import BEGET
from mailsync.dnscheck.settings import DnsSettings
from mailsync.dnscheck.spf import SpfResult
from mailsync.dnscheck.spf import lint as spf
from mailsync.dnscheck.spf.lint import SpfReport
from mailsync.dnscheck.subject import Subject, subject_of
from mailsync.dnscheck.unanswered import unfinished
from mailsync.dnscheck.verdict import judge_letter, judge_senders

_GROUPS = (
    "spf",
    "dkim",
    "dmarc",
    "mx",
    "ptr",
    "mtasts",
    "tlsrpt",
    "dane",
    "dnssec",
    "ns",
    "zone",
    "bimi",
    "eval",
    "tls",
)
_LAST = "spreading"
"""Comes after all others and is only told if there was time for it."""
_USUAL_SELECTORS = BEGET.selectors
"""Tried where none is configured; a key found there is as good as one that was named."""

Found = list[Finding]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What one check has to know beside the settings.

    `now` is aware. `probe` is a random label that nobody can have entered. `letter` is one that the domain sent, its
    exact octets. `first_seen` is the day on which `p=none` was first met (None: not known).
    """

    now: datetime
    probe: str
    letter: bytes | None = None
    first_seen: date | None = None


class Examination:
    """One run for `settings.domain` (A-labels). What has been found out by the time it is stopped can be read."""

    def __init__(
        self,
        settings: DnsSettings,
        occasion: Occasion,
        resolver: DirectResolver,
        policies: mtasts.PolicySource,
        mail_servers: starttls.MailServerProbe | None,
    ) -> None:
        self._settings = settings
        self._occasion = occasion
        self._resolver = resolver
        self._policies = policies
        self._mail_servers = mail_servers
        self._tasks: dict[str, asyncio.Task[Found]] = {}
        self._voices: tuple[name_servers.Voice, ...] = ()
        self.spf: SpfReport | None = None
        self.dkim: DkimReport | None = None
        self.dmarc: Discovery | None = None
        self.mx: tuple[Mx, ...] | None = None

    async def run(self) -> None:
        """Start everything and wait for it; a fault of the program in any check is raised here."""
        subject = await subject_of(self._settings.domain, self._resolver, self._settings.profile.panel)
        self._start("mx", self._mx(subject))
        self._start("spf", self._spf(subject))
        self._start("dmarc", self._dmarc(subject))
        self._start("dkim", self._dkim(subject))
        self._start("ptr", self._ptr())
        self._start("mtasts", self._mtasts(subject))
        self._start("tlsrpt", tlsrpt.lint(subject, self._resolver))
        self._start("dane", self._dane())
        self._start("dnssec", dnssec.lint(subject, self._resolver))
        self._start("ns", self._name_servers(subject))
        self._start("zone", stray_names.lint(subject, self._resolver, self._occasion.probe))
        self._start("bimi", self._bimi(subject))
        self._start("eval", self._eval(subject))
        self._start("tls", self._tls())
        await asyncio.gather(*self._tasks.values())
        self._start(_LAST, self._spreading())
        await self._tasks[_LAST]

    async def stop(self) -> None:
        """Give up what has not finished."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def findings(self) -> Found:
        """After `stop`: what the finished checks have found, and one finding for each that did not finish."""
        found = []
        for group in self._wanted():
            task = self._tasks.get(group)
            if task is None or task.cancelled():
                found.append(unfinished(_id(group), group, self._settings.domain, self._settings.timeout))
            else:
                found += task.result()
        last = self._tasks.get(_LAST)
        return found + last.result() if last and not last.cancelled() else found

    def _wanted(self) -> list[str]:
        idle = {"tls"} if self._mail_servers is None else set()
        if not self._settings.sending_ips:
            idle |= {"ptr"} if self._occasion.letter is not None else {"ptr", "eval"}
        return [group for group in _GROUPS if group not in idle]

    def _start(self, group: str, check: Coroutine[None, None, Found]) -> None:
        self._tasks[group] = asyncio.create_task(check)

    async def _after(self, *groups: str) -> None:
        """Wait for other checks; who waits may be given up without harm to them."""
        await asyncio.wait([self._tasks[group] for group in groups])

    async def _mx(self, subject: Subject) -> Found:
        self.mx, found = await mx.lint(subject, self._resolver, self._settings.profile)
        return found

    async def _spf(self, subject: Subject) -> Found:
        self.spf, found = await spf.lint(
            subject,
            self._resolver,
            provider=self._settings.profile.spf_domain or None,
            sending_ips=self._settings.sending_ips,
            sender=self._settings.mailbox,
        )
        return found

    async def _dmarc(self, subject: Subject) -> Found:
        self.dmarc, found = await dmarc.lint(
            subject,
            self._resolver,
            today=self._occasion.now.date(),
            first_seen=self._occasion.first_seen,
            mailbox=self._settings.mailbox,
        )
        return found

    async def _dkim(self, subject: Subject) -> Found:
        aligned = None
        if self._occasion.letter is not None:
            await self._after("spf")
            results = self.spf.results.values() if self.spf else ()
            aligned = any(result.result is SpfResult.PASS for result in results) if results else None
        self.dkim, found = await dkim.lint(
            subject,
            self._resolver,
            selectors=await self._selectors(subject),
            probe=self._occasion.probe,
            now=self._occasion.now,
            letter=self._occasion.letter,
            provider=self._settings.profile.support or None,
            accepted_bits=self._settings.profile.rsa_bits,
            spf_aligned=aligned,
        )
        return found

    async def _selectors(self, subject: Subject) -> tuple[str, ...]:
        if self._settings.selectors:
            return self._settings.selectors
        names = [f"{selector}._domainkey.{subject.domain}" for selector in _USUAL_SELECTORS]
        outcomes = await asyncio.gather(*(self._resolver.lookup(name, "TXT") for name in names))
        return tuple(
            selector
            for selector, outcome in zip(_USUAL_SELECTORS, outcomes, strict=True)
            if isinstance(outcome, Records)
        )

    async def _ptr(self) -> Found:
        addresses = [ip_address(address) for address in self._settings.sending_ips]
        checks = (ptr.lint(address, self._resolver, self._settings.profile) for address in addresses)
        return [finding for found in await asyncio.gather(*checks) for finding in found]

    async def _name_servers(self, subject: Subject) -> Found:
        self._voices, found = await name_servers.lint(subject, self._resolver, self._settings.profile)
        return found

    async def _spreading(self) -> Found:
        """For what has to be entered: somebody may have entered it already."""
        wrong = [finding for task in self._tasks.values() if task.done() for finding in task.result()]
        entered = {
            (finding.name, finding.remedy.entry.rdtype)
            for finding in wrong
            if finding.remedy.entry and finding.severity in {Severity.CRITICAL, Severity.WARNING}
        }
        return await spreading.lint(sorted(entered), self._voices, self._resolver)

    async def _mtasts(self, subject: Subject) -> Found:
        await self._after("mx")
        return await mtasts.lint(subject, self._resolver, self._policies, self.mx)

    async def _dane(self) -> Found:
        await self._after("mx")
        return await dane.lint(self.mx or (), self._resolver)

    async def _bimi(self, subject: Subject) -> Found:
        await self._after("dmarc")
        return await bimi.lint(subject, self._resolver, self.dmarc)

    async def _eval(self, subject: Subject) -> Found:
        await self._after("spf", "dkim")
        results = self.spf.results if self.spf else {}
        if self._occasion.letter is not None:
            signatures = (self.dkim.signatures if self.dkim else None) or []
            return await judge_letter(subject, self._occasion.letter, signatures, results, self._resolver)
        signed = self.dkim is not None and any(selector.key for selector in self.dkim.selectors)
        return await judge_senders(subject, results, self._resolver, signed=signed)

    async def _tls(self) -> Found:
        if self._mail_servers is None:
            return []
        await self._after("mx")
        return await starttls.lint(self.mx or (), self._resolver, self._mail_servers)


def _id(group: str) -> str:
    return "dmarc.eval" if group == "eval" else f"{group}.unanswered"
