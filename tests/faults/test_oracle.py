"""The oracle itself: damage done by hand behind the worker's back is named, whatever it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailsync.memory.mailbox import StoredLetter
from mailsync.ports import Envelope
from tests.faults.accounts import violations
from tests.faults.letters import ORDER, order, with_files
from tests.faults.seams import Seams
from tests.faults.world import World

Damage = Callable[[World], None]


def _sql(statement: str) -> Damage:
    def damage(world: World) -> None:
        world.database.rows(statement)

    return damage


def _lead_removed(world: World) -> None:
    world.crm.leads.popitem()


def _lead_doubled(world: World) -> None:
    number, lead = next(iter(world.crm.leads.items()))
    world.crm.leads[number + 10_000] = lead


def _note_removed(world: World) -> None:
    world.crm.notes.popitem()


def _note_doubled(world: World) -> None:
    number, note = next(iter(world.crm.notes.items()))
    world.crm.notes[number + 10_000] = note


def _contact_doubled(world: World) -> None:
    number, contact = next(iter(world.crm.contacts.items()))
    world.crm.contacts[number + 10_000] = contact


def _file_removed(world: World) -> None:
    next(iter(world.crm.files.values())).clear()


def _file_doubled(world: World) -> None:
    files = next(iter(world.crm.files.values()))
    files.append(files[0])


def _letter_sent_twice(world: World) -> None:
    world.submission.accepted.append(world.submission.accepted[0])


def _letter_unsent(world: World) -> None:
    world.submission.accepted.clear()


def _letter_of_nobody(world: World) -> None:
    one = world.submission.accepted[0]
    foreign = one.raw.replace(b".confirmation.", b".greeting.")
    world.submission.accepted.append(Envelope(one.mail_from, one.rcpt_to, foreign))


def _letter_not_fetched(world: World) -> None:
    inbox = world.mailbox.folders["INBOX"]
    inbox.letters[inbox.uidnext] = StoredLetter(order(99))


def _copy_doubled(world: World) -> None:
    sent = world.mailbox.folders["Sent"]
    sent.add(next(iter(sent.letters.values())).raw)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "a lead is missing": (_lead_removed, "L leads"),
    "a lead stands twice": (_lead_doubled, "D1 2 leads"),
    "a note is missing": (_note_removed, "L notes"),
    "a note stands twice": (_note_doubled, "D1 2 notes"),
    "a contact stands twice": (_contact_doubled, "D1 2 contacts"),
    "a file is missing": (_file_removed, "L files"),
    "a file stands twice": (_file_doubled, "D1 2 files"),
    "a confirmation went out twice": (_letter_sent_twice, "D2 2 times in sent"),
    "a confirmation never went out": (_letter_unsent, "L sent"),
    "a letter nobody asked for went out": (_letter_of_nobody, "X sent"),
    "a letter was never fetched": (_letter_not_fetched, "L UID"),
    "a copy stands twice in Sent": (_copy_doubled, "D2 2 times in copies"),
    "a sighting is gone": (_sql("DELETE FROM sighting WHERE uid = 1"), "L the cursor has passed UID 1"),
    "an entry is gone": (_sql("DELETE FROM entry WHERE id = 1"), "L UID 1"),
    "an entry waits for ever": (_sql("UPDATE entry SET state = 'waiting' WHERE id = 1"), "U entry 1"),
    "an entry is parked without a word": (_sql("UPDATE entry SET state = 'parked' WHERE id = 1"), "U entry 1"),
    "an effect was left out": (_sql("UPDATE effect SET state = 'planned' WHERE position = 1"), "L entry 1 is done"),
    "an effect hangs": (_sql("UPDATE effect SET state = 'sending' WHERE position = 1"), "L entry 1 is done"),
    "a confirmation is doubtful": (
        _sql("UPDATE effect SET state = 'uncertain' WHERE letter_id IS NOT NULL"),
        "U uncertain without a reason",
    ),
    "a plan is gone": (_sql("DELETE FROM effect WHERE entry_id = 1"), "X leads"),
}


@pytest.mark.parametrize("name", DAMAGES)
async def test_planted_damage_is_named(name: str) -> None:
    damage, told = DAMAGES[name]
    world = World()
    try:
        await world.mailbox.deliver(with_files(ORDER, "list.bin"))
        await world.mailbox.deliver(order(2, "b@b.example"))
        await world.rest(Seams())
        assert violations(world) == []
        damage(world)
        assert any(problem.startswith(told) for problem in violations(world)), violations(world)
    finally:
        world.close()
