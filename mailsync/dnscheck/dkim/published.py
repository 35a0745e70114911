"""What stands at a selector, as rules see it."""

from __future__ import annotations

from dataclasses import dataclass

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Lookup, Records
from mailsync.dnscheck.subject import Subject


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """The TXT answer at `<selector>._domainkey.<domain>`; never a failed one."""

    subject: Subject
    selector: str
    answer: Lookup

    @property
    def name(self) -> str:
        return key_name(self.subject, self.selector)

    @property
    def texts(self) -> tuple[bytes, ...]:
        return self.answer.texts if isinstance(self.answer, Records) else ()

    @property
    def seen(self) -> str:
        """The outcome, with the names that an alias led to and the texts found there."""
        aliases = "" if isinstance(self.answer, Records) and not self.answer.aliases else _aliases(self.answer)
        return aliases + (" / ".join(map(shown, self.texts)) or str(self.answer))

    def finding(self, identifier: str, severity: Severity, why: Text, remedy: Remedy, reference: str) -> Finding:
        return Finding(identifier, severity, self.name, self.seen, why, remedy, reference)

    def enter(self, value: str, ru: str, en: str) -> Remedy:
        return Remedy(Text(ru, en), self.subject.entry(self.name, "TXT", value))


def key_name(subject: Subject, selector: str) -> str:
    return f"{selector}._domainkey.{subject.domain}"


def shown(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")


def say(ru: str, en: str) -> Remedy:
    """A remedy that is no record: only the provider has the key."""
    return Remedy(Text(ru, en))


def _aliases(answer: Lookup) -> str:
    aliases = getattr(answer, "aliases", ())
    return "".join(f"CNAME {alias}: " for alias in aliases)
