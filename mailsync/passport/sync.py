"""Which change wins (pure): the last one by time, whichever side made it; equal values change nothing."""

from __future__ import annotations

from dataclasses import replace

from mailsync.passport.equipment import Line, Source, Synced, SyncedName


def observed(now: Synced, name: SyncedName, value: str | None, at: float) -> tuple[Synced, Line | None]:
    """What AmoCRM's field holds, the lead having been changed last at `at`.

    A lead is changed for many reasons: only a value other than the one known to stand there is a change of the field.
    """
    if at < now.crm_at or value == now.in_crm:
        return now, None
    return changed(replace(now, in_crm=value, crm_at=at), name, value, at, "crm")


def changed(now: Synced, name: SyncedName, value: str | None, at: float, source: Source) -> tuple[Synced, Line | None]:
    """A change made at `at`: applied, or lost to a later one; the line for the history, None for an equal value.

    AmoCRM tells whole seconds: of two changes by one side in the same second the one that is told later is the later.
    """
    later = at > now.at or (at == now.at and source == now.source)
    after = replace(now, value=value, at=at, source=source) if later else now
    if value == now.value:
        return after, None
    return after, Line(at, source, name, value, now.value, applied=later)
