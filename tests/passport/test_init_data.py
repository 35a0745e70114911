"""`initData` of the Mini App: believed only as Telegram has signed it, and for a day."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsync.passport.init_data import BadInitData, Visitor, check, sign
from tests.passport.visitors import BOT_TOKEN, init_data

NOW = 1_795_000_000.0


def test_the_hash_is_the_one_that_telegram_makes() -> None:
    """An example of the docs of @telegram-apps, with its token and its hash."""
    token = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8"
    fields = {
        "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
        "user": '{"id":279058397,"first_name":"Vladislav","last_name":"Kibenko","username":"vdkfrost",'
        '"language_code":"ru","is_premium":true}',
        "auth_date": "1662771648",
    }
    expected = "c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2"
    assert sign(fields, token) == expected.encode()
    shown = check(urlencode(fields | {"hash": expected}), token, 1_662_771_700)
    assert shown == Visitor("279058397", "Vladislav Kibenko")


def test_a_visitor_is_known_by_his_number() -> None:
    assert check(init_data(1234, NOW), BOT_TOKEN, NOW + 60) == Visitor("1234", "Пётр Иванов")


def test_the_newer_signature_may_be_hashed_or_left_out() -> None:
    hashed = init_data(1234, NOW, signature="c2lnbmF0dXJl")
    assert check(hashed, BOT_TOKEN, NOW).telegram_id == "1234"
    assert check(init_data(1234, NOW) + "&signature=c2lnbmF0dXJl", BOT_TOKEN, NOW).telegram_id == "1234"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "empty"),
        ("user=%7B%22id%22%3A1%7D&auth_date=1795000000", "hash"),
        (init_data(1234, NOW).replace("1234", "1235"), "hash"),
        (init_data(1234, NOW) + "&start_param=x", "hash"),
        (init_data(1234, NOW, token="7000000002:another-bot"), "another bot"),
        (init_data(1234, NOW - 86_401), "older than a day"),
        (init_data(1234, NOW + 120), "from the future"),
        (init_data(1234, NOW) + "&user=%7B%22id%22%3A1%7D", "twice"),
        (init_data(0, NOW), "no user"),
        (init_data(1234, NOW, user="nonsense"), "no user"),
        (init_data(1234, NOW, user='{"id": true}'), "no user"),
        (init_data(1234, NOW, user="[1]"), "no user"),
        (init_data(1234, NOW, auth_date="-5"), "when it was made"),
        ("a=1&" * 100, "too many"),
        ("a" * 9_000, "too long"),
    ],
)
def test_anything_else_is_refused_with_the_reason(data: str, why: str) -> None:
    with pytest.raises(BadInitData, match=why):
        check(data, BOT_TOKEN, NOW)


@given(st.text(max_size=300))
def test_nothing_invented_is_believed(data: str) -> None:
    with pytest.raises(BadInitData):
        check(data, BOT_TOKEN, NOW)
