"""The client's errors as ours; what concerns the whole account is the neighbour's failure, not the letter's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crm.errors import CrmError, NotSent, OutcomeUnknown, Refused, Unauthorized
from mailsync.errors import MailsyncError, PermanentFailure, TemporaryFailure, UnknownOutcome

UNAUTHORIZED_SECONDS = 60.0


@contextmanager
def translated() -> Iterator[None]:
    """Raise the client's errors as those of `mailsync.errors`, the cause chained."""
    try:
        yield
    except CrmError as error:
        raise translate(error) from error


def translate(error: CrmError) -> MailsyncError:
    """One of the client's errors as one of ours."""
    cure = str(error.cure)
    match error:
        case OutcomeUnknown():
            return UnknownOutcome(str(error), cure=cure, retry_after=error.retry_after)
        case Refused():
            where = "; ".join(f"{item.path}: {item.code} {item.detail}".strip() for item in error.items[:5])
            return PermanentFailure(f"AmoCRM refused it: {where or error}", cure=cure)
        case Unauthorized():
            return TemporaryFailure(str(error), cure=cure, neighbour="crm", retry_after=UNAUTHORIZED_SECONDS)
        case NotSent():
            return TemporaryFailure(str(error), cure=cure, neighbour="crm", retry_after=error.retry_after)
    return TemporaryFailure(str(error), cure=cure, neighbour="crm")
