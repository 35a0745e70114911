"""The proofs that are tests already: run once more, all of them, and counted."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

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


def passed(group: Group) -> Count:
    """The tests of a group, the long ones too."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "-m", "", "--no-summary", "-o", "junit_family=xunit1", f"--junitxml={report}"]
        ended = subprocess.run([sys.executable, "-m", "pytest", *options, *group.tests], cwd=ROOT, check=False)
        if not report.exists():
            return Count(violations=[f"pytest ended with {ended.returncode}"])
        cases = ET.parse(report).iter("testcase")  # noqa: S314 - pytest wrote it just now
        return _counted(cases)


def _counted(cases: Iterable[Element]) -> Count:
    count = Count()
    for case in cases:
        name = f"{case.get('classname')}.{case.get('name')}"
        problem = next((one for kind in ("failure", "error") for one in case.iter(kind)), None)
        if problem is not None:
            count.violations.append(f"{name}: {problem.get('message')}")
        elif case.find("skipped") is not None:
            count.violations.append(f"{name} was left out")
        else:
            count.runs += sum(int(one.get("value", "1")) for one in case.iter("property")) or 1
    return count
