"""What an answer means: status, headers and body to an error of `crm.errors` (pure; fact sheet, 2, 3.5 and 12)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from crm import cures
from crm.errors import Blocked, CrmError, ItemError, OutcomeUnknown, RateLimited, Refused, Unauthorized, Unavailable
from crm.messages import Answer

SETTLING = 30.0  # seconds after which a write whose answer was lost has been applied, if it ever is


class Effect(Enum):
    """What a request does to the account, which decides what a lost answer means."""

    READ = "read"
    CREATE = "create"  # twice makes two
    SET = "set"  # twice makes the same (update, link, delete)


def decoded(answer: Answer) -> Any:
    """The JSON of the body, None where it is empty. ValueError for anything else, such as a gateway's HTML."""
    return json.loads(answer.content) if answer.content.strip() else None


def problem(answer: Answer) -> Mapping[str, Any]:
    """The problem document of an error answer, empty where a gateway sent HTML instead."""
    try:
        body = decoded(answer)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def failure(effect: Effect, answer: Answer, *, now: float = 0.0) -> CrmError | None:
    """The error that an answer stands for, None for success; `now` is Unix seconds, for a dated Retry-After."""
    status, name = answer.status, f"AmoCRM answered {answer.status}"
    known: Any = {"status": status, "request_id": answer.request_id}
    if 200 <= status < 300:
        return None
    if status == 401:
        return Unauthorized(name, cure=cures.REAUTHORIZE, hint=_text(problem(answer).get("hint")), **known)
    if status == 402:
        return Blocked(name, cure=cures.UNPAID, **known)
    if status == 403:
        return Blocked(name, cure=cures.FORBIDDEN, **known)
    if status == 429 and effect is Effect.READ:
        return RateLimited(name, retry_after=retry_after(answer, now), cure=cures.WAIT, **known)
    if _is_temporary(status) and effect is Effect.READ:
        return Unavailable(name, retry_after=retry_after(answer, now), cure=cures.UNREACHABLE, **known)
    if status == 429 or _is_temporary(status):
        # A 429 should mean that nothing was applied, but no page promises it, and a second lead costs more than a look.
        return OutcomeUnknown(
            name,
            harmless=effect is Effect.SET,
            retry_after=_settling(answer, now),
            cure=cures.LOOK_FIRST,
            **known,
        )
    cure = cures.REDIRECTED if status < 400 else cures.REFUSED
    return refused(name, item_errors(answer), cure=cure, **known)


def item_errors(answer: Answer) -> dict[str, tuple[ItemError, ...]]:
    """The validation errors by the item's request_id or index; empty where the answer names no item."""
    found: dict[str, tuple[ItemError, ...]] = {}
    entries = problem(answer).get("validation-errors")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            errors = entry.get("errors")
            found[_text(entry.get("request_id"))] = tuple(
                ItemError(_text(error.get("code")), _text(error.get("path")), _text(error.get("detail")))
                for error in (errors if isinstance(errors, list) else ())
                if isinstance(error, dict)
            )
    return found


def refused(name: str, by_item: Mapping[str, tuple[ItemError, ...]], **known: Any) -> Refused:
    """A refusal whose message names the first codes and paths, never what the service says about a value."""
    errors = [error for of_item in by_item.values() for error in of_item]
    places = ", ".join(f"{error.code} at {error.path}" for error in errors[:3])
    return Refused(f"{name}: {places[:300]}" if places else name, by_item=by_item, **known)


def retry_after(answer: Answer, now: float) -> float | None:
    """How many seconds the service wishes us to wait: the body's word, else the header's (RFC 9110, 10.2.3)."""
    wish = problem(answer).get("retry_after")
    if isinstance(wish, int | float) and not isinstance(wish, bool):
        return max(0.0, float(wish))
    header = answer.headers.get("retry-after", "")
    if header.isdecimal() and len(header) < 10:
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now) if header else None
    except (ValueError, OverflowError):
        return None


def _is_temporary(status: int) -> bool:
    """5xx, and what gateways say of a request they were too slow for."""
    return status >= 500 or status in {408, 425, 499}


def _settling(answer: Answer, now: float) -> float | None:
    """A gateway that gave up says nothing about the service behind it, which may still be at it."""
    wish = retry_after(answer, now)
    return SETTLING if wish is None and answer.status not in {429, 500} else wish


def _text(value: object) -> str:
    return value[:1000] if isinstance(value, str) else str(value) if isinstance(value, int) else ""
