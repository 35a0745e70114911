"""Stopping a worker at every seam of a scenario, and judging what the next ones make of it (isync's method)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.faults.accounts import Picture, differences, picture, violations, violations_now
from tests.faults.scenarios import Scenario, StoryEnds
from tests.faults.seams import Seams
from tests.faults.world import Mend, World


@dataclass
class Course:
    """How one run of a scenario went."""

    world: World
    passed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)  # confirmations whose fate a stop has hidden
    decided: set[str] = field(default_factory=set)  # those of them that a person has decided
    uncertain: set[str] = field(default_factory=set)  # confirmations whose fate the scenario itself hides
    stopped_at: list[str] = field(default_factory=list)
    comparable: bool = True  # with the uninterrupted run; the oracle judges it in any case


@dataclass(frozen=True)
class Clean:
    """The uninterrupted run: how many seams it passed and what it ended with."""

    seams: tuple[str, ...] = ()
    end: Picture = field(default_factory=dict)
    uncertain: frozenset[str] = frozenset()


async def play(
    scenario: Scenario,
    clean: Clean | None = None,
    *,
    stops: tuple[int, ...] = (),
    order: int | None = None,
    mend: Mend | None = None,
) -> Course:
    """One run: stopped at the `stops[0]`th seam, the next worker at its `stops[1]`th, and so on.

    What a stop left uncertain a person decides before the next phase; `order` is the seed of another order of tasks.
    """
    course = Course(World(scenario.config, mend=mend))
    left = list(stops)
    for phase in scenario.phases:
        try:
            await phase(course.world)
        except StoryEnds:
            course.comparable = False
            break
        while not await _rest(course, left, order):
            left.pop(0)
        course.uncertain |= course.world.uncertain() - course.doubtful
        await _decide(course, clean or Clean())
    return course


async def _rest(course: Course, left: list[int], order: int | None) -> bool:
    world = course.world
    chance = random.Random(order) if order is not None else None  # noqa: S311 - repeatable
    seams = Seams(left[0] - len(course.passed) if left else None, chance)
    rested = await world.rest(seams)
    course.passed += seams.passed
    if not rested:
        course.stopped_at.append(course.passed[-1])
        course.passed.clear()
        course.doubtful |= world.in_the_gap()
        course.problems += [f"when stopped: {problem}" for problem in violations_now(world)]
    return rested


async def _decide(course: Course, clean: Clean) -> None:
    """What a stop has hidden is shown, and nothing else; then a person decides."""
    doubtful = course.doubtful - clean.uncertain
    shown = course.world.uncertain()
    course.problems += [f"U in the gap, but not shown as uncertain: {one}" for one in doubtful - shown - course.decided]
    course.problems += violations(course.world, frozenset(doubtful | clean.uncertain | course.uncertain))
    if decided := doubtful & shown:
        course.decided |= decided
        await course.world.decide_uncertain(decided)
        await course.world.rest(Seams())


async def clean_run(scenario: Scenario, order: int | None = None) -> Clean:
    course = await play(scenario, order=order)
    try:
        problems = course.problems + await once_more(course.world)
        assert not problems, (scenario.name, problems)
        return Clean(tuple(course.passed), picture(course.world), frozenset(course.uncertain))
    finally:
        course.world.close()


async def once_more(world: World) -> list[str]:
    """I: a further worker with nothing new changes nothing."""
    before = (world.crm.writes, len(world.submission.accepted), world.database.changes)
    await world.live(Seams())
    after = (world.crm.writes, len(world.submission.accepted), world.database.changes)
    return [] if before == after else [f"I a further run changed (writes, mails, rows): {before} to {after}"]


async def judge(course: Course, clean: Clean) -> list[str]:
    """Everything that is wrong with a stopped and recovered run."""
    problems = list(course.problems)
    if course.comparable:
        decided, unsent = frozenset(course.decided), frozenset(course.doubtful) & clean.uncertain
        seen = picture(course.world)
        problems += differences(_without(clean.end, decided, unsent), _without(seen, decided, unsent))
    return problems + await once_more(course.world)


def _without(end: Picture, copies: frozenset[str], sent: frozenset[str]) -> Picture:
    """Letters in doubt: one that a person settled has no copy in Sent, one that is never to be known may be unsent."""
    return {
        **end,
        "copies": [one for one in end["copies"] if one not in copies],
        "sent": [one for one in end["sent"] if one[0] not in sent],
    }


async def stopped_everywhere(
    scenario: Scenario, *, order: int | None = None, mend: Mend | None = None, every: int = 1
) -> tuple[int, list[str]]:
    """Stop at each seam (or each `every`th); the number of stops and what was wrong, by seam."""
    clean = await clean_run(scenario, order)
    failures = []
    points = range(1, len(clean.seams) + 1, every)
    for number in points:
        failures += await _stopped_at((number,), scenario, clean, order, mend)
    return len(points), failures


async def stopped_twice(scenario: Scenario, *, every: int, gap: int = 3) -> tuple[int, list[str]]:
    """Stop at every `every`th seam, and the worker that recovers at its `gap`th, `2 * gap`th, … seam."""
    clean = await clean_run(scenario)
    points, failures = 0, list[str]()
    for first in range(1, len(clean.seams) + 1, every):
        for second in range(1 + first % gap, 40, gap):
            points += 1
            failures += await _stopped_at((first, second), scenario, clean, None, None)
    return points, failures


async def _stopped_at(
    stops: tuple[int, ...], scenario: Scenario, clean: Clean, order: int | None, mend: Mend | None
) -> list[str]:
    course = await play(scenario, clean, stops=stops, order=order, mend=mend)
    try:
        where = f"{scenario.name}, stopped at {stops} {course.stopped_at}"
        problems = await judge(course, clean)
        if not course.stopped_at and mend is None:
            problems.append("it did not stop")
        return [f"{where}: {problem}" for problem in problems]
    finally:
        course.world.close()
