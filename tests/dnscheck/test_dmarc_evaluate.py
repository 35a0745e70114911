import pytest

from mailsync.dnscheck.dmarc.evaluate import Identifier, Mechanism, evaluate
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.memory import MemoryResolver, Zones


def spf(domain: str, result: str = "pass") -> Identifier:
    return Identifier(Mechanism.SPF, domain, result)


def dkim(domain: str, result: str = "pass") -> Identifier:
    return Identifier(Mechanism.DKIM, domain, result)


EXAMPLE: Zones = {"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; aspf=r; rua=mailto:dmarc-feedback@example.com"]}}
STRICT: Zones = {"_dmarc.example.com": {"TXT": ["v=DMARC1; p=reject; aspf=s; adkim=s"]}}
BANK: Zones = {
    "_dmarc.giant.bank.example": {"TXT": ["v=DMARC1; p=reject"]},
    "_dmarc.bank.example": {"TXT": ["v=DMARC1; p=none; psd=y"]},
}
SIGNING: Zones = {**EXAMPLE, "_dmarc.signing.example.com": {"TXT": ["v=DMARC1; p=none"]}}


@pytest.mark.parametrize(
    ("zones", "author", "identifiers", "result"),
    [
        # RFC 9989, B.1.1 and B.1.2
        (EXAMPLE, "example.com", [spf("example.com")], "pass"),
        (EXAMPLE, "example.com", [spf("child.example.com")], "pass"),
        (EXAMPLE, "child.example.com", [spf("example.net")], "fail"),
        (EXAMPLE, "example.com", [dkim("example.com")], "pass"),
        (EXAMPLE, "child.example.com", [dkim("example.com")], "pass"),
        (EXAMPLE, "child.example.com", [dkim("example.net")], "fail"),
        (STRICT, "example.com", [spf("example.com")], "pass"),
        (STRICT, "example.com", [spf("child.example.com")], "fail"),
        (STRICT, "child.example.com", [dkim("example.com")], "fail"),
        # B.3.1
        (EXAMPLE, "example.com", [spf("mail.example.com"), dkim("example.com")], "pass"),
        # B.4.1 to B.4.3
        (SIGNING, "example.com", [spf("example.com", "fail"), dkim("signing.example.com")], "pass"),
        (SIGNING, "a.b.c.d.e.f.g.h.i.j.k.example.com", [dkim("signing.example.com")], "pass"),
        (BANK, "giant.bank.example", [spf("mail.giant.bank.example")], "pass"),
        (BANK, "giant.bank.example", [dkim("mail.mega.bank.example")], "fail"),
        # One aligned pass is enough; a pass for somebody else is worth nothing.
        (EXAMPLE, "example.com", [spf("example.com", "softfail"), dkim("mailer.test"), dkim("example.com")], "pass"),
        (EXAMPLE, "example.com", [spf("example.com", "neutral"), dkim("example.com", "fail")], "fail"),
        (EXAMPLE, "example.com", [], "fail"),
        ({}, "example.com", [spf("example.com")], "none"),
        # What was not answered is not held against the letter.
        (EXAMPLE, "example.com", [spf("example.com", "fail"), dkim("example.com", "temperror")], "temperror"),
        (EXAMPLE, "example.com", [spf("other.test", "temperror")], "fail"),
        ({"_dmarc.example.com": {"TXT": Failure()}}, "example.com", [spf("example.com")], "temperror"),
        ({**EXAMPLE, "_dmarc.com": {"TXT": Failure()}}, "example.com", [spf("example.com")], "pass"),
        ({**EXAMPLE, "_dmarc.com": {"TXT": Failure()}}, "example.com", [dkim("child.example.com")], "temperror"),
    ],
)
async def test_the_verdict_about_a_letter(
    zones: Zones, author: str, identifiers: list[Identifier], result: str
) -> None:
    assert (await evaluate(author, identifiers, MemoryResolver(zones))).result == result


async def test_the_verdict_says_which_half_failed_and_why() -> None:
    evaluation = await evaluate(
        "example.com", [spf("example.com", "softfail"), dkim("mailer.test")], MemoryResolver(EXAMPLE)
    )
    assert str(evaluation) == (
        "dmarc=fail policy=reject header.from=example.com: "
        "spf=softfail (example.com, aligned); dkim=pass (mailer.test, not aligned)"
    )


async def test_identical_domains_need_no_walk_of_their_own() -> None:
    resolver = MemoryResolver(EXAMPLE)
    await evaluate("example.com", [spf("example.com"), dkim("example.com")], resolver)
    assert resolver.queries == [("_dmarc.example.com", "TXT"), ("_dmarc.com", "TXT")]
