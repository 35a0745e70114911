"""The zone itself: its name servers, their serials, its signatures, and names that answer by accident."""

import pytest

from mailsync.dnscheck.finding import Panel
from mailsync.dnscheck.lookup import Failure, NoData, Soa
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.neighbours import dnssec, name_servers, spreading, stray_names
from mailsync.dnscheck.profile import ANY, BEGET, Profile
from mailsync.dnscheck.subject import Subject, subject_of

SHOP = Subject("shop.test", "shop.test")
MAIL = Subject("mail.shop.test", "shop.test")


def soa(serial: int) -> Soa:
    return Soa("ns1.test", "host.test", serial, 1440, 3600, 2592000, 600)


def served(one: object, two: object) -> dict[str, Zones]:
    return {"192.0.2.1": {"shop.test": {"SOA": one}}, "192.0.2.2": {"shop.test": {"SOA": two}}}  # type: ignore[dict-item]


TWO: Zones = {
    "shop.test": {"NS": ["ns1.test", "ns2.test"]},
    "ns1.test": {"A": ["192.0.2.1"]},
    "ns2.test": {"A": ["192.0.2.2"]},
}


@pytest.mark.parametrize(
    ("zones", "servers", "profile", "found"),
    [
        (TWO, served([soa(7)], [soa(7)]), ANY, []),
        (TWO, served([soa(7)], [soa(8)]), ANY, ["soa.skew"]),
        (TWO, served([soa(7)], Failure("REFUSED")), ANY, ["ns.lame"]),
        (TWO, served([soa(7)], NoData()), ANY, ["ns.lame"]),
        (TWO, served([soa(7)], Failure("TIMEOUT")), ANY, ["ns.lame"]),
        (TWO, {}, ANY, ["ns.not-asked"]),
        (TWO, served([soa(7)], [soa(7)]), BEGET, ["ns.profile"]),
        ({**TWO, "shop.test": {"NS": ["ns1.test"]}}, served([soa(7)], [soa(7)]), ANY, ["ns.single"]),
        ({**TWO, "ns2.test": {"A": []}}, served([soa(7)], [soa(7)]), ANY, ["ns.no-address"]),
        ({**TWO, "ns2.test": {"A": Failure()}}, served([soa(7)], [soa(7)]), ANY, ["ns.unanswered"]),
        ({"shop.test": {"NS": Failure()}}, {}, ANY, ["ns.unanswered"]),
    ],
)
async def test_name_servers(zones: Zones, servers: dict[str, Zones], profile: Profile, found: list[str]) -> None:
    _, findings = await name_servers.lint(SHOP, MemoryResolver(zones, servers), profile)
    assert [finding.id for finding in findings] == found


async def test_a_difference_of_serials_names_who_says_what() -> None:
    _, (finding,) = await name_servers.lint(SHOP, MemoryResolver(TWO, served([soa(7)], [soa(8)])), ANY)
    assert finding.seen == "ns1.test 7, ns2.test 8"


KEY = (
    "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5"
    "+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=="
)
SHA1 = "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"
SHA256 = "60485 5 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a"


@pytest.mark.parametrize("ds", [SHA1, SHA256, SHA256.upper()])
def test_the_ds_of_the_rfcs_examples_point_at_their_key(ds: str) -> None:
    """RFC 4034, 5.4, and RFC 4509, 2.3."""
    assert dnssec.matches(ds, KEY, "dskey.example.com")


@pytest.mark.parametrize(
    "ds",
    [SHA256.replace("60485", "60486"), SHA256.replace(" 5 2", " 8 2"), SHA256.replace("d4b7", "d4b8")],
)
def test_a_ds_of_another_key_does_not(ds: str) -> None:
    assert not dnssec.matches(ds, KEY, "dskey.example.com")


@pytest.mark.parametrize(
    ("types", "found"),
    [
        ({"DS": [SHA256], "DNSKEY": [KEY]}, []),
        ({"DS": ["1 8 2 00ff", SHA256], "DNSKEY": ["256 3 5 AQ==", KEY]}, []),
        ({}, [("dnssec.absent", "info")]),
        ({"DNSKEY": [KEY]}, [("dnssec.absent", "info")]),
        ({"DS": [SHA256]}, [("dnssec.ds-mismatch", "critical")]),
        ({"DS": [SHA256], "DNSKEY": ["256 3 5 AQ=="]}, [("dnssec.ds-mismatch", "critical")]),
        ({"DS": [SHA256], "DNSKEY": ["256 3 5 not!base64"]}, [("dnssec.ds-mismatch", "critical")]),
        ({"DS": [SHA256], "DNSKEY": Failure("BOGUS")}, [("dnssec.bogus", "critical")]),
        ({"DS": Failure("SERVFAIL")}, [("dnssec.unanswered", "unknown")]),
        ({"DS": [SHA256], "DNSKEY": Failure("TIMEOUT")}, [("dnssec.unanswered", "unknown")]),
    ],
)
async def test_signatures(types: Zones, found: list[tuple[str, str]]) -> None:
    zones: Zones = {"dskey.example.com": types}
    findings = await dnssec.lint(Subject("dskey.example.com", "dskey.example.com"), MemoryResolver(zones))
    assert [(finding.id, finding.severity) for finding in findings] == found


STRAY_RULES: list[tuple[Zones, list[str]]] = [
    ({"shop.test": {"MX": [(10, "mx.test")]}}, []),
    ({"*.shop.test": {"TXT": ["v=spf1 -all"]}}, ["zone.wildcard"]),
    ({"*.shop.test": {"MX": [(10, "mx.test")]}}, ["zone.wildcard"]),
    ({"shop.test.shop.test": {"MX": [(10, "mx.test")]}}, ["zone.doubled-name"]),
    ({"*.shop.test": {"MX": [(10, "mx.test")]}, "shop.test": {"A": ["192.0.2.1"]}}, ["zone.wildcard"]),
    ({"probe.shop.test": {"TXT": Failure(), "MX": Failure()}}, []),
]


@pytest.mark.parametrize(("zones", "found"), STRAY_RULES)
async def test_names_that_nobody_meant_to_answer(zones: Zones, found: list[str]) -> None:
    findings = await stray_names.lint(SHOP, MemoryResolver(zones), "probe")
    assert [finding.id for finding in findings] == found


async def test_a_doubled_name_is_told_as_it_has_to_be_typed() -> None:
    resolver = MemoryResolver({"mail.shop.test.shop.test": {"MX": [(10, "mx.test")]}})
    (finding,) = await stray_names.lint(MAIL, resolver, "probe")
    assert finding.remedy.said("ru") == "Введите их под именем `mail` и удалите эти."


@pytest.mark.parametrize(
    ("zones", "zone"),
    [
        ({"shop.test": {"SOA": [soa(1)]}}, "shop.test"),
        ({"mail.shop.test": {"SOA": [soa(1)]}, "shop.test": {"SOA": [soa(1)]}}, "mail.shop.test"),
        ({"test": {"SOA": [soa(1)]}}, "mail.shop.test"),
        ({"mail.shop.test": {"SOA": Failure("TIMEOUT")}, "shop.test": {"SOA": [soa(1)]}}, "mail.shop.test"),
        ({}, "mail.shop.test"),
    ],
)
async def test_the_zone_of_a_domain_is_the_nearest_with_an_soa(zones: Zones, zone: str) -> None:
    assert await subject_of("mail.shop.test", MemoryResolver(zones)) == Subject("mail.shop.test", zone, Panel.OTHER)


NOTHING: Zones = {"shop.test": {"SOA": [soa(7)]}}
ENTERED: Zones = {**NOTHING, "_dmarc.shop.test": {"TXT": ["v=DMARC1; p=none"]}}


@pytest.mark.parametrize(
    ("resolver", "one", "two", "found"),
    [
        (NOTHING, NOTHING, NOTHING, []),
        (ENTERED, ENTERED, ENTERED, []),
        (NOTHING, ENTERED, ENTERED, ["zone.cached"]),
        (NOTHING, ENTERED, NOTHING, ["zone.spreading"]),
        (ENTERED, ENTERED, NOTHING, ["zone.spreading"]),
        ({"_dmarc.shop.test": {"TXT": Failure("TIMEOUT")}}, ENTERED, ENTERED, []),
        (NOTHING, ENTERED, {}, ["zone.cached"]),
    ],
)
async def test_an_edit_that_is_not_seen_is_explained(resolver: Zones, one: Zones, two: Zones, found: list[str]) -> None:
    """All old: not committed, nothing to add. Differing: spreading. All new, resolver old: cached."""
    asked = MemoryResolver({**TWO, **resolver, "shop.test": TWO["shop.test"]}, {"192.0.2.1": one, "192.0.2.2": two})
    voices, _ = await name_servers.lint(SHOP, asked, ANY)
    findings = await spreading.lint([("_dmarc.shop.test", "TXT")], voices, asked)
    assert [finding.id for finding in findings] == found
