"""Two sides change one value: the last change by time wins, on both sides, in any order; nothing echoes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsync.passport.equipment import Line, Synced, SyncedName, serial_key
from mailsync.passport.sync import changed, observed

NAME: SyncedName = "service_status"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("4455", "4455"),
        (" № 44 55 ", "4455"),
        ("4455-а", "4455-A"),
        ("SN–12/7", "SN-12/7"),
        ("Зав.№ 12", "ЗAB.12"),
        ("ТЕ-1", "TE-1"),
        ("", ""),
        ("№ -", ""),
    ],
)
def test_spellings_of_one_serial_number_are_one(typed: str, key: str) -> None:
    assert serial_key(typed) == key


@pytest.mark.parametrize(
    ("known", "value", "at", "after", "line"),
    [
        # (what the passport holds, what the lead's field holds, when the lead was changed last)
        (Synced("A", 10, "crm", "A", 10), "A", 20, Synced("A", 10, "crm", "A", 10), None),
        (Synced("A", 10, "crm", "A", 10), "B", 20, Synced("B", 20, "crm", "B", 20), (True, "A")),
        (Synced("A", 10, "crm", "A", 10), "B", 10, Synced("B", 10, "crm", "B", 10), (True, "A")),
        (Synced("X", 30, "passport", "A", 10), "A", 40, Synced("X", 30, "passport", "A", 10), None),
        (Synced("X", 30, "passport", "A", 10), "B", 20, Synced("X", 30, "passport", "B", 20), (False, "X")),
        (Synced("X", 30, "passport", "A", 10), "B", 40, Synced("B", 40, "crm", "B", 40), (True, "X")),
        (Synced("X", 30, "passport", "A", 10), "X", 40, Synced("X", 40, "crm", "X", 40), None),
        (Synced("X", 30, "passport", "A", 10), None, 40, Synced(None, 40, "crm", None, 40), (True, "X")),
        (Synced("A", 10, "crm", "A", 10), "B", 5, Synced("A", 10, "crm", "A", 10), None),
    ],
)
def test_what_a_look_at_the_lead_leads_to(
    known: Synced, value: str | None, at: float, after: Synced, line: tuple[bool, str] | None
) -> None:
    state, told = observed(known, NAME, value, at)
    assert state == after
    assert told == (Line(at, "crm", NAME, value, line[1], line[0]) if line else None)


@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=4))
def test_changes_that_arrive_in_any_order_leave_the_newest(values: list[str]) -> None:
    changes = [(value, float(at), "passport" if at % 2 else "app") for at, value in enumerate(values, 1)]
    for order in permutations(changes):
        state, applied = Synced(), 0
        for value, at, source in order:
            state, line = changed(state, NAME, value, at, source)  # type: ignore[arg-type]
            applied += bool(line and line.applied)
        assert (state.value, state.at) == changes[-1][:2]
        assert applied >= 1


@dataclass
class Crm:
    """The lead's field; anything may change the lead."""

    value: str | None = None
    updated_at: float = 0
    writes: int = 0


def look(state: Synced, crm: Crm, now: float) -> Synced:
    """What the worker does at a hook, a reconciling read or an entry of the passport."""
    state, _ = observed(state, NAME, crm.value, crm.updated_at)
    if state.value != crm.value:
        crm.value, crm.updated_at, crm.writes = state.value, now, crm.writes + 1
        state = replace(state, in_crm=state.value)
    return state


STEPS = st.lists(st.sampled_from(["manager", "platform", "look", "other edit"]), max_size=30)


@given(STEPS)
def test_both_sides_come_to_the_newest_change_whenever_they_are_compared(steps: list[str]) -> None:
    state, crm, newest, unseen = Synced(), Crm(), None, False
    for now, step in enumerate(steps, 1):
        if step == "manager":
            crm.value, crm.updated_at, newest, unseen = f"crm {now}", now, f"crm {now}", True
        elif step == "platform":
            state, _ = changed(state, NAME, newest := f"passport {now}", now, "passport")
        elif step == "other edit" and not unseen:  # it would make an unseen change of the field look younger
            crm.updated_at = now
        elif step == "look":
            state, unseen = look(state, crm, now), False
    end = len(steps) + 1
    state = look(state, crm, end)
    assert state.value == crm.value == newest
    writes = crm.writes
    assert look(state, crm, end + 1) == state
    assert crm.writes == writes


@given(
    st.lists(
        st.tuples(st.sampled_from(["manager", "platform", "look", "other edit"]), st.sampled_from("AB")), max_size=30
    )
)
def test_both_sides_agree_in_the_end_whatever_happened(steps: list[tuple[str, str]]) -> None:
    state, crm = Synced(), Crm()
    for now, (step, value) in enumerate(steps, 1):
        if step == "manager":
            crm.value, crm.updated_at = value, now
        elif step == "platform":
            state, _ = changed(state, NAME, value, now, "passport")
        elif step == "other edit":
            crm.updated_at = now
        else:
            state = look(state, crm, now)
    state = look(state, crm, len(steps) + 1)
    assert state.value == crm.value
