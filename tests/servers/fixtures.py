"""Fixtures that start each real server once for the whole run, or leave its tests out by name."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from mailsync.sandbox.certificate import create_certificate
from tests.servers.dovecot import Dovecot
from tests.servers.mail import RealMailServers
from tests.servers.process import missing, shared_directory


def require(*programs: str) -> None:
    """Skip the test where a server cannot run; in CI that fails it instead."""
    if problem := missing(*programs):
        if os.environ.get("CI") == "true":
            pytest.fail(problem)
        pytest.skip(problem)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """Dovecot alone; tests take an address of their own each."""
    require("dovecot")
    with shared_directory() as directory, Dovecot(directory, create_certificate(directory)) as server:
        yield server


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[RealMailServers]:
    """Dovecot and Postfix; tests take an address of their own each."""
    require("dovecot", "postfix")
    with RealMailServers() as servers:
        yield servers
