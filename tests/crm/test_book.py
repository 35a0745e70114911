"""Finding people without a call each, and creating each of them once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from crm import fields
from crm.entities import Existing, NewCompany, NewContact, NewLead, PersonUpdate
from crm.errors import OutcomeUnknown, Refused
from crm.fresh_index import Match
from crm.index import MemoryContactIndex
from crm.keys import Key
from crm.sandbox import Switches
from crm.sandbox.faults import Fault
from tests.crm.sandboxed import Pair, run

INN = 712_621


def lead(name: str, *emails: str, phones: tuple[str, ...] = ()) -> NewLead:
    return NewLead(name, contact=NewContact("Иван", emails, phones))


def calls(pair: Pair, method: str) -> int:
    return sum(one.method == method for one in pair.box.requests)


def test_a_contact_is_found_by_address_before_phone_and_the_oldest_counts() -> None:
    async def use(pair: Pair) -> None:
        create = pair.client.contacts.create
        by_phone = await create(NewContact("А", (), ("8 999 123-45-67",)))
        oldest = await create(NewContact("Б", ("I@b.ru",)))
        await create(NewContact("В", ("i@b.ru",)))
        book = pair.client.book
        assert await book.find_contact(["i@B.ru"], ["+79991234567"]) == Match(oldest.id, Key("email", "i@b.ru"))
        assert await book.find_contact(["x@b.ru"], ["+79991234567"]) == Match(by_phone.id, Key("phone", "79991234567"))
        assert await book.find_contact(["x@b.ru"]) is None

    run(use)


def test_a_company_is_found_by_its_inn() -> None:
    async def use(pair: Pair) -> None:
        made = await pair.client.companies.create(NewCompany("ООО", fields=(fields.text(INN, "7707083893"),)))
        assert await pair.client.book.find_company("7707083893") == Match(made.id, Key("inn", "7707083893"))
        assert await pair.client.book.find_company("7707083894") is None

    run(use, client={"inn_field_id": INN})


def test_lookups_cost_no_calls_while_the_index_is_fresh_and_two_when_it_is_not() -> None:
    async def use(pair: Pair) -> None:
        await pair.client.contacts.create(NewContact("А", ("a@b.ru",)))
        await pair.client.companies.create(NewCompany("ООО"))
        before = len(pair.box.requests)
        await asyncio.gather(*(pair.client.book.find_contact([f"{n}@b.ru"]) for n in range(1000)))
        assert len(pair.box.requests) - before == 2
        await asyncio.sleep(61)
        await asyncio.gather(*(pair.client.book.find_contact([f"{n}@b.ru"]) for n in range(1000)))
        assert len(pair.box.requests) - before == 4

    run(use)


@pytest.mark.parametrize("filters", [True, False])
def test_only_what_changed_is_listed_again(filters: bool) -> None:
    async def use(pair: Pair) -> None:
        people = (NewContact(str(n), (f"{n}@b.ru",)) for n in range(1000))
        made = await asyncio.gather(*map(pair.client.contacts.create, people))
        await asyncio.sleep(3600)
        await pair.client.contacts.create(NewContact("Последний"))
        assert await pair.client.book.find_contact(["7@b.ru"])
        assert calls(pair, "GET") == 5 + 1 + 1  # the last to see what changed while the others were read
        await asyncio.sleep(3600)
        await pair.client.contacts.update(PersonUpdate(made[7].id, fields=(fields.emails(["new@b.ru"]),)))
        assert await pair.client.book.find_contact(["new@b.ru"]) == Match(made[7].id, Key("email", "new@b.ru"))
        assert await pair.client.book.find_contact(["7@b.ru"]) is None
        assert calls(pair, "GET") == 5 + 1 + 1 + 1 + 1

    run(use, Switches(filters_enabled=filters))


def test_nobody_is_missed_while_the_first_listing_is_under_way() -> None:
    async def use(pair: Pair) -> None:
        people = (NewContact(str(n), (f"{n}@b.ru",)) for n in range(1500))
        await asyncio.gather(*map(pair.client.contacts.create, people))
        await asyncio.gather(*(pair.client.book.create_lead(lead("Заказ", f"{n}@b.ru")) for n in range(1500)))
        assert len(pair.box.contacts) == 1500

    run(use)


@pytest.mark.parametrize("lag", [0, 120])
def test_many_letters_of_few_new_customers_make_one_contact_each(lag: float) -> None:
    async def use(pair: Pair) -> None:
        letters = [lead(f"Заказ {n}", f"new{n % 7}@b.ru", f"second{n % 7}@b.ru") for n in range(70)]
        await asyncio.gather(*map(pair.client.book.create_lead, letters))
        assert (len(pair.box.leads), len(pair.box.contacts)) == (70, 7)

    run(use, Switches(index_lag=lag))


def test_customers_who_share_one_address_in_any_order_do_not_lock_each_other_out() -> None:
    async def use(pair: Pair) -> None:
        letters = [lead("1", "a@b.ru", "c@b.ru"), lead("2", "c@b.ru", "a@b.ru"), lead("3", "c@b.ru", "d@b.ru")]
        await asyncio.gather(*map(pair.client.book.create_lead, letters))
        assert len(pair.box.contacts) == 1

    run(use)


def test_one_new_company_in_many_letters_is_created_once() -> None:
    async def use(pair: Pair) -> None:
        company = NewCompany("ООО", inn="7707083893", fields=(fields.text(INN, "7707083893"),))
        letters = [NewLead(f"Заказ {n}", contact=NewContact("И", (f"{n}@b.ru",)), company=company) for n in range(20)]
        await asyncio.gather(*map(pair.client.book.create_lead, letters))
        assert (len(pair.box.contacts), len(pair.box.companies)) == (20, 1)

    run(use)


def test_a_contact_that_was_deleted_is_forgotten_and_made_anew() -> None:
    async def use(pair: Pair) -> None:
        first = await pair.client.book.create_lead(lead("1", "a@b.ru"))
        pair.box.contacts[first.contact_id or 0].is_deleted = True
        again = await pair.client.book.create_lead(lead("2", "a@b.ru"))
        assert again.contact_id not in {None, first.contact_id}

    run(use)


def test_a_deleted_contact_that_the_caller_named_is_refused_and_forgotten() -> None:
    async def use(pair: Pair) -> None:
        first = await pair.client.book.create_lead(lead("1", "a@b.ru"))
        pair.box.contacts[first.contact_id or 0].is_deleted = True
        with pytest.raises(Refused):
            await pair.client.book.create_lead(NewLead("2", contact=Existing(first.contact_id or 0)))
        assert await pair.client.book.find_contact(["a@b.ru"]) is None

    run(use)


def test_another_refusal_forgets_nobody() -> None:
    async def use(pair: Pair) -> None:
        first = await pair.client.book.create_lead(lead("1", "a@b.ru"))
        with pytest.raises(Refused):
            await pair.client.book.create_lead(replace(lead("2", "a@b.ru"), status_id=1))
        assert await pair.client.book.find_contact(["a@b.ru"]) == Match(first.contact_id or 0, Key("email", "a@b.ru"))

    run(use)


def test_a_contact_changed_while_the_list_was_being_read_is_not_missed() -> None:
    async def use(pair: Pair) -> None:
        people = (NewContact(str(n), (f"{n}@b.ru",)) for n in range(600))
        made = await asyncio.gather(*map(pair.client.contacts.create, people))
        await asyncio.sleep(3600)
        pair.box.switches.delay = 1
        lookup = asyncio.create_task(pair.client.book.find_contact(["0@b.ru"]))
        await asyncio.sleep(1.5)
        oldest = pair.box.contacts[made[0].id]
        oldest.updated_at = int(pair.box.clock())
        assert await lookup is not None

    run(use)


class Detached(httpx.AsyncBaseTransport):
    """A service that goes on working when its caller has given up, as real ones do."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._tasks: set[asyncio.Task[httpx.Response]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        task = asyncio.create_task(self._inner.handle_async_request(request))
        self._tasks.add(task)
        return await asyncio.shield(task)


def test_a_write_applied_after_its_caller_gave_up_is_waited_for_before_anybody_looks() -> None:
    async def use(pair: Pair) -> None:
        late = Fault(kind="delay", when="before", seconds=40, path="/api/v4/leads/complex")
        async with pair.build(transport=Detached(pair.transport)) as client:
            await client.book.find_contact(["a@b.ru"])
            pair.box.fail(late)
            letters = [lead("1", "a@b.ru"), lead("2", "a@b.ru")]
            first, second = await asyncio.gather(*map(client.book.create_lead, letters), return_exceptions=True)
            assert isinstance(first, OutcomeUnknown)
            assert not isinstance(second, BaseException)
        assert (len(pair.box.leads), len(pair.box.contacts)) == (2, 1)

    run(use)

    run(use)


def test_after_a_lost_answer_the_contact_is_looked_for_before_it_is_made_again() -> None:
    async def use(pair: Pair) -> None:
        pair.box.fail(Fault(kind="drop", when="after", path="/api/v4/leads/complex"))
        with pytest.raises(OutcomeUnknown):
            await pair.client.book.create_lead(lead("1", "a@b.ru"))
        await pair.client.book.create_lead(lead("2", "a@b.ru"))
        assert (len(pair.box.leads), len(pair.box.contacts)) == (2, 1)

    run(use, Switches(index_lag=120))


def test_after_a_restart_an_index_that_was_kept_lists_only_what_changed_since() -> None:
    async def use(pair: Pair) -> None:
        index = MemoryContactIndex()
        people = (NewContact(str(n), (f"{n}@b.ru",)) for n in range(600))
        await asyncio.gather(*map(pair.client.contacts.create, people))
        await asyncio.sleep(3600)
        await pair.client.contacts.create(NewContact("Последний"))
        async with pair.build(index=index) as client:
            assert await client.book.find_contact(["599@b.ru"]) is not None
        await asyncio.sleep(3600)
        await pair.client.contacts.create(NewContact("Н", ("new@b.ru",)))
        before = calls(pair, "GET")
        async with pair.build(index=index) as client:
            assert await client.book.find_contact(["new@b.ru"]) is not None
        assert calls(pair, "GET") - before == 2

    run(use)
