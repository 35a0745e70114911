"""The proofs that are tests already: run once more, all of them, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.many import Count

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Group:
    """Tests that prove one line of the fault plan. A test counts as one run, or as many as it records as `runs`."""

    fault: str
    what: str
    tests: tuple[str, ...]


GROUPS = [
    Group(
        "F6, F7",
        "AmoCRM applied a write, or a part of a batch, and its answer was lost",
        ("tests/faults/test_lost_answers.py", "tests/crm/test_lost_answers.py"),
    ),
    Group("F8", "AmoCRM's limits and tokens", ("tests/crm/test_limiter.py", "tests/crm/test_authorization.py")),
    Group("F9, F10", "SMTP cut off after every octet of the server, stalled, refused", ("tests/smtp",)),
    Group("F11", "IMAP cut off after every octet of the server, stalled", ("tests/imap/test_cuts.py",)),
    Group("F11", "hostile IMAP servers", ("tests/imap/test_hostile_servers.py",)),
    Group("F12, F13", "UIDVALIDITY and UIDs in all variants", ("tests/faults/test_uids.py",)),
    Group("F14", "Dovecot and Postfix killed and started again under load", ("tests/faults/test_restarts.py",)),
    Group("F15", "a failing statement, a full disk, a disk that went away", ("tests/faults/test_disk.py",)),
    Group("F18", "webhooks: killed before the answer, a burst, a slow disk", ("tests/web/test_f18.py",)),
    Group("F19", "SIGTERM in the middle of anything", ("tests/faults/test_shutdown.py",)),
    Group("F20", "the schedule: a blocked loop, a job that hangs", ("tests/web/test_scheduler.py",)),
    Group("F21", "poison", ("tests/faults/test_poison.py", "tests/reading/test_isolation.py")),
    Group("F22", "a migration cut off at every statement", ("tests/faults/test_upgrade.py",)),
    Group("outages", "a neighbour away for hours, a clock that jumps", ("tests/faults/test_outages.py",)),
    Group("manners", "ping-pong, forged threads, hostile headers", ("tests/faults/test_manners.py",)),
    Group("F24", "planted damage named by the oracle", ("tests/faults/test_oracle.py",)),
]


class _Tally:
    """Counts what pytest reports."""

    def __init__(self) -> None:
        self.count = Count()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.count.violations.append(f"{report.nodeid}: {_last_line(report.longreprtext)}")
        elif report.skipped:
            self.count.violations.append(f"{report.nodeid} was left out")
        elif report.when == "call":
            self.count.runs += sum(int(str(value)) for name, value in report.user_properties if name == "runs") or 1


def _last_line(text: str) -> str:
    return next(reversed(text.splitlines()), "")


def passed(group: Group) -> Count:
    """The tests of a group, the long ones too."""
    tally = _Tally()
    paths: Sequence[str] = [str(ROOT / path) for path in group.tests]
    status = pytest.main(["-q", "-m", "", "--no-header", "--no-summary", *paths], plugins=[tally])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        tally.count.violations.append(f"pytest ended with {status}")
    return tally.count
