"""F12, F13: UIDs and UIDVALIDITYs that do what they should not: no letter lost, none twice, no body fetched in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from mailsync.memory.mailbox import Folder, StoredLetter
from tests.faults.accounts import violations
from tests.faults.letters import order
from tests.faults.seams import Seams
from tests.faults.stops import once_more
from tests.faults.world import World

Change = Callable[[World, list[bytes]], Awaitable[int]]  # returns how many letters are new
NEW = order(9001, "new@n.example")
NEWER = order(9002, "newer@n.example")


def _inbox(world: World) -> Folder:
    return world.mailbox.folders["INBOX"]


async def _all_the_same(world: World, letters: list[bytes]) -> int:
    await world.mailbox.rebuild(letters)
    return 0


async def _in_another_order(world: World, letters: list[bytes]) -> int:
    await world.mailbox.rebuild(letters[::-1])
    return 0


async def _half_of_them(world: World, letters: list[bytes]) -> int:
    await world.mailbox.rebuild(letters[::2])
    return 0


async def _none_of_them(world: World, letters: list[bytes]) -> int:
    await world.mailbox.rebuild([])
    return 0


async def _with_a_new_one(world: World, letters: list[bytes]) -> int:
    await world.mailbox.rebuild([letters[0], NEW, *letters[1:]])
    return 1


async def _twice(world: World, letters: list[bytes]) -> int:
    await world.mailbox.rebuild([*letters, NEW])
    await world.live(Seams())
    await world.mailbox.rebuild([NEWER, NEW, *letters])
    return 2


async def _while_it_is_read(world: World, letters: list[bytes]) -> int:
    """The mailbox is made anew between SELECT and the second letter."""
    await world.mailbox.deliver(NEW)
    await world.mailbox.deliver(NEWER)
    fetched = Counter[str]()

    def interfere(operation: str) -> None:
        fetched[operation] += 1
        if operation == "fetch" and fetched[operation] == 2:
            rebuilt = Folder()
            for raw in (NEWER, *letters, NEW):
                rebuilt.add(raw)
            world.mailbox.folders["INBOX"] = rebuilt

    world.mailbox.interfere = interfere
    await world.live(Seams())
    return 2


async def _back_to_the_old_one(world: World, letters: list[bytes]) -> int:
    """Another server for a day, then the first one again, with a letter that came meanwhile."""
    old = _inbox(world)
    await world.mailbox.rebuild([*letters, NEW])
    await world.live(Seams())
    old.add(NEW)
    old.add(NEWER)
    world.mailbox.folders["INBOX"] = old
    return 2


async def _deleted_and_made_again(world: World, _letters: list[bytes]) -> int:
    del world.mailbox.folders["INBOX"]
    world.mailbox.folders["INBOX"] = Folder()
    await world.mailbox.deliver(NEW)
    return 1


async def _restored_from_a_backup(world: World, letters: list[bytes]) -> int:
    """The same UIDVALIDITY, fewer letters: new ones get UIDs that others had (a server must not, and some do)."""
    folder = Folder(uidvalidity=_inbox(world).uidvalidity)
    for raw in letters[: len(letters) // 2]:
        folder.add(raw)
    folder.add(NEW)
    world.mailbox.folders["INBOX"] = folder
    return 1


async def _restored_and_filled_up(world: World, letters: list[bytes]) -> int:
    """As before, and so many new letters came that the highest UID is beyond what it was."""
    await _restored_from_a_backup(world, letters)
    missing = len(letters) - len(letters) // 2
    for number in range(missing + 2):
        await world.mailbox.deliver(order(9100 + number, f"{number}@late.example"))
    return missing + 3


CHANGES: dict[str, Change] = {
    change.__name__.strip("_").replace("_", " "): change
    for change in (
        _all_the_same, _in_another_order, _half_of_them, _none_of_them, _with_a_new_one, _twice, _while_it_is_read,
        _back_to_the_old_one, _deleted_and_made_again, _restored_from_a_backup, _restored_and_filled_up,
    )
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 10, 120, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", CHANGES)
async def test_a_mailbox_made_anew(name: str, size: int) -> None:
    world = World()
    letters = [order(number, f"{number}@a.example") for number in range(size)]
    for raw in letters:
        await world.mailbox.deliver(raw)
    await world.rest(Seams())
    leads = len(world.crm.leads)
    fetched = Counter[str]()
    world.mailbox.interfere = lambda operation: fetched.update([operation])
    new = await CHANGES[name](world, letters)
    await world.rest(Seams())
    assert (leads, len(world.crm.leads)) == (size, size + new)
    assert violations(world) == []
    assert await once_more(world) == []
    if name != "while it is read":
        assert fetched["fetch"] <= new + 2
    world.close()


async def test_lower_uids_that_appear_late_are_found_by_the_hourly_comparison() -> None:
    world = World()
    inbox = _inbox(world)
    inbox.uidnext = 10
    await world.mailbox.deliver(order(1))
    await world.rest(Seams())
    inbox.letters[4] = StoredLetter(NEW)
    await world.clock.sleep(3600)
    await world.rest(Seams())
    assert len(world.crm.leads) == 2
    assert violations(world) == []
    world.close()


async def test_letters_removed_between_the_list_and_the_fetch_are_nobodys_loss() -> None:
    world = World()
    for number in range(6):
        await world.mailbox.deliver(order(number, f"{number}@a.example"))
    fetched: list[str] = []

    def interfere(operation: str) -> None:
        fetched.append(operation)
        if operation == "fetch" and fetched.count("fetch") == 2:
            del _inbox(world).letters[3]
            del _inbox(world).letters[5]

    world.mailbox.interfere = interfere
    await world.rest(Seams())
    assert len(world.crm.leads) == 4
    assert violations(world) == []
    world.close()


async def test_an_empty_letter_is_stored_like_any_other() -> None:
    world = World()
    await world.mailbox.deliver(b"")
    await world.mailbox.deliver(b"\r\n")
    await world.mailbox.deliver(order(1))
    await world.rest(Seams())
    assert violations(world) == []
    assert len(await world.journal.desk.entries()) == 3
    world.close()
