import pytest

from mailsync.dnscheck.finding import Finding
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.memory import MemoryResolver, Zones
from mailsync.dnscheck.neighbours import mx
from mailsync.dnscheck.profile import ANY, BEGET, Profile
from mailsync.dnscheck.subject import Subject

SHOP = Subject("shop.test", "shop.test")
SERVERS: Zones = {
    "mx1.beget.com": {"A": ["192.0.2.1"]},
    "mx2.beget.com": {"AAAA": ["2001:db8::2"]},
    "mx.other.test": {"A": ["192.0.2.3"]},
    "alias.test": {"CNAME": ["mx.other.test"]},
    "silent.test": {"A": Failure("TIMEOUT"), "AAAA": Failure("TIMEOUT")},
}


async def findings(answer: object, profile: Profile = ANY) -> list[Finding]:
    zones: Zones = {**SERVERS, "shop.test": {"MX": answer}}  # type: ignore[dict-item] # each row gives its own form
    _, found = await mx.lint(SHOP, MemoryResolver(zones), profile)
    return found


RULES: list[tuple[object, Profile, list[tuple[str, str]]]] = [
    ([(10, "mx1.beget.com"), (20, "mx2.beget.com")], BEGET, []),
    ([(10, "mx.other.test")], ANY, []),
    ([], ANY, [("mx.missing", "critical")]),
    ([(0, "")], ANY, [("mx.null", "critical")]),
    ([(0, ""), (10, "mx.other.test")], ANY, [("mx.null-mixed", "critical")]),
    ([(10, "mx1.beget.com")], BEGET, [("mx.profile", "warning")]),
    ([(20, "mx1.beget.com"), (10, "mx2.beget.com")], BEGET, [("mx.profile", "warning")]),
    ([(10, "mx.other.test")], BEGET, [("mx.profile", "critical")]),
    ([(10, "alias.test")], ANY, [("mx.cname", "warning")]),
    ([(10, "nowhere.test")], ANY, [("mx.no-address", "critical")]),
    ([(10, "192.0.2.1")], ANY, [("mx.ip-literal", "critical")]),
    ([(10, "2001:db8::1")], ANY, [("mx.ip-literal", "critical")]),
    ([(10, "silent.test")], ANY, [("mx.unanswered", "unknown")]),
    (Failure("SERVFAIL"), BEGET, [("mx.unanswered", "unknown")]),
]


@pytest.mark.parametrize(("answer", "profile", "found"), RULES)
async def test_each_rule_speaks_when_provoked_and_is_silent_otherwise(
    answer: object, profile: Profile, found: list[tuple[str, str]]
) -> None:
    assert [(finding.id, finding.severity) for finding in await findings(answer, profile)] == found


async def test_the_remedy_for_missing_mx_names_all_that_the_provider_wants() -> None:
    (finding,) = await findings([], BEGET)
    assert finding.remedy.said("ru") == (
        "Добавьте MX почтового хостинга. Все MX: `10 mx1.beget.com.`, `20 mx2.beget.com.`; других быть не должно. "
        "RU-CENTER, DNS-хостинг, зона shop.test: MX, имя `@`: `10 mx1.beget.com.`; затем «Выгрузить зону»"
    )


@pytest.mark.parametrize(
    ("answer", "entry"),
    [
        ([(10, "mx1.beget.com")], "20 mx2.beget.com."),
        ([(10, "mx.other.test")], "10 mx1.beget.com."),
        ([(10, "mx1.beget.com"), (20, "mx2.beget.com"), (30, "mx.other.test")], None),
    ],
)
async def test_the_record_to_enter_is_one_that_is_not_there_yet(answer: object, entry: str | None) -> None:
    found = [finding for finding in await findings(answer, BEGET) if finding.id == "mx.profile"]
    assert [finding.remedy.entry and finding.remedy.entry.value for finding in found] == [entry]


async def test_the_remedy_for_an_alias_is_its_target() -> None:
    (finding,) = await findings([(10, "alias.test")])
    assert finding.remedy.entry is not None
    assert finding.remedy.entry.value == "10 mx.other.test."
