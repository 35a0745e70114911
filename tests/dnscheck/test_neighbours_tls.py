"""Encryption on the way to the domain: MTA-STS, TLS reporting, DANE, STARTTLS."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from mailsync.dnscheck.lookup import Failure, Mx, Records
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.neighbours import dane, mtasts, starttls, tlsrpt
from mailsync.dnscheck.neighbours.mtasts import Fetched, FetchError, UnreachableError
from mailsync.dnscheck.neighbours.starttls import MailServer, MailServerError, tlsa_matches
from mailsync.dnscheck.subject import Subject

SHOP = Subject("shop.test", "shop.test")
BEGET = (Mx(10, "mx1.beget.com"), Mx(20, "mx2.beget.com"))
POLICY = "version: STSv1\r\nmode: enforce\r\nmx: *.beget.com\r\nmax_age: 604800\r\n"
STS: Zones = {"_mta-sts.shop.test": {"TXT": ["v=STSv1; id=20261123"]}, "mta-sts.shop.test": {"A": ["192.0.2.7"]}}


@dataclass
class Web:
    """A policy source that always gives the same answer."""

    answer: Fetched | FetchError

    async def fetch(self, host: str, addresses: Sequence[str]) -> Fetched:
        assert (host, list(addresses)) == ("mta-sts.shop.test", ["192.0.2.7"])
        if isinstance(self.answer, FetchError):
            raise self.answer
        return self.answer


def page(body: str, status: int = 200, content_type: str = "text/plain") -> Web:
    return Web(Fetched(status, content_type, body))


STS_RULES: list[tuple[Zones, Web, list[tuple[str, str]]]] = [
    (STS, page(POLICY), []),
    (STS, page(POLICY.replace("*.beget.com", "mx1.beget.com\nmx: MX2.beget.com")), []),
    ({}, page(POLICY), [("mtasts.absent", "info")]),
    ({"_mta-sts.shop.test": {"TXT": ["v=spf1 -all"]}}, page(POLICY), [("mtasts.absent", "info")]),
    ({"_mta-sts.shop.test": {"TXT": Failure()}}, page(POLICY), [("mtasts.unanswered", "unknown")]),
    (
        {"_mta-sts.shop.test.shop.test": {"TXT": ["v=STSv1; id=1"]}},
        page(POLICY),
        [("mtasts.wrong-place", "warning")],
    ),
    (
        {"_mta-sts.shop.test": {"TXT": ["v=STSv1; id=1", "v=STSv1; id=2"]}},
        page(POLICY),
        [("mtasts.multiple", "warning")],
    ),
    ({"_mta-sts.shop.test": {"TXT": ["v=STSv1; id=2026-11"]}}, page(POLICY), [("mtasts.syntax", "warning")]),
    ({"_mta-sts.shop.test": {"TXT": ["v=STSv1;"]}}, page(POLICY), [("mtasts.syntax", "warning")]),
    ({"_mta-sts.shop.test": {"TXT": ["v=STSv1; id"]}}, page(POLICY), [("mtasts.syntax", "warning")]),
    ({"_mta-sts.shop.test": {"TXT": ["v=STSv1; id=1"]}}, page(POLICY), [("mtasts.policy", "warning")]),
    (STS, page(POLICY, status=301), [("mtasts.policy", "warning")]),
    (STS, page(POLICY, content_type="text/html"), [("mtasts.policy", "warning")]),
    (STS, page("nothing"), [("mtasts.policy", "warning")]),
    (STS, page(POLICY.replace("STSv1", "STSv2")), [("mtasts.policy", "warning")]),
    (STS, page(POLICY.replace("enforce", "strict")), [("mtasts.policy", "warning")]),
    (STS, page(POLICY.replace("604800", "31557601")), [("mtasts.policy", "warning")]),
    (STS, page(POLICY.replace("mx: *.beget.com\r\n", "")), [("mtasts.policy", "warning")]),
    (STS, page("version: STSv1\nmode: none\nmax_age: 60\n"), []),
    (STS, page(POLICY.replace("*.beget", "*.mail.beget")), [("mtasts.mx-mismatch", "critical")]),
    (STS, page(POLICY.replace("*.beget.com", "*.com")), [("mtasts.mx-mismatch", "critical")]),
    (
        STS,
        page(POLICY.replace("*.beget.com", "mx1.beget.com").replace("enforce", "testing")),
        [("mtasts.mx-mismatch", "warning")],
    ),
    (STS, Web(FetchError("TLS: certificate verify failed")), [("mtasts.policy", "warning")]),
    (STS, Web(UnreachableError("no answer within 10 s")), [("mtasts.unanswered", "unknown")]),
]


@pytest.mark.parametrize(("zones", "web", "found"), STS_RULES)
async def test_mta_sts(zones: Zones, web: Web, found: list[tuple[str, str]]) -> None:
    findings = await mtasts.lint(SHOP, MemoryResolver(zones), web, BEGET)
    assert [(finding.id, finding.severity) for finding in findings] == found


TLSRPT_RULES: list[tuple[list[str], list[tuple[str, str]]]] = [
    (["v=TLSRPTv1; rua=mailto:tls@shop.test"], []),
    (["v=TLSRPTv1;rua=https://reports.test/x,mailto:tls@shop.test;"], []),
    ([], [("tlsrpt.absent", "info")]),
    (
        ["v=TLSRPTv1; rua=mailto:a@shop.test", "v=TLSRPTv1; rua=mailto:b@shop.test"],
        [("tlsrpt.multiple", "warning")],
    ),
    (["v=TLSRPTv1;"], [("tlsrpt.syntax", "warning")]),
    (["v=TLSRPTv1; rua=tls@shop.test"], [("tlsrpt.syntax", "warning")]),
    (["v=TLSRPTv1; rua"], [("tlsrpt.syntax", "warning")]),
    (["v=TLSRPTv1; rua=https://[2001:db8::1"], [("tlsrpt.syntax", "warning")]),
]


@pytest.mark.parametrize(("texts", "found"), TLSRPT_RULES)
async def test_tls_reporting(texts: list[str], found: list[tuple[str, str]]) -> None:
    findings = await tlsrpt.lint(SHOP, MemoryResolver({"_smtp._tls.shop.test": {"TXT": texts}}))
    assert [(finding.id, finding.severity) for finding in findings] == found


async def test_tls_reporting_in_a_wrong_place_or_without_an_answer() -> None:
    doubled: Zones = {"_smtp._tls.shop.test.shop.test": {"TXT": ["v=TLSRPTv1; rua=mailto:tls@shop.test"]}}
    (finding,) = await tlsrpt.lint(SHOP, MemoryResolver(doubled))
    assert finding.id == "tlsrpt.wrong-place"
    assert finding.remedy.entry is not None
    assert finding.remedy.entry.name == "_smtp._tls"
    (finding,) = await tlsrpt.lint(SHOP, MemoryResolver({"_smtp._tls.shop.test": {"TXT": Failure()}}))
    assert finding.id == "tlsrpt.unanswered"


LEAF, KEY = b"certificate", b"public key"
SERVER = MailServer("220 mx1", starttls=True, leaf=LEAF, spki=KEY)


@pytest.mark.parametrize(
    ("tlsa", "matches"),
    [
        (f"3 1 1 {hashlib.sha256(KEY).hexdigest()}", True),
        (f"3 0 2 {hashlib.sha512(LEAF).hexdigest().upper()}", True),
        (f"3 1 0 {KEY.hex()}", True),
        (f"3 1 1 {hashlib.sha256(LEAF).hexdigest()}", False),
        ("3 1 9 00", False),
        ("2 1 1 00", None),
        ("1 1 1 00", None),
    ],
)
def test_a_tlsa_record_names_a_certificate_or_its_key(tlsa: str, matches: bool | None) -> None:
    assert tlsa_matches(tlsa, SERVER) is matches


@dataclass
class Port25:
    answer: MailServer | MailServerError

    async def look(self, host: str, address: str) -> MailServer:
        assert (host, address) == ("mx1.beget.com", "192.0.2.9")
        if isinstance(self.answer, MailServerError):
            raise self.answer
        return self.answer


SIGNED_OTHER = Records((f"3 1 1 {hashlib.sha256(b'other').hexdigest()}",), authenticated=True)


@pytest.mark.parametrize(
    ("server", "tlsa", "found"),
    [
        (SERVER, [], []),
        (MailServer("220 mx1", starttls=False), [], ["tls.starttls"]),
        (MailServer("220 mx1", starttls=True, leaf=LEAF, spki=KEY, distrust="expired"), [], ["tls.certificate"]),
        (MailServerError("no answer"), [], ["tls.not-asked"]),
        (SERVER, Records((f"3 1 1 {hashlib.sha256(KEY).hexdigest()}",), authenticated=True), []),
        (SERVER, SIGNED_OTHER, ["dane.mismatch"]),
        (SERVER, Records(SIGNED_OTHER.values), []),
        (SERVER, Records(("2 1 1 00",), authenticated=True), []),
    ],
)
async def test_what_a_mail_server_shows(
    server: MailServer | MailServerError, tlsa: Records | list[str], found: list[str]
) -> None:
    zones: Zones = {"mx1.beget.com": {"A": ["192.0.2.9"]}, "_25._tcp.mx1.beget.com": {"TLSA": tlsa}}
    findings = await starttls.lint(BEGET[:1], MemoryResolver(zones), Port25(server))
    assert [finding.id for finding in findings] == found


@pytest.mark.parametrize(
    ("tlsa", "found"),
    [
        ([], []),
        (Failure("SERVFAIL"), []),
        (["3 1 1 00"], ["dane.unsigned"]),
        (Records(("3 1 1 00",), authenticated=True), ["dane.present"]),
    ],
)
async def test_dane_is_only_told_of(tlsa: object, found: list[str]) -> None:
    zones: Zones = {"_25._tcp.mx1.beget.com": {"TLSA": tlsa}}  # type: ignore[dict-item]
    assert [finding.id for finding in await dane.lint(BEGET, MemoryResolver(zones))] == found
