"""The proofs that run in memory, spread over all processors."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Self

import structlog

from tests.faults.defects import DEFECTS
from tests.faults.scenarios import SCENARIOS
from tests.faults.simulation import Day, simulate
from tests.faults.stops import stopped_everywhere, stopped_twice


@dataclass
class Count:
    """Runs and what was wrong with them; `more` is a second figure where a proof has one."""

    runs: int = 0
    violations: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, other: Count) -> None:
        self.runs += other.runs
        self.violations += other.violations
        self.more += other.more


Add = Callable[[Count], None]


class Many:
    """Runs thousands of workers in memory; scenarios are named to other processes by their number."""

    scenarios = len(SCENARIOS)

    def __enter__(self) -> Self:
        self._pool = ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"), initializer=_quiet)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def stops(self, add: Add, order: int | None) -> None:
        """F1, with the tasks in an order of their own."""
        self._each(add, partial(_stops, order), range(self.scenarios))

    def double_stops(self, add: Add, every: int) -> None:
        """F4, from every `every`th seam."""
        self._each(add, partial(_double_stops, every), range(self.scenarios))

    def days(self, add: Add, seeds: Iterable[int]) -> None:
        """F5."""
        for seed, day in zip(seeds, self._pool.map(simulate, seeds, chunksize=10), strict=True):
            add(_of_day(seed, day))

    def defects(self) -> Iterator[tuple[str, int]]:
        """Each planted defect and how many violations it led to."""
        names = (defect.name for defect in DEFECTS)
        return zip(names, self._pool.map(_defect, range(len(DEFECTS))), strict=True)

    def _each(self, add: Add, work: Callable[[int], Count], numbers: Iterable[int]) -> None:
        for count in self._pool.map(work, numbers):
            add(count)


def _quiet() -> None:
    """Log lines of thousands of stopped workers tell nobody anything."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)


def _stops(order: int | None, scenario: int) -> Count:
    return Count(*asyncio.run(stopped_everywhere(SCENARIOS[scenario], order=order)))


def _double_stops(every: int, scenario: int) -> Count:
    return Count(*asyncio.run(stopped_twice(SCENARIOS[scenario], every=every)))


def _of_day(seed: int, day: Day) -> Count:
    return Count(1, [f"seed {seed}: {problem}" for problem in day.problems], day.stops)


def _defect(number: int) -> int:
    defect = DEFECTS[number]
    wanted = [scenario for scenario in SCENARIOS if scenario.name in defect.scenarios]
    return sum(len(asyncio.run(stopped_everywhere(one, mend=defect.plant))[1]) for one in wanted)
