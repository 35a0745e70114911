"""`scripts/faults`: everything once more with its figures, written down in docs/faults.md."""

from __future__ import annotations

import argparse
import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from tests.faults.defects import DEFECTS
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.simulation import simulate
from tests.faults.stops import stopped_everywhere, stopped_twice

REPORT = Path(__file__).parents[2] / "docs" / "faults.md"
HEAD = """# Nothing lost, nothing twice: the proof

Written by `scripts/faults`; the same command repeats it, `scripts/faults --long` with more of everything. What is
proved and how: `tests/faults`. A violation is a letter lost (L), something twice in AmoCRM (D1), a confirmation twice
(D2), an entry that neither ended nor says why (U), something nobody asked for (X), or a further run that changes
anything (I).

| proof | runs | violations | seconds |
| --- | ---: | ---: | ---: |
"""


@dataclass
class Report:
    """Rows of the table, and the violations themselves."""

    rows: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def add(self, proof: str, runs: int, violations: Iterable[str], seconds: float) -> None:
        found = list(violations)
        self.violations += found
        self.rows.append(f"| {proof} | {runs:,} | {len(found)} | {seconds:.0f} |")
        print(self.rows[-1], flush=True)


def _stops(report: Report, order: int | None, name: str) -> None:
    started, points, found = time.monotonic(), 0, list[str]()
    for scenario in SCENARIOS:
        count, problems = asyncio.run(stopped_everywhere(scenario, order=order))
        points += count
        found += problems
    report.add(
        f"stopped at each seam, {len(SCENARIOS)} scenarios, {name} (F1)", points, found, time.monotonic() - started
    )


def _double_stops(report: Report, every: int) -> None:
    started, points, found = time.monotonic(), 0, list[str]()
    for scenario in SCENARIOS:
        count, problems = asyncio.run(stopped_twice(scenario, every=every))
        points += count
        found += problems
    report.add("stopped again while recovering (F4)", points, found, time.monotonic() - started)


def _days(report: Report, seeds: int) -> None:
    started, found, stops = time.monotonic(), list[str](), 0
    for seed in range(seeds):
        day = simulate(seed)
        stops += day.stops
        found += [f"seed {seed}: {problem}" for problem in day.problems]
    report.add(f"simulated days with {stops:,} stops, by seed (F5)", seeds, found, time.monotonic() - started)


def _defects() -> list[str]:
    by_name: dict[str, Scenario] = {scenario.name: scenario for scenario in SCENARIOS}
    lines = []
    for defect in DEFECTS:
        caught = [
            problem
            for name in defect.scenarios
            for problem in asyncio.run(stopped_everywhere(by_name[name], mend=defect.plant))[1]
        ]
        lines.append(f"| {defect.name} | {len(caught)} | {'caught' if caught else 'MISSED'} |")
        print(lines[-1], flush=True)
    return lines


def _text(report: Report, defects: list[str]) -> str:
    told = "\n".join(f"- {one[:300]}" for one in report.violations) or "None."
    return (
        f"{HEAD}{chr(10).join(report.rows)}\n\n## Planted defects\n\nEach was switched on by itself; stopping at the"
        f" seams must find it.\n\n| defect | violations found | |\n| --- | ---: | --- |\n{chr(10).join(defects)}\n\n"
        f"## Violations\n\n{told}\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    if options.seed is not None:
        print(simulate(options.seed))
        return 0
    report = Report()
    _stops(report, None, "tasks in order")
    for seed in range(1, 4 if options.long else 2):
        _stops(report, seed, f"tasks in order {seed}")
    _double_stops(report, every=3 if options.long else 12)
    _days(report, 1000 if options.long else 200)
    defects = _defects()
    missed = [line for line in defects if "MISSED" in line]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(_text(report, defects), encoding="utf-8")
    return 1 if report.violations or missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
