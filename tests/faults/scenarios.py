"""What the worker goes through in the fault tests: each scenario in phases, the work done after each of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mailsync.config import Config
from mailsync.errors import PermanentFailure, TemporaryFailure, UnknownOutcome
from mailsync.journal.records import State
from mailsync.memory.crm import MemoryContact
from mailsync.memory.submission import SubmissionFault
from tests.faults.letters import BUYER, MORE, ORDER, QUESTION, SERVICE, US, answer, bounce, order, with_files
from tests.faults.world import World, message_id
from tests.worker.house import CONFIG, letter

UNKNOWN = UnknownOutcome("no answer")
AWAY = TemporaryFailure("AmoCRM cannot be reached", neighbour="crm")
REFUSED = PermanentFailure("AmoCRM refused it: NotSupportedChoice", cure="correct amocrm.status_id")


class StoryEnds(Exception):  # noqa: N818 - nothing is wrong
    """What would come next cannot happen after this stop."""


Phase = Callable[[World], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """A world with `config`, and what happens in it."""

    name: str
    phases: tuple[Phase, ...]
    config: Config = CONFIG


def _changed(section: str, **settings: object) -> Config:
    return CONFIG.model_copy(update={section: getattr(CONFIG, section).model_copy(update=settings)})


def arrive(*letters: bytes) -> Phase:
    async def phase(world: World) -> None:
        for raw in letters:
            await world.mailbox.deliver(raw)

    return phase


def ours(world: World, number: int = 0) -> str:
    """Message-ID of a confirmation that was accepted."""
    return message_id(world.submission.accepted[number].raw)


def quoting(make: Callable[[str], bytes]) -> Phase:
    """A letter made from the Message-ID of the first confirmation arrives."""

    async def phase(world: World) -> None:
        await world.mailbox.deliver(make(ours(world)))

    return phase


async def known_contact(world: World) -> None:
    world.crm.contacts[7] = MemoryContact(7, "Иванов", (BUYER,), ())


def rule(address: str, fault: SubmissionFault) -> Phase:
    async def phase(world: World) -> None:
        world.submission.rules[address] = fault

    return phase


def passing(*faults: SubmissionFault) -> Phase:
    async def phase(world: World) -> None:
        world.submission.faults.extend(faults)

    return phase


def crm_fault(operation: str, failure: Exception, *, applied: bool = False, times: int = 1) -> Phase:
    """The next `times` calls of an operation fail, before or after they were applied."""

    async def phase(world: World) -> None:
        left = [failure] * times

        def interfere(name: str, done: bool) -> None:
            if name == operation and done is applied and left:
                raise left.pop()

        world.crm.interfere = interfere

    return phase


def lost_then_away(operation: str, finder: str) -> Phase:
    """A write is applied, its answer is lost, and the first two looks for it fail."""

    async def phase(world: World) -> None:
        left = [(operation, True, UNKNOWN), (finder, False, AWAY), (finder, False, AWAY)]

        def interfere(name: str, done: bool) -> None:
            if left and (name, done) == left[0][:2]:
                raise left.pop(0)[2]

        world.crm.interfere = interfere

    return phase


async def repaired(world: World) -> None:
    """The CRM takes everything again, and a person retries what was parked."""
    world.crm.interfere = lambda _operation, _applied: None
    for entry in await world.journal.desk.entries(states=[State.PARKED]):
        await world.journal.desk.retry(entry.id, world.clock.now())


def all_of(*phases: Phase) -> Phase:
    async def together(world: World) -> None:
        for phase in phases:
            await phase(world)

    return together


async def rebuilt(world: World) -> None:
    """A new UIDVALIDITY: two known letters in another order, and a new one."""
    letters = [one.raw for one in world.mailbox.folders["INBOX"].letters.values()]
    await world.mailbox.rebuild([letters[2], order(77), letters[0]])


async def rebuilt_twice(world: World) -> None:
    await rebuilt(world)
    letters = [one.raw for one in world.mailbox.folders["INBOX"].letters.values()]
    await world.mailbox.rebuild([*reversed(letters), order(78)])


async def own_copy(world: World) -> None:
    if not world.submission.accepted:
        raise StoryEnds
    raw = world.submission.accepted[0].raw
    dated = next(line for line in raw.split(b"\r\n") if line.startswith(b"Date:"))
    await world.mailbox.deliver(raw.replace(dated, b"Date: Wed, 18 Nov 2026 11:06:45 +0000"))


async def nothing(_world: World) -> None:
    """Another poll, with nothing new."""


VERDICT = b"Authentication-Results: mx.tdrusstankosbyt.ru; dmarc=fail header.from=zavod.example\r\n"
GARBAGE = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\xff\xfe\x00"
MACHINE = letter("Я в отпуске до 10 марта.", subject="Автоответ: Заявка", headers="Auto-Submitted: auto-replied\n")
BULK = letter("Скидки!", subject="Акции недели", headers="List-Unsubscribe: <mailto:u@l.example>\nPrecedence: bulk\n")
WITHOUT_ID = letter(ORDER).replace(b"Message-ID: <1@zavod.example>\r\n", b"")
STRANGER = "fremd@other.example"
COLLEAGUE = "petrova@zavod.example"

SCENARIOS = [
    Scenario("an order", (arrive(order()),)),
    Scenario("an order with a file", (arrive(with_files(ORDER, "list.bin")),)),
    Scenario("an order with three files", (arrive(with_files(ORDER, "a.bin", "b.bin", "a.bin")),)),
    Scenario("a service request with a company", (arrive(order(text=SERVICE, subject="Ремонт станка")),)),
    Scenario("a message of an unknown person", (arrive(letter(QUESTION, subject="Вопрос")),)),
    Scenario("a message of a known contact", (all_of(known_contact, arrive(letter(QUESTION, subject="Вопрос"))),)),
    Scenario(
        "a message of a contact with one open lead",
        (arrive(order()), arrive(letter(QUESTION, subject="Вопрос", message_id="<3@zavod.example>"))),
    ),
    Scenario("an answer in the thread", (arrive(order()), quoting(answer))),
    Scenario("an answer that orders more", (arrive(order()), quoting(lambda to: answer(to, MORE)))),
    Scenario("the answer of a colleague", (arrive(order()), quoting(lambda to: answer(to, sender=COLLEAGUE)))),
    Scenario("a stranger who quotes the thread", (arrive(order()), quoting(lambda to: answer(to, sender=STRANGER)))),
    Scenario(
        "an answer that came with its question",
        (arrive(order(), answer("<1@zavod.example>", sender=COLLEAGUE)),),
    ),
    Scenario("a bounce", (arrive(order()), quoting(bounce))),
    Scenario("a delayed delivery", (arrive(order()), quoting(lambda to: bounce(to, status="4.4.1")))),
    Scenario("a letter after a bounce", (arrive(order()), quoting(bounce), arrive(order(5)))),
    Scenario(
        "an automatic reply in the thread",
        (
            arrive(order()),
            quoting(lambda to: MACHINE.replace(b"Auto-Submitted", f"In-Reply-To: {to}\r\nAuto-Submitted".encode())),
        ),
    ),
    Scenario("machines", (arrive(MACHINE, BULK, order(3)),)),
    Scenario("copies", (arrive(order(), b"Received: by another way\r\n" + order(), order()),)),
    Scenario("two letters of a new customer", (arrive(order(1), order(2, text=MORE)),)),
    Scenario(
        "five letters of three customers",
        (arrive(order(1), order(2, "b@b.example"), order(3), order(4, "c@c.example"), order(5, "b@b.example")),),
    ),
    Scenario("garbage", (arrive(GARBAGE, order()),)),
    Scenario(
        "a failed authentication",
        (all_of(known_contact, arrive(VERDICT + order())),),
        _changed("authentication", authserv_id="mx.tdrusstankosbyt.ru"),
    ),
    Scenario("our own mail", (arrive(letter(ORDER, sender=US, message_id="<own@x>")),)),
    Scenario(
        "an accepted confirmation without an answer",
        (all_of(rule(BUYER, SubmissionFault.LOST_ACCEPTED), arrive(order())),),
    ),
    Scenario(
        "an uncertain confirmation settled by its copy",
        (all_of(rule(BUYER, SubmissionFault.LOST_ACCEPTED), arrive(order())), own_copy),
    ),
    Scenario("a lost confirmation", (all_of(rule(BUYER, SubmissionFault.LOST_UNACCEPTED), arrive(order())),)),
    Scenario("a refused recipient", (all_of(rule(BUYER, SubmissionFault.RECIPIENT_REFUSED), arrive(order())),)),
    Scenario("a refused letter", (all_of(rule(BUYER, SubmissionFault.DATA_REFUSED), arrive(order())),)),
    Scenario("greylisting", (all_of(passing(SubmissionFault.RECIPIENT_DEFERRED), arrive(order())),)),
    Scenario("a letter put off at its end", (all_of(passing(SubmissionFault.DATA_DEFERRED), arrive(order())),)),
    Scenario("SMTP away", (all_of(passing(SubmissionFault.OFFLINE, SubmissionFault.OFFLINE), arrive(order())),)),
    Scenario("a new UIDVALIDITY", (arrive(order(1), order(2, "b@b.example"), order(3, "c@c.example")), rebuilt)),
    Scenario(
        "two new UIDVALIDITYs", (arrive(order(1), order(2, "b@b.example"), order(3, "c@c.example")), rebuilt_twice)
    ),
    Scenario("no Message-ID", (arrive(WITHOUT_ID, WITHOUT_ID.replace(b"2 ", b"3 ")),)),
    Scenario("one Message-ID for two letters", (arrive(order(), order(text=MORE)),)),
    Scenario(
        "a lead applied, its answer lost", (all_of(crm_fault("create_lead", UNKNOWN, applied=True), arrive(order())),)
    ),
    Scenario("a lead neither applied nor answered", (all_of(crm_fault("create_lead", UNKNOWN), arrive(order())),)),
    Scenario(
        "a note applied, its answer lost", (all_of(crm_fault("add_note", UNKNOWN, applied=True), arrive(order())),)
    ),
    Scenario(
        "a file applied, its answer lost",
        (all_of(crm_fault("attach_file", UNKNOWN, applied=True), arrive(with_files(ORDER, "a.bin"))),),
    ),
    Scenario(
        "a lead applied, its answer lost, and AmoCRM away when it is looked for",
        (all_of(lost_then_away("create_lead", "find_lead"), arrive(order())),),
    ),
    Scenario("AmoCRM away", (all_of(crm_fault("create_lead", AWAY, times=3), arrive(order(), MACHINE)),)),
    Scenario(
        "a refused lead retried by a person",
        (all_of(crm_fault("create_lead", REFUSED, times=99), arrive(order())), repaired),
    ),
    Scenario(
        "first start with new letters only",
        (arrive(order()), arrive(order(2))),
        _changed("mailbox", first_start="new"),
    ),
    Scenario(
        "mailbox.after moves",
        (arrive(order()), arrive(order(2)), nothing),
        _changed("mailbox", after="move:Обработано"),
    ),
    Scenario(
        "mailbox.after flags", (arrive(order()), arrive(MACHINE), nothing), _changed("mailbox", after="flag:mailsync")
    ),
    Scenario(
        "the day's limit",
        (arrive(order(1), order(2), order(3)),),
        _changed("confirmations", per_address_per_day=2),
    ),
]
