"""What stands at a selector, as rules see it."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Absent, Records, readable
from mailsync.dnscheck.subject import Subject

KEY_FROM_PROVIDER = "v=DKIM1; k=rsa; p=…"
"""What a key record looks like; the key itself is the provider's to give."""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """The TXT answer at `<selector>._domainkey.<domain>`, present or absent, never failed."""

    subject: Subject
    selector: str
    answer: Records | Absent

    @property
    def name(self) -> str:
        return key_name(self.subject, self.selector)

    @property
    def texts(self) -> tuple[bytes, ...]:
        return self.answer.texts if isinstance(self.answer, Records) else ()

    @property
    def seen(self) -> str:
        """The outcome, with the names that an alias led to and the texts found there."""
        aliases = "".join(f"CNAME {alias}: " for alias in self.answer.aliases)
        return aliases + (" / ".join(map(readable, self.texts)) or str(self.answer))

    def finding(self, identifier: str, severity: Severity, why: Text, remedy: Remedy, reference: str) -> Finding:
        return Finding(identifier, severity, self.name, self.seen, why, remedy, reference)

    def enter(self, value: str, ru: str, en: str) -> Remedy:
        return Remedy(Text(ru, en), self.subject.entry(self.name, "TXT", value))


def key_name(subject: Subject, selector: str) -> str:
    return f"{selector}._domainkey.{subject.domain}"
