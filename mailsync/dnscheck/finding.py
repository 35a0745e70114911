"""What the checker has to say about a domain: one `Finding` for each thing that a person should know or mend."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Language = Literal["ru", "en"]


class Severity(StrEnum):
    """How bad it is, worst first; a known fault is worse than an unanswered question."""

    CRITICAL = "critical"  # mail is or will be refused, or anyone may forge the domain with a pass
    UNKNOWN = "unknown"  # could not be found out
    WARNING = "warning"  # works today, fragile or below what large receivers ask
    INFO = "info"  # an improvement, or a fact worth knowing

    @property
    def exit_code(self) -> int:
        """What the severity means to monitoring (Nagios plugin API)."""
        return {"critical": 2, "unknown": 3, "warning": 1, "info": 0}[self.value]

    @property
    def rank(self) -> int:
        """0 is worst; for sorting."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Text:
    """One statement in the languages of its readers."""

    ru: str
    en: str

    def said(self, language: Language) -> str:
        return self.ru if language == "ru" else self.en


class Panel(StrEnum):
    """Whose web page a zone's records are typed into."""

    RU_CENTER = "RU-CENTER"
    OTHER = ""  # not known, or not ours


@dataclass(frozen=True, slots=True)
class ZoneEntry:
    """A record as it is typed into the zone's panel: `name` is relative to `zone` (`@` is the zone itself)."""

    zone: str
    name: str
    rdtype: str
    value: str
    panel: Panel = Panel.RU_CENTER

    def where(self, language: Language) -> str:
        """The way to the zone."""
        hosting = _HOSTING[language]
        return f"{self.panel}, {hosting} {self.zone}" if self.panel else f"{hosting} {self.zone}"

    def said(self, language: Language) -> str:
        """The entry and the way to it; RU-CENTER serves a change only after the zone was committed («выгрузить»)."""
        tail = _COMMIT[language] if self.panel is Panel.RU_CENTER else ""
        return f"{self.where(language)}: {self.rdtype}, {_NAME[language]} `{self.name}`: `{self.value}`{tail}"


_NAME = {"ru": "имя", "en": "name"}
_HOSTING = {"ru": "DNS-хостинг, зона", "en": "DNS hosting, zone"}
_COMMIT = {"ru": "; затем «Выгрузить зону»", "en": "; then commit the zone («Выгрузить зону»)"}


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do, in words; `entry` is the literal record where entering one is the cure."""

    text: Text
    entry: ZoneEntry | None = None

    def said(self, language: Language) -> str:
        words = self.text.said(language)
        return f"{words} {self.entry.said(language)}" if self.entry else words


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a check.

    `id` is stable and dotted ("spf.lookups-over"), `name` the DNS name it is about, `seen` the raw evidence (a record,
    an outcome, a list of terms) in no human language, `why` what it leads to, `reference` the RFC and section.
    """

    id: str
    severity: Severity
    name: str
    seen: str
    why: Text
    remedy: Remedy
    reference: str


def advice(ru: str, en: str) -> Remedy:
    """A remedy in words alone."""
    return Remedy(Text(ru, en))
