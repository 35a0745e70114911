"""An SMTP server in memory: `mailsync.ports.Submission` without a network."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum

from mailsync.errors import MailsyncError, PermanentFailure, RecipientRefused, TemporaryFailure, UnknownOutcome
from mailsync.ports import Envelope


class SubmissionFault(Enum):
    """What goes wrong with one submission, named by what the client can know of it."""

    OFFLINE = "no connection: nothing was sent"
    LOGIN_REFUSED = "535: nothing was sent"
    RECIPIENT_DEFERRED = "450 to RCPT: nothing was sent"
    RECIPIENT_REFUSED = "550 to RCPT: nothing was sent"
    DATA_DEFERRED = "451 to the final dot: not accepted"
    DATA_REFUSED = "554 to the final dot: not accepted"
    LOST_UNACCEPTED = "the link broke in DATA: not accepted, though the client cannot know"
    LOST_ACCEPTED = "the link broke before the last answer: accepted, though the client cannot know"


def _refusal_before_data(fault: SubmissionFault | None) -> MailsyncError | None:
    match fault:
        case SubmissionFault.OFFLINE:
            return TemporaryFailure("the SMTP server cannot be reached", neighbour="smtp")
        case SubmissionFault.LOGIN_REFUSED:
            return TemporaryFailure("the SMTP server refuses the password", neighbour="smtp")
        case SubmissionFault.RECIPIENT_DEFERRED:
            return TemporaryFailure("450 4.2.1 try again later")
        case SubmissionFault.RECIPIENT_REFUSED:
            return RecipientRefused("550 5.1.1 no such user")
    return None


def _refusal_of_data(fault: SubmissionFault | None) -> MailsyncError | None:
    match fault:
        case SubmissionFault.DATA_DEFERRED:
            return TemporaryFailure("451 4.3.0 try again later")
        case SubmissionFault.DATA_REFUSED:
            return PermanentFailure("554 5.7.1 refused", cure="answer by hand")
        case SubmissionFault.LOST_UNACCEPTED:
            return UnknownOutcome("no answer to the letter")
    return None


class MemorySubmission:
    """Keeps what it accepted in `accepted`; `faults` are used up one for each letter, in order."""

    def __init__(self) -> None:
        self.accepted: list[Envelope] = []
        self.faults: deque[SubmissionFault] = deque()

    async def submit(self, envelope: Envelope, before_data: Callable[[], Awaitable[None]]) -> str:
        fault = self.faults.popleft() if self.faults else None
        if refusal := _refusal_before_data(fault):
            raise refusal
        await before_data()
        if refusal := _refusal_of_data(fault):
            raise refusal
        self.accepted.append(envelope)
        if fault is SubmissionFault.LOST_ACCEPTED:
            raise UnknownOutcome("no answer to the letter")
        return f"250 2.0.0 accepted as {len(self.accepted)}"

    async def close(self) -> None:
        """Nothing to close."""
