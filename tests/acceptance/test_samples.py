"""All sample letters through real Postfix and Dovecot, the worker as a process: leads, notes, letters, balance."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.town import sender_of, town
from tests.paths import SAMPLES
from tests.servers.fixtures import require

pytestmark = pytest.mark.servers


async def test_every_sample_is_accounted_for_and_a_second_run_does_nothing(tmp_path: Path) -> None:
    require("dovecot", "postfix")
    letters = sorted(SAMPLES.glob("*.eml"))
    truths = {path.stem: json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) for path in letters}
    people = [truth for truth in truths.values() if truth["kind"] in ("order", "service", "message")]
    async with town(tmp_path) as here:
        for number, path in enumerate(letters, 1):
            here.mail.send(path.read_bytes(), sender_of(path.read_bytes()))
            here.mail.dovecot.wait_for_letters(here.mail.user, number)  # in this order: one customer writes twice

        first = await here.mailsync("run", "--once")
        assert first.status == 0, first.err
        listed = (await here.mailsync("journal", "list", "--json", "--limit", "100")).lines
        assert len(listed) == 36
        kinds = {entry["subject"]: entry["kind"] for entry in listed}
        assert kinds == {truth["subject"]: truth["kind"] for truth in truths.values()}
        assert {entry["kind"] for entry in listed if entry["state"] == "ignored"} == {"auto_reply", "bounce", "bulk"}

        assert len(here.crm.leads) == len(people)
        assert set(here.leads_by_reference().values()) == {1}
        written = [note for note in here.crm.notes.values() if note.note_type == "common"]
        assert len(written) == len(people)
        senders = sorted(truth["from"]["address"].lower() for truth in people)
        assert sorted(here.confirmed().elements()) == senders

        balance = (await here.mailsync("journal", "balance", "--json")).json
        assert balance == {
            "mailbox": 36, "stored": 36, "done": len(people), "ignored": 36 - len(people),
            "waiting": 0, "parked": 0, "differences": [],
        }  # fmt: skip

        applied = len(here.crm.applied)
        second = await here.mailsync("run", "--once")
        assert second.status == 0
        assert len(here.crm.applied) == applied
        assert sorted(here.confirmed().elements()) == senders
