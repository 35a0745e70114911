import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsync.dnscheck.dmarc.misplaced import corrected
from mailsync.dnscheck.dmarc.parse import NotDmarcError, is_record, parse
from mailsync.dnscheck.dmarc.record import Mode, Policy, Psd, Record, ReportUri


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("v=DMARC1", Record()),
        ("v=DMARC1;", Record()),
        ("v=DMARC1; p=none;", Record(policy=Policy.NONE)),
        ("v = DMARC1 ;p = Reject ; ", Record(policy=Policy.REJECT)),
        ("V=DMARC1;P=quarantine", Record(policy=Policy.QUARANTINE)),
        (
            "v=DMARC1; rua=mailto:dmarc-feedback@example.com; p=none",
            Record(policy=Policy.NONE, rua=(ReportUri("mailto:dmarc-feedback@example.com"),)),
        ),
        (
            "v=DMARC1; p=reject; sp=quarantine; np=none; psd=n; t=y; adkim=s; aspf=s",
            Record(
                policy=Policy.REJECT,
                subdomain_policy=Policy.QUARANTINE,
                nonexistent_policy=Policy.NONE,
                psd=Psd.NO,
                testing=True,
                adkim=Mode.STRICT,
                aspf=Mode.STRICT,
            ),
        ),
        (
            "v=DMARC1; p=none; rua=mailto:a@one.test!10m , https://reports.two.test/in; ruf=mailto:b@one.test;fo=0:d:s",
            Record(
                policy=Policy.NONE,
                rua=(ReportUri("mailto:a@one.test", "10m"), ReportUri("https://reports.two.test/in")),
                ruf=(ReportUri("mailto:b@one.test"),),
                fo=("0", "d", "s"),
            ),
        ),
        (
            "v=DMARC1; p=none; pct=50; rf=afrf; ri=3600; colour=blue",
            Record(
                policy=Policy.NONE,
                removed=(("pct", "50"), ("rf", "afrf"), ("ri", "3600")),
                unknown=(("colour", "blue"),),
            ),
        ),
    ],
)
def test_a_well_formed_record_is_read(text: str, record: Record) -> None:
    assert parse(text) == record


@pytest.mark.parametrize(
    "text",
    [
        "v=dmarc1; p=none",
        "v=DMARC2; p=none",
        "v=DMARC10; p=none",
        "v=DMARC1 p=none",
        "p=none; v=DMARC1",
        " v=DMARC1; p=none",
        '"v=DMARC1; p=none"',
        "v=spf1 -all",
        "",
    ],
)
def test_a_text_without_the_version_in_front_is_no_record(text: str) -> None:
    assert not is_record(text)
    with pytest.raises(NotDmarcError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "tag", "shown"),
    [
        ("v=DMARC1; p=nothing", "p", "nothing"),
        ("v=DMARC1; p=reject; sp=some", "sp", "some"),
        ("v=DMARC1; p=reject; np=", "np", ""),
        ("v=DMARC1; p=none rua=mailto:d@shop.test", "p", "none rua=mailto:d@shop.test"),
        ("v=DMARC1; p=none; adkim=x", "adkim", "x"),
        ("v=DMARC1; p=none; t=1", "t", "1"),
        ("v=DMARC1; p=none; fo=0:1", "fo", "0:1"),
        ("v=DMARC1; p=none; fo=d:d", "fo", "d:d"),
        ("v=DMARC1; p=none; rua=dmarc@shop.test", "rua", "dmarc@shop.test"),
        ("v=DMARC1; p=none; rua=mailto:nobody", "rua", "mailto:nobody"),
        ("v=DMARC1; p=none; rua=https://[::1", "rua", "https://[::1"),
        ("v=DMARC1; p=none; junk", "", "junk"),
        ("v=DMARC1; p=none; p=reject", "", "p=reject"),
        ("v=DMARC1;; p=none", "", ""),
        ("v=DMARC1; p=отклонить", "p", "отклонить"),
    ],
)
def test_what_is_broken_is_kept_as_a_defect_and_the_rest_still_counts(text: str, tag: str, shown: str) -> None:
    (defect,) = parse(text).defects
    assert (defect.tag, defect.text) == (tag, shown)


def test_one_broken_address_does_not_take_the_good_one_with_it() -> None:
    record = parse("v=DMARC1; p=none; rua=dmarc@shop.test,mailto:d@shop.test")
    assert [uri.uri for uri in record.rua] == ["mailto:d@shop.test"]
    assert [defect.text for defect in record.defects] == ["rua=dmarc@shop.test,mailto:d@shop.test"]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("v=DMARC1;p=none", "v=DMARC1; p=none"),
        (
            "v=DMARC1; rua=mailto:d@shop.test!5m; pct=20; p=reject; adkim=r",
            "v=DMARC1; p=reject; rua=mailto:d@shop.test",
        ),
        ("v=DMARC1; p=none; t=y; np=reject; sp=none; fo=1", "v=DMARC1; p=none; sp=none; np=reject; t=y"),
        (
            "v=DMARC1; p=none; ruf=mailto:f@shop.test; fo=d:s; psd=n",
            "v=DMARC1; p=none; psd=n; ruf=mailto:f@shop.test; fo=d:s",
        ),
    ],
)
def test_a_record_is_printed_without_defaults_and_removed_tags(text: str, printed: str) -> None:
    assert str(parse(text)) == printed
    assert str(parse(printed)) == printed


@pytest.mark.parametrize(
    ("uri", "address", "host"),
    [
        ("mailto:d@shop.test", "d@shop.test", "shop.test"),
        ("MAILTO:d%2Cmarc@Shop.Test", "d,marc@Shop.Test", "shop.test"),
        ("https://reports.test/x", None, "reports.test"),
    ],
)
def test_a_report_uri_names_the_domain_that_receives(uri: str, address: str | None, host: str) -> None:
    assert (ReportUri(uri).mail_address, ReportUri(uri).host) == (address, host)


@pytest.mark.parametrize(
    ("policy", "lowered"),
    [(Policy.REJECT, Policy.QUARANTINE), (Policy.QUARANTINE, Policy.NONE), (Policy.NONE, Policy.NONE)],
)
def test_testing_mode_lowers_a_policy_by_one_step(policy: Policy, lowered: Policy) -> None:
    assert policy.lowered() is lowered


RECORDISH = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            ["v=DMARC1", "p=none", "p=", "sp=reject", "rua=mailto:a@b.test,x", "fo=0:d", ";", " ", "=", "!10m", "é"]
        ),
        max_size=12,
    ).map("".join),
)


@given(RECORDISH)
def test_any_text_is_either_no_record_or_one_that_prints_and_reads_the_same(text: str) -> None:
    if not is_record(text):
        return
    record = parse(text)
    again = parse(str(record))
    assert str(again) == str(record)
    assert (again.policy, again.rua, again.testing) == (
        record.policy,
        tuple(ReportUri(uri.uri) for uri in record.rua),
        record.testing,
    )
    assert not again.defects


@given(RECORDISH)
def test_any_text_is_corrected_to_a_record_that_receivers_see(text: str) -> None:
    assert is_record(str(corrected(text)))
