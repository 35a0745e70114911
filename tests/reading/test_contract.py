"""The JSON object of the order contract, and the sample letters read as their truths say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailsync.reading.contract import to_json
from mailsync.reading.model import ReadingContext
from tests.paths import SHARED
from tests.reading.letters_by_hand import container, letter, read

SAMPLES = sorted((SHARED / "samples" / "orders").glob("*.eml"))


def test_a_letter_as_json() -> None:
    raw = letter(
        "Прошу счёт на вал 16К20.020.101 - 2 шт.\n\nС уважением,\nИванов Пётр",
        "From: Иванов Пётр <ivanov@zavod.example>",
        "Message-ID: <1@zavod.example>",
        "Date: Mon, 2 Mar 2026 10:15:00 +0300",
        "Subject: Заявка",
    )
    found = to_json("mail.eml", read(raw), plan=[{"action": "create_lead"}], reasons=["потому"])
    assert found["file"] == "mail.eml"
    assert found["kind"] == "order"
    assert found["plan"] == [{"action": "create_lead"}]
    assert found["reasons"] == ["потому"]
    assert found["message"]["message_id"] == "<1@zavod.example>"
    assert found["message"]["date"] == "2026-03-02T10:15:00+03:00"
    assert found["message"]["subject"] == "Заявка"
    assert found["message"]["from"] == {"name": "Иванов Пётр", "address": "ivanov@zavod.example"}
    assert found["message"]["new_text"] == "Прошу счёт на вал 16К20.020.101 - 2 шт."
    assert found["order"]["contact"]["name"] == "Иванов Пётр"
    assert found["order"]["items"][0]["quantity"] == 2


def test_only_files_are_listed_among_the_attachments() -> None:
    logo = "Content-Type: image/png; name=logo.png\nContent-ID: <l@x>\n\nPNG"
    shown = "Content-Type: text/html\n\n<img src='cid:l@x'>"
    file = "Content-Type: text/csv; name=a.csv\nContent-Disposition: attachment\n\na;b"
    found = to_json("x", read(container("related", shown, logo, file)))
    assert found["message"]["attachments"] == [{"filename": "a.csv", "content_type": "text/csv", "size": 3}]


@pytest.mark.skipif(not SAMPLES, reason="the shared sample letters are not beside the repository")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_letter_is_of_its_kind_with_its_subject_sender_and_words(path: Path) -> None:
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    found = to_json(path.name, read(path.read_bytes(), ReadingContext()))
    assert found["kind"] == truth["kind"]
    assert found["message"]["subject"] == truth["subject"]
    assert found["message"]["from"]["address"] == truth["from"]["address"].lower()
    assert found["message"]["from"]["name"] == truth["from"]["name"]
    if path.stem != "bulk-01-newsletter":  # its plain form spells out the links that its HTML hides
        words = [truth["new_text"], *truth.get("accept", {}).get("new_text", [])]
        assert found["message"]["new_text"].split() in [text.split() for text in words]
