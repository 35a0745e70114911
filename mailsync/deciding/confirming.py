"""Whether a letter of ours goes out, and how it is put into a plan."""

from __future__ import annotations

from mailsync.deciding.effects import Effect, SendConfirmation, StoreSentCopy
from mailsync.deciding.facts import Facts, Rules
from mailsync.reading.model import Own

LATE_SECONDS = 14 * 86_400.0
NO_REPLY = ("noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster")


def refusal(to: str | None, facts: Facts, rules: Rules, own: Own) -> str:
    """Why no letter goes to this address; empty: one may go (RFC 3834, 2; design, promise 5)."""
    local = (to or "").partition("@")[0].lower()
    refusals = (
        (not rules.confirm, "switched off in the settings"),
        (not to, "nobody to answer"),
        (own.is_own(to or ""), "the address is one of ours"),
        (local.startswith(NO_REPLY), "the address says that nobody reads it"),
        (facts.age > LATE_SECONDS, "it came weeks ago: an answer now would only puzzle"),
        (facts.dead_address, "our letters to this address came back"),
        (facts.letters_today >= rules.per_address_per_day, "the day's limit for this address is reached"),
        (facts.letters_this_hour >= rules.per_hour, "the hour's limit for all letters is reached"),
    )
    return next((why for applies, why in refusals if applies), "")


def with_copy(letter: SendConfirmation, position: int, rules: Rules) -> list[Effect]:
    """A letter at `position` of a plan, and its copy in Sent."""
    return [letter, StoreSentCopy(letter=position)] if rules.sent_copy else [letter]
