"""The neighbours as the worker sees them: one Protocol each, with an in-memory twin held to the same contract suite.

Every call has a deadline of its own and raises only the errors of `mailsync.errors`. Aware datetimes only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol


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

    async def message_ids(self, uids: list[int]) -> dict[int, str]:
        """Message-ID header by UID, for recognising letters after a change of UIDVALIDITY without their bodies."""
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
        PermanentFailure (5yz, login refused) means that nothing was sent or nothing was accepted, whenever it is
        raised; `neighbour` is "smtp" where the server fails and None where it only puts off this letter (4yz).
        UnknownOutcome: the letter was on its way when the link was lost or the time was over.
        """
        ...

    async def close(self) -> None: ...
