"""MTA-STS: the promise that the domain's mail servers encrypt (RFC 8461): a TXT, and a policy over HTTPS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mailsync.dnscheck.addresses import addresses_of
from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text
from mailsync.dnscheck.lookup import Failure, Mx, Records, Resolver
from mailsync.dnscheck.neighbours.mx import listed
from mailsync.dnscheck.neighbours.tags import misplaced, read_tags, texts_with_version
from mailsync.dnscheck.subject import Subject
from mailsync.dnscheck.unanswered import unanswered

_LONGEST_AGE = 31557600  # seconds, one year (RFC 8461, 3.2)
_MODES = frozenset({"enforce", "testing", "none"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """An HTTPS answer; `content_type` without its parameters, in lower case."""

    status: int
    content_type: str
    body: str


class FetchError(Exception):
    """There is no answer that could be used: `str(error)` says why, in words of the network or of TLS."""


class UnreachableError(FetchError):
    """Nobody answered; from another network it may be different."""


class PolicySource(Protocol):
    """Fetches `https://<host>/.well-known/mta-sts.txt`, certificate checked, redirects not followed (RFC 8461, 3.3)."""

    async def fetch(self, host: str, addresses: Sequence[str]) -> Fetched:
        """Ask one of the host's `addresses`. Raises UnreachableError, or FetchError for TLS and protocol faults."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file (RFC 8461, 3.2)."""

    mode: str
    max_age: int
    mx: tuple[str, ...]

    def covers(self, exchange: str) -> bool:
        """Whether a pattern names the exchange; `*.` stands for exactly one label (RFC 8461, 4.1)."""
        return any(_matches(pattern, exchange) for pattern in self.mx)


def _matches(pattern: str, exchange: str) -> bool:
    if not pattern.startswith("*."):
        return pattern == exchange
    return exchange.partition(".")[2] == pattern.removeprefix("*.")


def parse_policy(body: str) -> Policy:
    """Raises ValueError naming the first fault."""
    fields: dict[str, list[str]] = {}
    for line in body.splitlines():
        if not line.strip():
            continue
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon:
            raise ValueError(f"`{line[:80]}` is not of the form key: value")
        fields.setdefault(key, []).append(value)
    if fields.get("version") != ["STSv1"]:
        raise ValueError("version: STSv1 is missing")
    mode = fields.get("mode", [""])[0]
    if mode not in _MODES:
        raise ValueError(f"mode is `{mode}`, not enforce, testing or none")
    age = fields.get("max_age", [""])[0]
    if not (age.isascii() and age.isdigit() and len(age) <= 10 and int(age) <= _LONGEST_AGE):
        raise ValueError(f"max_age is `{age}`, not a number of seconds up to {_LONGEST_AGE}")
    exchanges = tuple(pattern.lower().removesuffix(".") for pattern in fields.get("mx", []))
    if not exchanges and mode != "none":
        raise ValueError("no mx is named")
    return Policy(mode, int(age), exchanges)


async def lint(
    subject: Subject, resolver: Resolver, source: PolicySource, exchanges: tuple[Mx, ...] | None
) -> list[Finding]:
    """Findings of the group `mtasts`; `exchanges` is None where the MX are not known."""
    name = f"_mta-sts.{subject.domain}"
    outcome = await resolver.lookup(name, "TXT")
    if isinstance(outcome, Failure):
        return [unanswered("mtasts", name, "TXT", outcome)]
    texts = texts_with_version(outcome, "STSv1")
    if not texts:
        wrong = await misplaced(subject, name, "STSv1", "mtasts", "RFC 8461, 3.1", resolver)
        return wrong or [_absent(subject, f"TXT: {outcome}")]
    found = _record(subject, texts)
    return found or await _policy(subject, resolver, source, exchanges or ())


def _record(subject: Subject, texts: tuple[str, ...]) -> list[Finding]:
    if len(texts) > 1:
        why = Text(
            ru="Записей MTA-STS несколько: отправители считают, что нет ни одной.",
            en="There are several MTA-STS records: senders act as if there were none.",
        )
        return [_finding(subject, "mtasts.multiple", Severity.WARNING, " / ".join(texts), why, "3.1")]
    try:
        identifier = read_tags(texts[0]).get("id", "")
        problem = (
            "" if identifier.isascii() and identifier.isalnum() and len(identifier) <= 32 else f"id=`{identifier}`"
        )
    except ValueError as error:
        problem = str(error)
    if not problem:
        return []
    why = Text(
        ru=f"Запись MTA-STS не прочитать: {problem}; id — до 32 латинских букв и цифр.",
        en=f"The MTA-STS record cannot be read: {problem}; an id is up to 32 letters and digits.",
    )
    return [_finding(subject, "mtasts.syntax", Severity.WARNING, texts[0], why, "3.1")]


async def _policy(
    subject: Subject, resolver: Resolver, source: PolicySource, exchanges: tuple[Mx, ...]
) -> list[Finding]:
    host = f"mta-sts.{subject.domain}"
    outcome = await addresses_of(host, resolver)
    if isinstance(outcome, Failure):
        return [unanswered("mtasts", host, "A", outcome)]
    if not isinstance(outcome, Records):
        return [_broken_policy(subject, f"{host} A, AAAA: {outcome}", f"{host} has no address")]
    try:
        answer = await source.fetch(host, outcome.names)
    except UnreachableError as error:
        return [_unreachable(subject, str(error))]
    except FetchError as error:
        return [_broken_policy(subject, str(error), str(error))]
    return judge_answer(subject, answer, exchanges)


def judge_answer(subject: Subject, answer: Fetched, exchanges: Sequence[Mx]) -> list[Finding]:
    """What is wrong with the policy that the web server gave."""
    if answer.status != 200 or answer.content_type != "text/plain":
        seen = f"HTTP {answer.status}, {answer.content_type or 'no content type'}"
        return [_broken_policy(subject, seen, f"{seen}; must be 200 and text/plain, without a redirect")]
    try:
        policy = parse_policy(answer.body)
    except ValueError as error:
        return [_broken_policy(subject, answer.body[:200], str(error))]
    uncovered = [mx for mx in exchanges if mx.exchange and not policy.covers(mx.exchange)]
    if policy.mode == "none" or not uncovered:
        return []
    why = Text(
        ru=f"Политика MTA-STS ({policy.mode}) не называет серверы {listed(uncovered)}: на них не доставят.",
        en=f"The MTA-STS policy ({policy.mode}) does not name {listed(uncovered)}: nothing is delivered to them.",
    )
    severity = Severity.CRITICAL if policy.mode == "enforce" else Severity.WARNING
    seen = f"mode: {policy.mode}, mx: {', '.join(policy.mx)}"
    return [_finding(subject, "mtasts.mx-mismatch", severity, seen, why, "4.1")]


def _absent(subject: Subject, seen: str) -> Finding:
    why = Text(
        ru="MTA-STS нет: отправители могут доставить без шифрования.",
        en="There is no MTA-STS: senders may deliver without encryption.",
    )
    return _finding(subject, "mtasts.absent", Severity.INFO, seen, why, "3.1")


def _broken_policy(subject: Subject, seen: str, problem: str) -> Finding:
    why = Text(
        ru=f"Политику MTA-STS не получить, обещание шифрования не действует: {problem}.",
        en=f"The MTA-STS policy cannot be had, the promise to encrypt has no effect: {problem}.",
    )
    return _finding(subject, "mtasts.policy", Severity.WARNING, seen, why, "3.3")


def _unreachable(subject: Subject, reason: str) -> Finding:
    why = Text(
        ru=f"Сервер политики MTA-STS отсюда не ответил: {reason}.",
        en=f"The server of the MTA-STS policy did not answer from here: {reason}.",
    )
    return _finding(subject, "mtasts.unanswered", Severity.UNKNOWN, reason, why, "3.3")


def _finding(subject: Subject, identifier: str, severity: Severity, seen: str, why: Text, section: str) -> Finding:
    url = f"https://mta-sts.{subject.domain}/.well-known/mta-sts.txt"
    ru, en = f"Нужны запись _mta-sts и файл {url}", f"It takes a record _mta-sts and the file {url}"
    return Finding(
        id=identifier,
        severity=severity,
        name=f"_mta-sts.{subject.domain}",
        seen=seen,
        why=why,
        remedy=Remedy(
            Text(
                ru=f"{ru} (version, mode, max_age, все mx); правка файла требует нового id. Это необязательно.",
                en=f"{en} (version, mode, max_age, every mx); each change of the file needs a new id. It is optional.",
            )
        ),
        reference=f"RFC 8461, {section}",
    )
