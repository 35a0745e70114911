"""Domain names as the DNS and as people have them."""

import pytest

from mailsync.dnscheck.names import BadNameError, ascii_name, unicode_name


@pytest.mark.parametrize(
    ("name", "ascii_form", "shown"),
    [
        ("Shop.Test.", "shop.test", "shop.test"),
        ("Сайт.РФ", "xn--80aswg.xn--p1ai", "сайт.рф"),
        ("_dmarc.сайт.рф", "_dmarc.xn--80aswg.xn--p1ai", "_dmarc.сайт.рф"),
        ("straße.de", "xn--strae-oqa.de", "straße.de"),
        ("XN--80ASWG.xn--p1ai", "xn--80aswg.xn--p1ai", "сайт.рф"),
        ("xn--\u0061", "xn--a", "xn--a"),
    ],
)
def test_both_forms_of_a_name(name: str, ascii_form: str, shown: str) -> None:
    assert ascii_name(name) == ascii_form
    assert unicode_name(ascii_form) == shown


@pytest.mark.parametrize(
    "name", ["", ".", "a..b", "x" * 64 + ".test", "сайт\u200b\u0000.рф", ".".join(["abcdefg"] * 32)]
)
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(BadNameError):
        ascii_name(name)
