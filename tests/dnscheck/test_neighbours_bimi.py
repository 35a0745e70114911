import pytest

from mailsync.dnscheck.dmarc.discovery import discover
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.memory import MemoryResolver
from mailsync.dnscheck.neighbours import bimi
from mailsync.dnscheck.subject import Subject

LOGO = "v=BIMI1; l=https://shop.test/logo.svg"


RULES: list[tuple[list[str] | Failure, str, list[str]]] = [
    ([LOGO], "reject", []),
    ([LOGO + ";"], "quarantine", []),
    ([], "none", []),
    ([LOGO], "none", ["bimi.policy"]),
    ([LOGO], "quarantine; t=y", ["bimi.policy"]),
    (["v=BIMI1; l=http://shop.test/logo.svg"], "reject", ["bimi.syntax"]),
    (["v=BIMI1; junk"], "reject", ["bimi.syntax"]),
    (["v=BIMI1; l=; "], "reject", []),
    (Failure("TIMEOUT"), "reject", ["bimi.unanswered"]),
]


@pytest.mark.parametrize(("answer", "policy", "found"), RULES)
async def test_a_logo_needs_an_address_and_an_enforced_policy(
    answer: list[str] | Failure, policy: str, found: list[str]
) -> None:
    resolver = MemoryResolver(
        {"default._bimi.shop.test": {"TXT": answer}, "_dmarc.shop.test": {"TXT": [f"v=DMARC1; p={policy}"]}}
    )
    findings = await bimi.lint(Subject("shop.test", "shop.test"), resolver, await discover("shop.test", resolver))
    assert [finding.id for finding in findings] == found
