"""The neighbours as the worker sees them: one Protocol each, with an in-memory twin held to the same contract suite.

Every call has a deadline of its own and raises only the errors of `mailsync.errors`. Aware datetimes only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from mailsync.deciding.effects import CreateLead, Subject
from mailsync.deciding.facts import KnownContact, LeadNow, StatusChange
from mailsync.reading.model import Authentication, Reading, ReadingContext


@dataclass(frozen=True, slots=True)
class MailboxState:
    """What the server says on SELECT (RFC 3501, 7.3.1; RFC 9051): `uidnext` is None where it does not tell."""

    uidvalidity: int
    uidnext: int | None
    messages: int


@dataclass(frozen=True, slots=True)
class FetchedLetter:
    """A letter as the server holds it: the exact octets of BODY.PEEK[].

    `size` is the length of the whole letter in octets. Where it is over the adapter's cap, `truncated` is True and
    `raw` holds the header section only, with the empty line that ends it; where the server lists a letter and does
    not hand it out, `raw` is empty and `truncated` True. A person has to open such a letter in the mailbox.
    """

    uid: int
    raw: bytes = field(repr=False)
    size: int
    truncated: bool = False
    arrived_at: float | None = None  # when the mailbox got it (INTERNALDATE), Unix seconds


class MailboxSession(Protocol):
    """A logged-in connection with one mailbox (IMAP folder) selected.

    After any error the session is dead: leave the context and open another.
    Raises TemporaryFailure(neighbour="imap") for a lost link, a timeout, BYE or NO.
    """

    state: MailboxState

    async def uids_after(self, last_uid: int) -> list[int]:
        """UIDs above `last_uid`, ascending; O(1) traffic when there are none (`n:*` names the last UID always)."""
        ...

    async def all_uids(self) -> list[int]:
        """Every UID of the mailbox, ascending; for `journal balance` and after a new UIDVALIDITY, never per poll."""
        ...

    def fetch(self, uids: list[int]) -> AsyncIterator[FetchedLetter]:
        """The letters with these UIDs, one at a time; those expunged meanwhile are left out."""
        ...

    async def identities(self, uids: list[int]) -> dict[int, tuple[str, int]]:
        """Message-ID ("" where there is none) and size in octets by UID: tells letters apart without their bodies."""
        ...

    async def wait(self, seconds: float) -> bool:
        """IDLE (RFC 2177) until letters arrive (True) or `seconds` pass (False); sleeps where IDLE is not offered.

        What was announced since the last `uids_after` counts as well: then the answer is True at once.
        """
        ...

    async def append(self, folder: str, raw: bytes) -> None:
        """Store a copy in another mailbox, made where it is missing, with the flag Seen (APPEND).

        UnknownOutcome when the letter was sent and the answer did not come.
        """
        ...

    async def has_message(self, folder: str, message_id: str) -> bool:
        """Whether a mailbox holds a letter with this Message-ID."""
        ...

    async def after(self, uid: int, action: str) -> None:
        """Do what `mailbox.after` says with a finished letter: "seen", "flag:NAME" or "move:FOLDER". Never expunges.

        A letter that is no longer there counts as done. PermanentFailure where the server cannot do it (no MOVE).
        """
        ...


class Mailbox(Protocol):
    """Opens sessions. `connect` raises TemporaryFailure, or PermanentFailure when login is refused (wrong password)."""

    def connect(self) -> AbstractAsyncContextManager[MailboxSession]: ...


@dataclass(frozen=True, slots=True)
class Envelope:
    """The SMTP envelope (RFC 5321, 2.3.1) and the exact bytes, CRLF line ends."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes = field(repr=False)


class Submission(Protocol):
    """Hands letters to the SMTP server; the connection is kept and reused, one letter at a time."""

    async def submit(self, envelope: Envelope, before_data: Callable[[], Awaitable[None]]) -> str:
        """Send one letter and return the server's last answer.

        `before_data` is awaited after RCPT was accepted and before DATA is sent. A TemporaryFailure or a
        PermanentFailure means that nothing was sent or nothing was accepted, whenever it is raised. `neighbour` is
        "smtp" where no letter could go out (no connection, login refused) and None where the server only puts off
        this letter (4yz); PermanentFailure is a refusal of this letter (5yz).
        UnknownOutcome: the letter was on its way when the link was lost or the time was over.
        """
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LeadIds:
    """What a created lead brought along."""

    lead_id: int
    contact_id: int | None = None
    company_id: int | None = None


class Crm(Protocol):
    """AmoCRM as the worker needs it: each write has a finder that looks for it when its answer was lost.

    Writes raise TemporaryFailure (nothing was written; neighbour="crm" where AmoCRM itself is the reason),
    PermanentFailure (refused for good, with path and detail) or UnknownOutcome (may have been written).
    Finders rely on neither filters nor the search index and raise TemporaryFailure when they cannot tell.
    `since` is the time of the attempt, Unix seconds.
    """

    async def find_contact(self, emails: tuple[str, ...], phones: tuple[str, ...]) -> KnownContact | None:
        """By exact address first, then by phone."""
        ...

    async def find_company(self, inn: str) -> int | None: ...

    async def open_leads(self, contact_id: int) -> tuple[int, ...]:
        """Leads of a contact that are neither won nor lost."""
        ...

    async def create_lead(self, lead: CreateLead) -> LeadIds: ...

    async def find_lead(self, lead: CreateLead, since: float) -> LeadIds | None: ...

    async def add_note(self, entity: Subject, entity_id: int, text: str) -> int: ...

    async def find_note(self, entity: Subject, entity_id: int, marker: str, since: float) -> int | None: ...

    async def add_task(self, entity: Subject, entity_id: int, text: str, due_at: float) -> int: ...

    async def find_task(self, entity: Subject, entity_id: int, marker: str, since: float) -> int | None: ...

    async def attach_file(
        self, entity: Subject, entity_id: int, filename: str, content_type: str, content: bytes, *, look_first: bool
    ) -> str:
        """Upload a file, put it on the lead or contact and into its feed; the answer is the file's uuid.

        The name is unique there: with `look_first`, what an earlier try has done under it is not done again.
        """
        ...

    async def lead(self, lead_id: int) -> LeadNow | None:
        """A lead with its main contact as they are now; None where it is deleted, merged away or foreign."""
        ...

    async def update_lead(self, lead_id: int, fields: Mapping[int, str | None]) -> None:
        """Set fields of a lead by their ids, each in the type it has in AmoCRM; None clears it.

        A date is given as its ISO day and stored as that day of the account's zone. A select takes the text of one of
        its options; PermanentFailure names them where there is no such one. Setting the same again changes nothing.
        """
        ...

    async def status_changes(self, since: float, lead_id: int | None = None) -> list[StatusChange]:
        """What AmoCRM's log says of leads (or one lead) that changed their status since then, the oldest first."""
        ...

    async def changed_leads(self, since: float) -> list[StatusChange]:
        """Leads changed in any way since then, with the status they are in and the time of the change; oldest first."""
        ...

    async def account_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where AmoCRM sends which events; `disabled` after too many bad answers of ours (fact sheet, 10.4)."""

    destination: str = field(repr=False)  # its query holds our key
    events: frozenset[str]
    disabled: bool = False


class Subscriptions(Protocol):
    """AmoCRM's webhooks; needs an administrator's token. Raises as `Crm` does."""

    async def subscriptions(self) -> list[Subscription]: ...

    async def subscribe(self, destination: str, events: frozenset[str]) -> None:
        """Have these events sent; the same destination again replaces its events."""
        ...

    async def unsubscribe(self, destination: str) -> None: ...


class Clock(Protocol):
    """Time as the worker sees it."""

    def now(self) -> float:
        """Unix seconds."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Authenticator(Protocol):
    """Finds out whether a letter is from the domain in its From where no trusted server has said so; never raises."""

    async def authenticate(self, raw: bytes) -> Authentication: ...


class LetterReader(Protocol):
    """Reads letters away from the event loop, within limits of time and memory; always answers."""

    async def read(self, raw: bytes, context: ReadingContext) -> Reading: ...
