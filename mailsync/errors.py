"""What can go wrong, told in words that name the cure.

MailsyncError
├── SettingsError        the settings cannot be used; lists every problem by key
├── TemporaryFailure     nothing was done; trying again later may work
├── PermanentFailure     nothing was done; trying again as it is will not work
│   └── RecipientRefused the customer's address does not take mail
└── UnknownOutcome       it may or may not have been done; look before repeating

Adapters translate the exceptions of their library into these once, with the cause chained. Only the worker
catches them broadly. Messages never contain secrets or a customer's words.
"""

from __future__ import annotations


class MailsyncError(Exception):
    """The root: `str(error)` says what happened, `cure` what a person can do about it (may be empty)."""

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.cure = cure


class SettingsError(MailsyncError):
    """The settings cannot be used; `problems` names every one of them as `(key, what is wrong)`."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{key}: {problem}" for key, problem in problems))
        self.problems = problems


class TemporaryFailure(MailsyncError):  # noqa: N818 - named for what it tells the worker
    """Nothing was done and a later try may work; `retry_after` is the neighbour's own wish in seconds, if it had one.

    `neighbour` says who failed ("imap", "smtp", "crm", "dns", "disk"), so that one dead neighbour is told apart
    from a bad letter and does not use up the letter's tries.
    """

    def __init__(
        self, message: str, *, cure: str = "", neighbour: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, cure=cure)
        self.neighbour = neighbour
        self.retry_after = retry_after


class PermanentFailure(MailsyncError):  # noqa: N818
    """Nothing was done and repeating it unchanged cannot help: a person has to act."""


class RecipientRefused(PermanentFailure):
    """The server refuses the recipient for good (5yz to RCPT TO, RFC 5321, 4.2.1): nothing was sent to anybody."""


class UnknownOutcome(MailsyncError):  # noqa: N818
    """The request left, the answer did not come: the effect may exist. Look for it before doing it again.

    `retry_after` is in seconds: how long the neighbour may still be at it, where that is known.
    """

    def __init__(self, message: str, *, cure: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, cure=cure)
        self.retry_after = retry_after


def where(failure: BaseException, frames: int = 6) -> str:
    """Module and line of an unexpected failure, the innermost last, without the values that a traceback would quote."""
    found = []
    trace = failure.__traceback__
    while trace:
        found.append(f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(found[-frames:])
