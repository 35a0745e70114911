"""`scripts/faults`: every proof once more with its figures, written down in docs/faults.md."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.by_tests import GROUPS, passed
from tests.faults.many import Count, Many
from tests.faults.simulation import simulate
from tests.faults.storm import Storm, isync_storm, worker_storm
from tests.faults.system_calls import killed_at_some
from tests.servers.process import missing

REPORT = Path(__file__).parents[2] / "docs" / "faults.md"
SEED = 20261128
HEAD = """# Nothing lost, nothing twice: the proof

Written by `scripts/faults`, which repeats it; `scripts/faults --long` stops in more orders and at every system call.
How each fault is made: `tests/faults` and the tests of the part concerned. A violation is a
letter lost (L), something twice in AmoCRM (D1), a confirmation twice (D2), an entry that neither ended nor says why
(U), something nobody asked for (X), or a further run that changes anything (I).

| fault | what was done | runs | violations | seconds |
| --- | --- | ---: | ---: | ---: |
"""
STORM = """
## The storm, and isync in the same storm

{letters} letters came through Postfix while the process was killed (`kill -9`) at random moments: the worker at work
on them, `mbsync` fetching the same letters from the same Dovecot into a Maildir, killed at the same shares of its own
round. "In doubt": confirmations that a kill has cut off from their answer; each is shown and never sent again.

| | kills | letters lost | doubles | in doubt | seconds |
| --- | ---: | ---: | ---: | ---: | ---: |
"""
DEFECTS_HEAD = """
## Planted defects

Each was switched on by itself; stopping at the seams must find it, else the proof proves nothing.

| defect | violations found | |
| --- | ---: | --- |
"""


@dataclass
class Report:
    """The tables and the violations themselves."""

    rows: list[str] = field(default_factory=list)
    storms: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @contextmanager
    def row(self, fault: str, what: str) -> Iterator[Callable[[Count], None]]:
        """Time what is done inside and add it to the table."""
        started, total = time.monotonic(), Count()
        yield total.add
        seconds = time.monotonic() - started
        self.violations += [f"{fault}: {one}" for one in total.violations]
        line = f"| {fault} | {what} | {total.runs:,} | {len(total.violations)} | {seconds:.0f} |"
        self.rows.append(line.replace("{more}", f"{total.more:,}"))
        print(self.rows[-1], flush=True)

    def text(self, letters: int) -> str:
        told = "\n".join(f"- {one[:300]}" for one in self.violations) or "None."
        machine = f"Python {platform.python_version()}, {os.cpu_count()} processors."
        return (
            HEAD + "\n".join(self.rows) + "\n" + STORM.format(letters=letters) + "\n".join(self.storms) + "\n"
            + DEFECTS_HEAD + "\n".join(self.defects) + f"\n\n## Violations\n\n{told}\n\n{machine}\n"
        )  # fmt: skip


def _in_memory(report: Report, *, long: bool) -> None:
    """F1, F4, F5 and the planted defects: thousands of lives in this process and its helpers."""
    with Many() as many:
        for order in (None, 1, 2, 3) if long else (None, 1):
            name = "tasks in order" if order is None else f"tasks in order no. {order}"
            with report.row("F1", f"stopped at each seam of {many.scenarios} scenarios, {name}") as add:
                many.stops(add, order)
        with report.row("F4", "stopped again while recovering") as add:
            many.double_stops(add, every=3 if long else 12)
        with report.row("F5", "simulated days by seed, {more} stops in them") as add:
            many.days(add, range(1000))
        for name, count in many.defects():
            report.defects.append(f"| {name} | {count} | {'caught' if count else 'MISSED'} |")
            print(report.defects[-1], flush=True)


def _system_calls(report: Report, *, long: bool) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        report.row("F2", "real process killed at a system call, of {more} that change anything") as add,
    ):
        add(asyncio.run(killed_at_some(Path(folder), None if long else 100, SEED)))


def _storms(report: Report, letters: int) -> None:
    rounds = letters // 10
    with (
        tempfile.TemporaryDirectory() as folder,
        report.row("F3", "real process killed at random moments (table below)") as add,
    ):
        storm = asyncio.run(worker_storm(Path(folder), letters=letters, rounds=rounds, seed=SEED))
        add(Count(storm.kills, list(storm.violations)))
    _tell(report, "mailsync", storm)
    with tempfile.TemporaryDirectory() as folder:
        _tell(report, "isync", asyncio.run(isync_storm(Path(folder), letters=letters, rounds=rounds, seed=SEED)))


def _tell(report: Report, name: str, storm: Storm) -> None:
    report.storms.append(
        f"| {name} | {storm.kills} | {storm.lost} | {storm.doubled} | {storm.uncertain} | {storm.seconds:.0f} |"
    )
    print(report.storms[-1], flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="more orders of tasks, every system call")
    parser.add_argument("--letters", type=int, default=500, help="of the storm (500)")
    parser.add_argument("--seed", type=int, help="one simulated day again, nothing written")
    options = parser.parse_args()
    if options.seed is not None:
        print(simulate(options.seed))
        return 0
    if problem := missing("dovecot", "postfix", "strace", "mbsync"):
        print(f"{problem}: scripts/servers installs them", file=sys.stderr)
        return 2
    report = Report()
    _in_memory(report, long=options.long)
    _system_calls(report, long=options.long)
    _storms(report, options.letters)
    for group in GROUPS:
        with report.row(group.fault, group.what) as add:
            add(passed(group))
    REPORT.write_text(report.text(options.letters), encoding="utf-8")
    return 1 if report.violations or any("MISSED" in line for line in report.defects) else 0


if __name__ == "__main__":
    raise SystemExit(main())
