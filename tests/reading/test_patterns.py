"""No regular expression of the reader grows worse than linearly with what a stranger writes."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

import mailsync.isolation
import mailsync.reading
from tests.reading.attacks import repeats

# Generous against a busy machine, and far below what a quadratic pattern takes: seconds for 16 KB, minutes for 64 KB.
QUICK = (16 * 1024, 0.5)
WHOLE = (64 * 1024, 2.0)


def _patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    for package in (mailsync.reading, mailsync.isolation):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                for number, pattern in enumerate(_within(value)):
                    yield f"{found.name.removeprefix('mailsync.')}.{name}[{number}]", pattern


def _within(value: object) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    """A pattern itself, or those that a table or mapping holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from _within(one)
    elif isinstance(value, dict):
        for one in [*value, *value.values()]:
            yield from _within(one)


PATTERNS = dict(_patterns())


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 60


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_stays_linear_on_its_worst_repeats(name: str) -> None:
    _attack(PATTERNS[name], *QUICK)


@pytest.mark.long
@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_stays_linear_on_64_kilobytes(name: str) -> None:
    _attack(PATTERNS[name], *WHOLE)


def _attack(pattern: re.Pattern[str] | re.Pattern[bytes], size: int, seconds: float) -> None:
    for text in repeats(pattern, size):
        subject = text.encode("utf-8") if isinstance(pattern.pattern, bytes) else text
        started = time.process_time()
        for _ in pattern.finditer(subject):  # type: ignore[arg-type]
            pass
        assert time.process_time() - started < seconds, text[:40]
