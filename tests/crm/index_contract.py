"""What every ContactIndex does: subclass with a fixture `index`, an empty one."""

from __future__ import annotations

from datetime import UTC, datetime

from crm.entities import EntityType
from crm.index import ContactIndex, Entry
from crm.keys import Key

CONTACTS, COMPANIES = EntityType.CONTACTS, EntityType.COMPANIES
MAIL, OTHER_MAIL, PHONE = Key("email", "a@b.ru"), Key("email", "c@d.ru"), Key("phone", "79991234567")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def entry(entity_id: int, *keys: Key, kind: EntityType = CONTACTS) -> Entry:
    return Entry(kind, entity_id, frozenset(keys))


class ContactIndexContract:
    async def test_an_unknown_key_is_left_out(self, index: ContactIndex) -> None:
        assert await index.find(CONTACTS, [MAIL]) == {}

    async def test_what_was_put_is_found_by_each_key(self, index: ContactIndex) -> None:
        await index.put([entry(77, MAIL, PHONE)])
        assert await index.find(CONTACTS, [MAIL, PHONE, OTHER_MAIL]) == {MAIL: (77,), PHONE: (77,)}

    async def test_several_with_one_key_come_in_the_order_of_their_ids(self, index: ContactIndex) -> None:
        await index.put([entry(102, MAIL), entry(78, MAIL), entry(9, MAIL)])
        assert await index.find(CONTACTS, [MAIL]) == {MAIL: (9, 78, 102)}

    async def test_contacts_and_companies_are_apart(self, index: ContactIndex) -> None:
        await index.put([entry(77, MAIL), entry(88, MAIL, kind=COMPANIES)])
        assert await index.find(COMPANIES, [MAIL]) == {MAIL: (88,)}

    async def test_putting_again_replaces_the_keys(self, index: ContactIndex) -> None:
        await index.put([entry(77, MAIL)])
        await index.put([entry(77, OTHER_MAIL)])
        assert await index.find(CONTACTS, [MAIL, OTHER_MAIL]) == {OTHER_MAIL: (77,)}

    async def test_an_entry_without_keys_is_gone(self, index: ContactIndex) -> None:
        await index.put([entry(77, MAIL)])
        await index.put([entry(77)])
        assert await index.find(CONTACTS, [MAIL]) == {}

    async def test_of_two_entries_of_one_entity_the_later_counts(self, index: ContactIndex) -> None:
        await index.put([entry(77, MAIL), entry(77, PHONE)])
        assert await index.find(CONTACTS, [MAIL, PHONE]) == {PHONE: (77,)}

    async def test_nothing_is_listed_at_first(self, index: ContactIndex) -> None:
        assert await index.listed_until(CONTACTS) is None

    async def test_how_far_was_listed_is_kept_for_each_kind(self, index: ContactIndex) -> None:
        await index.put([entry(77, MAIL)], {CONTACTS: NOON})
        assert await index.listed_until(CONTACTS) == NOON
        assert await index.listed_until(COMPANIES) is None
