"""Reading and writing SPF records."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsync.dnscheck.spf import Record, SpfSyntaxError, is_spf, parse
from mailsync.dnscheck.spf.correct import correct
from mailsync.dnscheck.spf.macro import fit_name


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (b"v=spf1", True),
        (b"V=SPF1 -all", True),
        (b"v=spf1  mx", True),
        (b"v=spf10 mx", False),
        (b"v=spf1mx", False),
        (b" v=spf1 mx", False),
        (b'"v=spf1 mx"', False),
        (b"v=spf1\tmx", False),
        (b"", False),
    ],
)
def test_what_counts_as_an_spf_record(text: bytes, meant: bool) -> None:
    assert is_spf(text) is meant


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1",
        "v=spf1 redirect=beget.com",
        "v=spf1 a mx/24 a:mail.shop.test/24//64 mx:shop.test//64 ptr ptr:shop.test ?all",
        "v=spf1 ip4:192.0.2.0/24 -ip4:192.0.2.7 ip6:2001:db8::/32 ~ip6:2001:db8::1 exists:%{ir}.%{v}._spf.%{d2} -all",
        "v=spf1 include:%{l1r+-}.shop.test exp=why.%{d} unknown=%{s}%%%_%-",
    ],
)
def test_a_record_reads_and_writes_the_same(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("V=SPF1   +A:Shop.Test/32//128  -ALL ", "v=spf1 a:Shop.Test -all"),
        (
            "v=spf1 ip4:192.0.2.1/32 IP6:2001:DB8::1/128 Redirect=x.test",
            "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 redirect=x.test",
        ),
    ],
)
def test_what_says_nothing_is_not_written(text: str, written: str) -> None:
    assert str(parse(text)) == written


@pytest.mark.parametrize(
    ("text", "term", "position"),
    [
        ("v=spf1 a -all mxx", "mxx", 14),
        ("v=spf1 ip4:192.0.2.300", "ip4:192.0.2.300", 7),
        ("v=spf1  ip6:fe80::1%eth0", "ip6:fe80::1%eth0", 8),
        ("v=spf1 a:%{x}.test", "a:%{x}.test", 7),
        ("v=spf1 a:%{d0}.test", "a:%{d0}.test", 7),
        ("v=spf1 redirect=a.test redirect=b.test", "redirect=b.test", 23),
        ("v=spf1 –all", "–all", 7),
        ("hello", "hello", 0),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, term: str, position: int) -> None:
    with pytest.raises(SpfSyntaxError) as caught:
        parse(text)

    assert (caught.value.term, caught.value.position) == (term, position)


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("v=spf1 ipv4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.1 -all"),
        ("v=spf1 a:192.0.2.1 mx:2001:db8::1 ~all", "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ~all"),
        ("v=spf1 ip6:192.0.2.0/24 -all", "v=spf1 ip4:192.0.2.0/24 -all"),
        ("v=spf1 redirect:beget.com", "v=spf1 redirect=beget.com"),
        ("v=spf1 include beget.com ~all", "v=spf1 include:beget.com ~all"),
        ("v=spf1 include: beget.com ~all;", "v=spf1 include:beget.com ~all"),
        ("v=spf1 redirect= beget.com", "v=spf1 redirect=beget.com"),
        ("v=spf1 beget.com, ~all.", "v=spf1 include:beget.com ~all"),
        ("v=spf1 mx —all", "v=spf1 mx -all"),
    ],
)
def test_common_mistakes_are_mended(text: str, better: str) -> None:
    correction = correct(text.encode())

    assert correction is not None
    assert (str(correction.record), correction.dropped) == (better, ())


@pytest.mark.parametrize(
    ("text", "record", "dropped"),
    [
        ("v=spf1 nonsense! mx -all", "v=spf1 mx -all", ("nonsense!",)),
        ("v=spf1 a:%{zz}", "v=spf1", ("a:%{zz}",)),
        ("v=spf1 include: beget.com ip4:1.2.3 ~all", "v=spf1 include:beget.com ~all", ("ip4:1.2.3",)),
    ],
)
def test_terms_that_nobody_understands_are_named_and_left_out(text: str, record: str, dropped: tuple[str, ...]) -> None:
    correction = correct(text.encode())

    assert correction is not None
    assert (str(correction.record), correction.dropped) == (record, dropped)


def test_what_is_damaged_all_over_is_left_to_its_owner() -> None:
    assert correct(b"v=spf1 " + b"! " * 50) is None


def read_or_refused(text: bytes) -> Record | SpfSyntaxError:
    try:
        return parse(text)
    except SpfSyntaxError as error:
        return error


@given(st.binary(max_size=300).map(lambda tail: b"v=spf1 " + tail))
def test_any_octets_are_read_or_refused(text: bytes) -> None:
    found = read_or_refused(text)

    if isinstance(found, SpfSyntaxError):
        assert text[found.position :].decode("latin-1").startswith(found.term)
    else:
        assert parse(str(found)) == found


LONG_RECORDS: dict[str, Callable[[int], bytes]] = {
    "blanks": lambda count: b" " * count,
    "terms": lambda count: b"a " * count,
    "slashes": lambda count: b"a:" + b"/1" * count,
    "percents": lambda count: b"a:" + b"%" * count,
    "macros": lambda count: b"exists:" + b"%{d}" * count,
    "digits": lambda count: b"exists:%{d" + b"9" * count + b"}",
    "dots": lambda count: b"a" + b"." * count,
}


@pytest.mark.parametrize("tail", LONG_RECORDS.values(), ids=LONG_RECORDS.keys())
def test_the_longest_records_are_answered(tail: Callable[[int], bytes]) -> None:
    assert isinstance(read_or_refused(b"v=spf1 " + tail(60_000)), Record | SpfSyntaxError)


def test_a_long_name_loses_labels_on_the_left() -> None:
    assert fit_name("a" * 60 + "." + ".".join(["b" * 60] * 4) + ".") == ".".join(["b" * 60] * 4)
    assert fit_name("shop.test.") == "shop.test"
    assert fit_name("x" * 300) == ""
