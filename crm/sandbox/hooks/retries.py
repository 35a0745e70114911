"""When a webhook that was not taken is sent again, and when its destination is switched off (fact sheet, 10.4)."""

from __future__ import annotations

NO_ANSWER = 0
BAD_ANSWERS_WINDOW = 2 * 3600.0

EVENTS = frozenset(
    {
        *(f"{action}_lead" for action in ("add", "update", "delete", "restore", "status", "responsible", "note")),
        *(
            f"{action}_{kind}"
            for kind in ("contact", "company")
            for action in ("add", "update", "delete", "restore", "responsible", "note")
        ),
        *(f"{action}_customer" for action in ("add", "update", "delete", "responsible", "note")),
        *(f"{action}_task" for action in ("add", "update", "delete", "responsible")),
        *("add_talk", "update_talk", "add_message", "add_chat_template_review"),
    }
)


def is_taken(status: int) -> bool:
    """Whether the answer ends the matter; a redirect does not, nor does silence."""
    return 100 <= status <= 299


def wait_before(attempt: int, status: int) -> float | None:
    """Seconds until this attempt (the second is 2) after the last answer was `status`; None: never again.

    A refusal such as 404 gets two more tries, an error of the server's own (499, 5xx) four.
    """
    is_their_own_fault = status == 499 or 500 <= status <= 599
    waits = {2: 300.0, 3: 900.0} | ({4: 900.0, 5: 3600.0} if is_their_own_fault else {})
    return None if is_taken(status) else waits.get(attempt)
