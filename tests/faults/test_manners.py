"""Mail manners: no ping-pong, nobody into a stranger's thread, nothing a customer writes becomes a header of ours."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import compat32
from email.utils import getaddresses

import pytest

from mailsync.confirmation.compose import Composer
from mailsync.deciding.effects import SendConfirmation, Understood
from mailsync.journal.records import State
from mailsync.ports import Envelope
from tests.faults.accounts import violations
from tests.faults.letters import MORE, answer, order
from tests.faults.seams import Seams
from tests.faults.world import World, message_id
from tests.worker.house import CONFIG

FORGED = 500
ROUNDS = 1000
OTHER = CONFIG.model_copy(update={
    "mailbox": CONFIG.mailbox.model_copy(update={"username": "order@other.example"}),
    "own": CONFIG.own.model_copy(update={"domains": ("other.example",), "companies": ()}),
})  # fmt: skip


@pytest.mark.parametrize("marks", [True, False], ids=["as they write", "what marks an automatic letter got lost"])
async def test_two_such_workers_that_write_to_each_other_stop_after_one_confirmation(
    record_property: Callable[[str, object], None], *, marks: bool
) -> None:
    ours, theirs = World(), World(OTHER)
    await ours.mailbox.deliver(order(1, "order@other.example"))
    carried = [0, 0]
    for _ in range(ROUNDS):
        for number, (sender, receiver) in enumerate([(ours, theirs), (theirs, ours)]):
            await sender.live(Seams())
            for envelope in sender.submission.accepted[carried[number] :]:
                await receiver.mailbox.deliver(_carried(envelope, marks=marks))
            carried[number] = len(sender.submission.accepted)
    record_property("runs", ROUNDS)
    assert carried == [1, 0]
    assert violations(ours) == []
    assert violations(theirs) == []
    ours.close()
    theirs.close()


def _carried(envelope: Envelope, *, marks: bool) -> bytes:
    """The letter as it arrives; without `marks`, by way of a server that knows nothing of automatic letters."""
    raw = b"Return-Path: <" + envelope.mail_from.encode() + b">\r\n" + envelope.raw
    if marks:
        return raw
    return re.sub(rb"^(Return-Path|Auto-Submitted|X-Auto-Response-Suppress):.*\r\n", b"", raw, flags=re.MULTILINE)


async def test_no_forger_reaches_a_lead_and_every_true_answer_does(
    record_property: Callable[[str, object], None],
) -> None:
    world = World(
        CONFIG.model_copy(update={"confirmations": CONFIG.confirmations.model_copy(update={"per_hour": 5000})})
    )
    await world.mailbox.deliver(order(1))
    await world.rest(Seams())
    (first,) = await world.journal.desk.entries(states=[State.DONE])
    sealed = message_id(world.submission.accepted[0].raw)
    chance = random.Random(5)  # noqa: S311 - repeatable
    for number in range(FORGED):
        quoted = chance.choice([sealed, "<1@zavod.example>", sealed[:-9] + "x" + sealed[-8:], sealed.swapcase()])
        subject = chance.choice(["Re: Заявка", f"Re: Заявка [{first.reference}]", f"{first.reference}", "Заявка"])
        await world.mailbox.deliver(
            answer(quoted, f"{MORE} {number}", number=number, sender=f"f{number}@evil{number}.example", subject=subject)
        )
    await world.rest(Seams())
    assert [note.entity_id for note in world.crm.notes.values()].count(first.lead_id or 0) == 1
    for number in range(FORGED):
        await world.mailbox.deliver(answer(sealed, f"{MORE} {number}", number=1000 + number))
    await world.rest(Seams())
    assert [note.entity_id for note in world.crm.notes.values()].count(first.lead_id or 0) == 1 + FORGED
    record_property("runs", 2 * FORGED)
    assert violations(world) == []
    world.close()


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_hostile_subjects_and_names_make_no_header(record_property: Callable[[str, object], None], count: int) -> None:
    composer = Composer("zakaz@tdrusstankosbyt.ru", "РусСтанкоСбыт", "zakaz@tdrusstankosbyt.ru")
    chance = random.Random(7)  # noqa: S311 - repeatable
    pieces = [
        "\r\n", "\n", "\r", "\x00", "\u2028", "\x85", "\x0b", " ", "\t", ":", '"', "\\", ",", ";", "\u202e", "\ud800",
        "Bcc: v@evil.example", "Subject: x", "From: x", "\r\n.\r\n", "\r\n\r\n<script>", "MAIL FROM:<>",
        "<v@evil.example>",
        "=?utf-8?q?=0D=0ABcc:_v?=", "Заявка", "\U0001f600", "a" * 300,
    ]  # fmt: skip
    expected = [
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
        "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Content-Language",
    ]  # fmt: skip
    record_property("runs", count)
    for number in range(count):
        hostile = "".join(chance.choices(pieces, k=chance.randrange(1, 8)))
        hostile = hostile.encode("utf-8", "replace").decode()
        letter = SendConfirmation(
            to=f"v{number}@a.example", to_name=hostile, subject=hostile, reference="RS-7QK2M9X",
            message_id="<RS-7QK2M9X.confirmation.x@tdrusstankosbyt.ru>", in_reply_to=f"<{hostile}>",
            references=(f"<{hostile}>",), understood=Understood(name=hostile, items=(hostile,)),
        )  # fmt: skip
        raw = composer.compose(letter, datetime(2026, 11, 23, tzinfo=UTC)).raw
        head, _, _ = raw.partition(b"\r\n\r\n")
        assert b"\r" not in head.replace(b"\r\n", b"")
        assert b"\n" not in head.replace(b"\r\n", b"")
        parsed = message_from_bytes(raw, policy=compat32)
        assert sorted(parsed.keys()) == sorted(expected), repr(hostile)
        ((_, address),) = getaddresses([str(parsed["To"])])
        assert address == f"v{number}@a.example", repr(hostile)
