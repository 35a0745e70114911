"""The examples of RFC 9989 (4.10, 4.10.2, 5.1.8, appendix B.4) as resolvers filled with the zones they describe."""

import pytest

from mailsync.dnscheck.dmarc.discovery import Discovery, discover, targets, tree_walk
from mailsync.dnscheck.dmarc.record import Policy
from mailsync.dnscheck.lookup import Failure, NxDomain
from mailsync.dnscheck.memory import MemoryResolver, Zones

PLAIN = {"TXT": ["v=DMARC1; p=reject"]}


def zones(**records: str) -> Zones:
    """`com="v=DMARC1"` stands for a TXT at `_dmarc.com`; `__` is a dot."""
    return {f"_dmarc.{name.replace('__', '.')}": {"TXT": [text]} for name, text in records.items()}


@pytest.mark.parametrize(
    ("domain", "asked"),
    [
        (
            "a.b.c.d.e.f.g.h.i.j.mail.example.com",
            [
                "a.b.c.d.e.f.g.h.i.j.mail.example.com",
                "g.h.i.j.mail.example.com",
                "h.i.j.mail.example.com",
                "i.j.mail.example.com",
                "j.mail.example.com",
                "mail.example.com",
                "example.com",
                "com",
            ],
        ),
        (
            "mail.a.b.c.d.e.f.g.example.com",
            [
                "mail.a.b.c.d.e.f.g.example.com",
                "c.d.e.f.g.example.com",
                "d.e.f.g.example.com",
                "e.f.g.example.com",
                "f.g.example.com",
                "g.example.com",
                "example.com",
                "com",
            ],
        ),
        (
            "a.b.c.d.e.f.example.com",
            [
                "a.b.c.d.e.f.example.com",
                "b.c.d.e.f.example.com",
                "c.d.e.f.example.com",
                "d.e.f.example.com",
                "e.f.example.com",
                "f.example.com",
                "example.com",
                "com",
            ],
        ),
        ("tdrusstankosbyt.ru", ["tdrusstankosbyt.ru", "ru"]),
        ("ru", ["ru"]),
    ],
)
def test_the_walk_goes_up_with_eight_queries_at_most(domain: str, asked: list[str]) -> None:
    assert list(targets(domain)) == asked


@pytest.mark.parametrize(
    ("start", "published", "organizational", "queries"),
    [
        # 4.10.2: three examples for a.mail.example.com
        (
            "a.mail.example.com",
            zones(mail__example__com="v=DMARC1; p=none", example__com="v=DMARC1; p=none"),
            "example.com",
            ["a.mail.example.com", "mail.example.com", "example.com", "com"],
        ),
        (
            "a.mail.example.com",
            zones(mail__example__com="v=DMARC1; p=none; psd=n", example__com="v=DMARC1; p=none"),
            "mail.example.com",
            ["a.mail.example.com", "mail.example.com"],
        ),
        (
            "a.mail.example.com",
            zones(com="v=DMARC1; p=none; psd=y"),
            "example.com",
            ["a.mail.example.com", "mail.example.com", "example.com", "com"],
        ),
        # B.4.1
        (
            "signing.example.com",
            zones(signing__example__com="v=DMARC1; p=none", example__com="v=DMARC1; p=none"),
            "example.com",
            ["signing.example.com", "example.com", "com"],
        ),
        # B.4.3
        (
            "giant.bank.example",
            zones(giant__bank__example="v=DMARC1; p=none", bank__example="v=DMARC1; p=none; psd=y"),
            "giant.bank.example",
            ["giant.bank.example", "bank.example"],
        ),
        (
            "mail.giant.bank.example",
            zones(giant__bank__example="v=DMARC1; p=none", bank__example="v=DMARC1; p=none; psd=y"),
            "giant.bank.example",
            ["mail.giant.bank.example", "giant.bank.example", "bank.example"],
        ),
        (
            "mail.mega.bank.example",
            zones(giant__bank__example="v=DMARC1; p=none", bank__example="v=DMARC1; p=none; psd=y"),
            "mega.bank.example",
            ["mail.mega.bank.example", "mega.bank.example", "bank.example"],
        ),
        # A public suffix that sends letters itself: its own psd=y ends the walk and makes nothing of a label below.
        ("bank.example", zones(bank__example="v=DMARC1; p=none; psd=y"), "bank.example", ["bank.example"]),
        ("shop.test", {}, "shop.test", ["shop.test", "test"]),
    ],
)
async def test_the_organizational_domain_is_found_as_the_rfc_describes(
    start: str, published: Zones, organizational: str, queries: list[str]
) -> None:
    resolver = MemoryResolver(published)
    walk = await tree_walk(start, resolver)
    assert walk.organizational_domain == organizational
    assert resolver.queries == [(f"_dmarc.{domain}", "TXT") for domain in queries]


async def test_two_records_at_a_name_are_both_dropped_and_the_walk_goes_on() -> None:
    resolver = MemoryResolver(
        {
            "_dmarc.mail.shop.test": {"TXT": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]},
            "_dmarc.shop.test": {"TXT": ["v=DMARC1; p=quarantine"]},
        }
    )
    discovery = await discover("mail.shop.test", resolver)
    assert (discovery.policy, discovery.inherited) == (Policy.QUARANTINE, True)


async def test_texts_of_other_standards_at_the_name_do_not_count() -> None:
    resolver = MemoryResolver({"_dmarc.shop.test": {"TXT": ["v=spf1 -all", "v=DMARC1; p=reject", "v=dmarc1; p=none"]}})
    assert (await discover("shop.test", resolver)).policy is Policy.REJECT


@pytest.mark.parametrize(
    ("author", "published", "policy"),
    [
        ("shop.test", zones(shop__test="v=DMARC1; p=reject; sp=none; np=none"), Policy.REJECT),
        ("mail.shop.test", zones(shop__test="v=DMARC1; p=reject"), Policy.REJECT),
        ("mail.shop.test", zones(shop__test="v=DMARC1; p=reject; sp=none"), Policy.NONE),
        ("mail.shop.test", zones(shop__test="v=DMARC1; p=reject; sp=none; np=quarantine"), Policy.NONE),
        ("ghost.shop.test", zones(shop__test="v=DMARC1; p=reject; sp=none; np=quarantine"), Policy.QUARANTINE),
        ("ghost.shop.test", zones(shop__test="v=DMARC1; p=none; sp=reject"), Policy.REJECT),
        ("shop.test", zones(shop__test="v=DMARC1; p=reject; t=y"), Policy.QUARANTINE),
        ("shop.test", zones(shop__test="v=DMARC1; p=quarantine; t=y"), Policy.NONE),
        ("mail.shop.test", zones(shop__test="v=DMARC1; p=none; sp=reject; t=y"), Policy.QUARANTINE),
        # No valid p: monitoring where reports are wanted, otherwise nothing (4.10.1).
        ("shop.test", zones(shop__test="v=DMARC1; p=bad; rua=mailto:d@shop.test"), Policy.NONE),
        ("shop.test", zones(shop__test="v=DMARC1; rua=mailto:d@shop.test"), Policy.NONE),
        ("shop.test", zones(shop__test="v=DMARC1; p=reject; sp=bad; rua=mailto:d@shop.test"), Policy.NONE),
        ("shop.test", zones(shop__test="v=DMARC1; p=bad"), None),
        ("shop.test", zones(shop__test="v=DMARC1; p=reject; np=bad"), None),
        # The public suffix's record is the last resort, and never overrules the organization's own.
        ("shop.test", zones(test="v=DMARC1; p=none; sp=reject; psd=y"), Policy.REJECT),
        ("shop.test", zones(test="v=DMARC1; p=none; np=reject; psd=y"), Policy.NONE),
        (
            "mail.shop.test",
            zones(test="v=DMARC1; p=reject; psd=y", shop__test="v=DMARC1; p=quarantine"),
            Policy.QUARANTINE,
        ),
        ("shop.test", {}, None),
    ],
)
async def test_the_policy_that_applies(author: str, published: Zones, policy: Policy | None) -> None:
    existing: Zones = {"shop.test": {"A": ["192.0.2.1"]}, "mail.shop.test": {"MX": [(10, "mx.shop.test")]}}
    discovery = await discover(author, MemoryResolver({**existing, **published, "ghost.shop.test": {"A": NxDomain()}}))
    assert discovery.policy is policy


async def test_whether_the_author_domain_exists_is_asked_only_where_it_decides() -> None:
    resolver = MemoryResolver(zones(shop__test="v=DMARC1; p=none; np=reject"))
    await discover("shop.test", resolver)
    assert ("shop.test", "A") not in resolver.queries
    await discover("ghost.shop.test", resolver)
    assert resolver.queries[-1] == ("ghost.shop.test", "A")


def outcome(discovery: Discovery) -> tuple[Policy | None, str | None]:
    return discovery.policy, str(discovery.failure) if discovery.failure else None


async def test_no_answer_is_never_taken_for_no_record() -> None:
    silent = {"TXT": Failure("TIMEOUT")}
    assert outcome(await discover("shop.test", MemoryResolver({"_dmarc.shop.test": silent}))) == (None, "TIMEOUT")
    assert outcome(await discover("shop.test", MemoryResolver({"_dmarc.test": silent}))) == (None, "TIMEOUT")


async def test_the_author_domains_own_record_stands_whatever_happens_above_it() -> None:
    resolver = MemoryResolver({"_dmarc.shop.test": PLAIN, "_dmarc.test": {"TXT": Failure("SERVFAIL")}})
    discovery = await discover("shop.test", resolver)
    assert outcome(discovery) == (Policy.REJECT, None)
    assert discovery.walk.organizational_domain is None
