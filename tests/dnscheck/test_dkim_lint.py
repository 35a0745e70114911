"""Every DKIM rule of the fact sheet: the zone that provokes it, and one like it that does not."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from mailsync.dnscheck.dkim.lint import lint
from mailsync.dnscheck.finding import Finding, Severity
from mailsync.dnscheck.lookup import Failure, PlainValue
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.subject import Subject
from tests.dnscheck.dkim_letters import ED25519_KEY, KEYS, OTHER_RSA_KEY, RFC6376, RSA_KEY
from tests.dnscheck.dkim_signer import PUBLIC_KEY, SHORT_KEY, Signer

SHOP = Subject("shop.test", "shop.test")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAME = "beget._domainkey.shop.test"
GOOD = f"v=DKIM1; k=rsa; p={PUBLIC_KEY}"
WEAK = f"v=DKIM1; k=rsa; t=s; p={RSA_KEY}"
CRITICAL, WARNING, INFO, UNKNOWN = Severity.CRITICAL, Severity.WARNING, Severity.INFO, Severity.UNKNOWN
ORDER = b"From: zakaz@shop.test\r\nSubject: x\r\n\r\nHello\r\n"
SIGNER = Signer()
SIGNED = SIGNER.sign(ORDER)
SIGNED_BY_OTHER = Signer("mailer.test").sign(ORDER)


def key(*texts: PlainValue) -> Zones:
    return {NAME: {"TXT": texts}}


async def linted(zones: Zones, **options: object) -> list[Finding]:
    known: dict[str, object] = {"selectors": ["beget"], "probe": "x7q2m", "now": NOW}
    _, findings = await lint(SHOP, MemoryResolver(zones), **(known | options))  # type: ignore[arg-type]
    return findings


@dataclass(frozen=True)
class Rule:
    id: str
    severity: Severity
    provoked: Zones
    silent: Zones
    enter: tuple[str, str] | None = None  # name and value to type in
    options: dict[str, object] = field(default_factory=dict)
    silent_options: dict[str, object] | None = None


FROM_PROVIDER = ("beget._domainkey", "v=DKIM1; k=rsa; p=…")
WITHOUT_TAG = ("beget._domainkey", f"v=DKIM1; p={PUBLIC_KEY}")
RULES = [
    Rule("dkim.selector-unknown", UNKNOWN, {}, key(GOOD), None, {"selectors": []}, {}),
    Rule(
        "dkim.selector-unknown", UNKNOWN, {}, SIGNER.zones, None, {"selectors": []}, {"letter": SIGNED, "selectors": []}
    ),
    Rule("dkim.missing", CRITICAL, {"shop.test": {}}, key(GOOD), FROM_PROVIDER),
    Rule("dkim.missing", CRITICAL, {NAME: {"A": ["192.0.2.1"]}}, key(GOOD), FROM_PROVIDER),
    Rule(
        "dkim.missing",
        CRITICAL,
        {"shop.test": {}, f"{NAME}.shop.test": {"TXT": [GOOD]}},
        key(GOOD),
        ("beget._domainkey", GOOD),
    ),
    Rule("dkim.missing", CRITICAL, {"shop.test": {"TXT": [GOOD]}}, key(GOOD), ("beget._domainkey", GOOD)),
    Rule(
        "dkim.missing",
        CRITICAL,
        {NAME: {"CNAME": ["beget.keys.test"]}},
        {NAME: {"CNAME": ["beget.keys.test"]}, "beget.keys.test": {"TXT": [GOOD]}},
        FROM_PROVIDER,
    ),
    Rule(
        "dkim.wildcard",
        CRITICAL,
        {"*.shop.test": {"TXT": ["v=spf1 -all"]}, "shop.test": {}},
        {**key(GOOD), "*._domainkey.shop.test": {"TXT": ["v=spf1 -all"]}},
        FROM_PROVIDER,
    ),
    Rule("dkim.syntax", CRITICAL, key("v=DKIM1 k=rsa p=AAAA"), key(GOOD), FROM_PROVIDER),
    Rule("dkim.syntax", CRITICAL, key("hello"), key("hello", GOOD), FROM_PROVIDER),
    Rule("dkim.syntax", CRITICAL, key("k=rsa; v=DKIM1; p=" + RSA_KEY), key("k=rsa; p=" + RSA_KEY), FROM_PROVIDER),
    Rule("dkim.not-base64", CRITICAL, key(GOOD.replace("+", " ")), key(GOOD.replace("A", "A ", 1)), FROM_PROVIDER),
    Rule(
        "dkim.not-base64",
        CRITICAL,
        key(f'v=DKIM1; p="{PUBLIC_KEY}"'),
        key([GOOD[:255].encode(), GOOD[255:].encode()]),
        FROM_PROVIDER,
    ),
    Rule("dkim.not-base64", CRITICAL, key(GOOD[:255]), key(GOOD), FROM_PROVIDER),
    Rule(
        "dkim.not-base64",
        CRITICAL,
        key(f"v=DKIM1; k=ed25519; p={RSA_KEY}"),
        key(f"v=DKIM1; k=ed25519; p={ED25519_KEY}"),
        FROM_PROVIDER,
    ),
    Rule("dkim.multiple", CRITICAL, key(GOOD, WEAK), key(GOOD, "google-site-verification=abc")),
    Rule("dkim.revoked", CRITICAL, key("v=DKIM1; p="), key(GOOD), FROM_PROVIDER),
    Rule("dkim.weak", CRITICAL, key(f"v=DKIM1; p={SHORT_KEY}"), key(GOOD)),
    Rule("dkim.weak", WARNING, key(WEAK), key(GOOD)),
    Rule("dkim.weak", INFO, key(WEAK), key(GOOD), None, {"accepted_bits": 1024}),
    Rule(
        "dkim.testing",
        WARNING,
        key(f"v=DKIM1; t=y:s; p={PUBLIC_KEY}"),
        key(f"v=DKIM1; t=s; p={PUBLIC_KEY}"),
        ("beget._domainkey", f"v=DKIM1; t=s; p={PUBLIC_KEY}"),
    ),
    Rule(
        "dkim.testing",
        WARNING,
        key(f"v=DKIM1; t=y; p={PUBLIC_KEY}"),
        key(GOOD),
        ("beget._domainkey", f"v=DKIM1; p={PUBLIC_KEY}"),
    ),
    Rule(
        "dkim.sha1-only",
        CRITICAL,
        key(f"v=DKIM1; h=sha1; p={PUBLIC_KEY}"),
        key(f"v=DKIM1; h=sha1:sha256; p={PUBLIC_KEY}"),
        WITHOUT_TAG,
    ),
    Rule(
        "dkim.service",
        CRITICAL,
        key(f"v=DKIM1; s=tlsrpt; p={PUBLIC_KEY}"),
        key(f"v=DKIM1; s=email; p={PUBLIC_KEY}"),
        WITHOUT_TAG,
    ),
    Rule(
        "dkim.verify",
        CRITICAL,
        {**key(GOOD), "sel._domainkey.shop.test": {"TXT": [f"v=DKIM1; p={OTHER_RSA_KEY}"]}},
        {**key(GOOD), **SIGNER.zones},
        None,
        {"letter": SIGNED},
    ),
    Rule(
        "dkim.verify", CRITICAL, key(GOOD), {**key(GOOD), **SIGNER.zones}, None, {"letter": ORDER}, {"letter": SIGNED}
    ),
    Rule(
        "dkim.verify",
        UNKNOWN,
        {**key(GOOD), "sel._domainkey.shop.test": {"TXT": Failure("SERVFAIL")}},
        {**key(GOOD), **SIGNER.zones},
        None,
        {"letter": SIGNED},
    ),
    Rule(
        "dkim.unaligned",
        WARNING,
        {**key(GOOD), **Signer("mailer.test").zones},
        {**key(GOOD), **SIGNER.zones},
        None,
        {"letter": SIGNED_BY_OTHER},
        {"letter": SIGNED},
    ),
    Rule(
        "dkim.unaligned",
        CRITICAL,
        {**key(GOOD), **Signer("mailer.test").zones},
        {**key(GOOD), **Signer("mail.shop.test").zones},
        None,
        {"letter": SIGNED_BY_OTHER, "spf_aligned": False},
        {"letter": Signer("mail.shop.test").sign(ORDER), "spf_aligned": False},
    ),
    Rule("dkim.unanswered", UNKNOWN, {NAME: {"TXT": Failure("TIMEOUT")}}, key(GOOD)),
]
IDS = [f"{rule.id}-{number}" for number, rule in enumerate(RULES)]


@pytest.mark.parametrize("rule", RULES, ids=IDS)
async def test_a_zone_that_provokes_it(rule: Rule) -> None:
    found = [finding for finding in await linted(rule.provoked, **rule.options) if finding.id == rule.id]

    assert [finding.severity for finding in found] == [rule.severity]
    entry = found[0].remedy.entry
    assert ((entry.name, entry.value) if entry else None) == rule.enter
    assert all(text for text in (found[0].why.ru, found[0].why.en, found[0].remedy.said("ru"), found[0].reference))


@pytest.mark.parametrize("rule", RULES, ids=IDS)
async def test_a_zone_that_does_not(rule: Rule) -> None:
    options = rule.options if rule.silent_options is None else rule.silent_options

    assert rule.id not in {finding.id for finding in await linted(rule.silent, **options)}


async def test_a_sound_key_is_praised_by_silence() -> None:
    assert await linted(key(GOOD)) == []


async def test_what_beget_publishes_is_no_more_than_an_info() -> None:
    found = await linted(key(WEAK), accepted_bits=1024)

    assert [(finding.id, finding.severity) for finding in found] == [("dkim.weak", INFO)]


async def test_an_alias_is_followed_and_reported() -> None:
    (finding,) = await linted({NAME: {"CNAME": ["k.beget.test"]}, "k.beget.test": {"TXT": ["v=DKIM1; p="]}})

    assert finding.seen == "CNAME k.beget.test: v=DKIM1; p="


async def test_the_reason_of_a_failed_letter_is_told() -> None:
    altered = RFC6376.replace(b"lost", b"won")

    (finding,) = [found for found in await linted({**KEYS, **key(GOOD)}, letter=altered) if found.id == "dkim.verify"]

    assert finding.seen == "fail d=example.com s=brisbane (body-hash)"
    assert "изменён по дороге" in finding.why.ru
