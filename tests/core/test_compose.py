"""Our letters as bytes: headers, marks, and what a hostile customer cannot put into them."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsync.confirmation.compose import Composer
from mailsync.deciding.effects import SendConfirmation, Understood
from mailsync.errors import PermanentFailure

COMPOSER = Composer("zakaz@tdrusstankosbyt.ru", "РусСтанкоСбыт", "zakaz@tdrusstankosbyt.ru")
NOW = datetime(2026, 3, 2, 7, 15, tzinfo=UTC)
HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Content-Language",
]  # fmt: skip


def letter(**more: object) -> SendConfirmation:
    values: dict[str, object] = {
        "to": "ivanov@zavod.example",
        "to_name": "Иванов Пётр",
        "subject": "Re: Заявка [RS-8TKYS9P]",
        "reference": "RS-8TKYS9P",
        "message_id": "<RS-8TKYS9P.confirmation.x@tdrusstankosbyt.ru>",
        "in_reply_to": "<1@zavod.example>",
        "references": ("<0@zavod.example>", "<1@zavod.example>"),
        "understood": Understood(name="Иванов Пётр", machines=("16К20",), items=("Патрон <b>, 7100-0035 — 2 шт",)),
    }
    return SendConfirmation.model_validate(values | more)


def test_the_headers_say_that_a_machine_answers_and_where_it_belongs() -> None:
    envelope = COMPOSER.compose(letter(), NOW)
    message = message_from_bytes(envelope.raw, policy=default)
    assert message.keys() == HEADERS
    assert message["From"] == "РусСтанкоСбыт <zakaz@tdrusstankosbyt.ru>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["References"] == "<0@zavod.example> <1@zavod.example>"
    assert (envelope.mail_from, envelope.rcpt_to) == ("zakaz@tdrusstankosbyt.ru", ("ivanov@zavod.example",))


def test_text_and_html_repeat_what_was_understood_and_html_is_escaped() -> None:
    text, html = COMPOSER.render(letter())
    assert "Здравствуйте, Иванов Пётр!" in text
    assert "1. Патрон <b>, 7100-0035 — 2 шт" in text
    assert "RS-8TKYS9P" in text
    assert "Патрон &lt;b&gt;" in html


def test_the_same_letter_has_the_same_bytes_on_every_try() -> None:
    assert COMPOSER.compose(letter(), NOW) == COMPOSER.compose(letter(), NOW)


@settings(max_examples=500, deadline=None)
@given(subject=st.text(max_size=300), name=st.text(max_size=100))
def test_no_subject_or_name_makes_a_header_of_its_own(subject: str, name: str) -> None:
    envelope = COMPOSER.compose(
        letter(subject=subject + "\r\nBcc: victim@x.example", to_name=name + "\nX-Evil: 1"), NOW
    )
    assert message_from_bytes(envelope.raw, policy=default).keys() == HEADERS
    assert b"\n" not in envelope.raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("address", ["a b@x.example", "a\r\nBcc: v@x@y.example", "@", "nobody"])
def test_an_address_that_cannot_stand_in_a_header_is_refused_with_its_cure(address: str) -> None:
    with pytest.raises(PermanentFailure) as caught:
        COMPOSER.compose(letter(to=address), NOW)
    assert caught.value.cure == "answer the customer by hand"


def test_a_broken_template_of_ones_own_is_named(tmp_path: Path) -> None:
    (tmp_path / "confirmation.txt.j2").write_text("{{ nonsense }}", encoding="utf-8")
    composer = Composer("a@b.example", "", "a@b.example", templates=str(tmp_path))
    with pytest.raises(PermanentFailure, match="template confirmation cannot be used: UndefinedError"):
        composer.compose(letter(), NOW)


def test_a_template_that_is_not_there_is_named() -> None:
    with pytest.raises(PermanentFailure, match=r"there is no template wonn\.txt\.j2") as caught:
        COMPOSER.compose(letter(template="wonn"), NOW)
    assert caught.value.cure.startswith("correct its name")
