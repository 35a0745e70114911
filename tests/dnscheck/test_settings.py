from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pytest

from mailsync.dnscheck.finding import Panel
from mailsync.dnscheck.lookup import Mx
from mailsync.dnscheck.profile import ANY, BEGET, Profile
from mailsync.dnscheck.section import read_settings
from mailsync.dnscheck.settings import AcceptedFinding, DnsSettings
from mailsync.errors import SettingsError


@dataclass
class Acceptance:
    id: str
    reason: str
    until: str


@dataclass
class Dns:
    """The section `[dns]`, as the configuration has it."""

    domain: str = "tdrusstankosbyt.ru"
    selectors: Sequence[str] = ("beget",)
    sending_ips: Sequence[str] = ()
    resolver: str = ""
    profile: str = "beget"
    accepted: Sequence[Acceptance] = ()


def test_what_the_configuration_ships_with_is_the_default() -> None:
    assert read_settings(Dns(), "zakaz@tdrusstankosbyt.ru") == DnsSettings()


def test_everything_can_be_set() -> None:
    written = Dns(
        domain="Станки.рф",
        selectors=("a", "b"),
        sending_ips=("192.0.2.1",),
        resolver="192.0.2.53",
        profile="",
        accepted=(Acceptance("spf.softfail", "known", "2027-01-01"), Acceptance("dnssec.absent", "fine", "")),
    )
    assert read_settings(written, "") == DnsSettings(
        domain="xn--80aqflsg.xn--p1ai",
        selectors=("a", "b"),
        sending_ips=("192.0.2.1",),
        resolver="192.0.2.53",
        profile=ANY,
        accepted=(
            AcceptedFinding("spf.softfail", "known", date(2027, 1, 1)),
            AcceptedFinding("dnssec.absent", "fine"),
        ),
        mailbox=None,
    )
    assert read_settings(Dns(), None).profile is BEGET


def test_all_problems_are_told_together_by_key() -> None:
    written = Dns(
        domain="a..b", sending_ips=("192.0.2",), profile="begett", accepted=(Acceptance("x", "y", "tomorrow"),)
    )
    with pytest.raises(SettingsError) as told:
        read_settings(written, None)
    assert [key for key, _ in told.value.problems] == [
        "dns.profile",
        "dns.domain",
        "dns.sending_ips",
        "dns.accepted[0].until",
    ]


@dataclass
class Own:
    """An entry of `dns.profiles`."""

    mx: Sequence[str] = ("10 mx.yandex.net.",)
    spf_domain: str = "_spf.yandex.net"
    selectors: Sequence[str] = ("mail",)
    rsa_bits: int = 2048
    name_servers: str = ""
    support: str = "Yandex"
    ru_center: bool = True


def test_a_profile_of_ones_own_can_be_named() -> None:
    assert read_settings(Dns(profile="yandex"), None, {"yandex": Own()}).profile == Profile(
        name="yandex",
        mx=(Mx(10, "mx.yandex.net"),),
        spf_domain="_spf.yandex.net",
        selectors=("mail",),
        support="Yandex",
        panel=Panel.RU_CENTER,
    )


def test_a_broken_mx_of_a_profile_is_told_by_its_key() -> None:
    with pytest.raises(SettingsError) as told:
        read_settings(Dns(), None, {"yandex": Own(mx=("mx.yandex.net",))})
    assert told.value.problems == [("dns.profiles.yandex.mx", "as in a zone, 10 mx1.beget.com., not 'mx.yandex.net'")]
