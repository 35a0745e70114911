"""Fixtures for all tests, and one rule for all of them: what a test logs holds no secret and no customer's words."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator

import pytest
import structlog

from mailsync import logs
from tests.leaks import leaks

pytest_plugins = ["tests.servers.fixtures"]
LOGS = ("stderr", "log")  # of the sections that pytest captures


@pytest.fixture(autouse=True)
def production_logs() -> Iterator[None]:
    """Events are written as in production, where the rule below sees them."""
    logs.write_to(sys.stderr)
    yield
    structlog.reset_defaults()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A passed test whose captured log leaks has failed."""
    report = yield
    told = "\n".join(content for title, content in report.sections if title.split()[1] in LOGS)
    if report.passed and (found := leaks(told)):
        report.outcome = "failed"
        report.longrepr = f"the log of {item.nodeid} ({call.when}) holds: {', '.join(found)}"
    return report
