"""The openspf suite for RFC 7208: 203 cases, explanations included.

It is test input that ships inside the source distribution of pyspf; it is fetched once into `.cache/`, never committed.
"""

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailsync.dnscheck.lookup import Failure, PlainAnswer
from mailsync.dnscheck.memory import MemoryResolver
from mailsync.dnscheck.spf import check_host

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "openspf"
ARCHIVE = "pyspf-2.0.14.tar.gz"
REQUIREMENT = "pyspf==2.0.14 --hash=sha256:57a7ef01bda090173aafb6af0106251686ed73f03db4e911fcd34c57fc347186\n"
MEMBER = "pyspf-2.0.14/test/rfc7208-tests.yml"


@dataclass(frozen=True)
class Case:
    name: str
    zones: dict[str, dict[str, PlainAnswer]]
    host: str
    helo: str
    mailfrom: str
    result: str  # the preferred one where the suite allows several
    explanation: str | None  # "DEFAULT": the domain has no usable one; None: not told


def fetch_suite() -> str | None:
    """The suite's text; None without a way to the package registry."""
    suite = CACHE / "rfc7208-tests.yml"
    if not suite.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        requirements = CACHE / "requirements.txt"
        requirements.write_text(REQUIREMENT)
        arguments = [
            "--timeout",
            "10",
            "--retries",
            "1",
            "--no-deps",
            "--no-binary",
            ":all:",
            "--require-hashes",
            "-r",
            str(requirements),
            "-d",
            str(CACHE),
        ]
        command = [sys.executable, "-m", "pip", "download", "--quiet", *arguments]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=60)
        except subprocess.SubprocessError:
            return None
        with tarfile.open(CACHE / ARCHIVE) as archive:
            member = archive.extractfile(MEMBER)
            assert member is not None
            suite.write_bytes(member.read())
    return suite.read_text(encoding="utf-8")


def cases(text: str) -> Iterator[Case]:
    for scenario in filter(None, yaml.safe_load_all(text)):
        zones = {name: answers(records) for name, records in scenario["zonedata"].items()}
        for name, test in scenario["tests"].items():
            expected = test["result"]
            result = expected[0] if isinstance(expected, list) else expected
            yield Case(name, zones, test["host"], test["helo"], test["mailfrom"], result, test.get("explanation"))


def answers(records: list[Any]) -> dict[str, PlainAnswer]:
    """A name's records by type; SPF stands for TXT where no TXT is given; TIMEOUT is for all other types."""
    by_type: dict[str, list[Any]] = {}
    for record in records:
        for rdtype, value in record.items() if isinstance(record, dict) else ():
            by_type.setdefault(rdtype, []).append(typed(rdtype, value))
    by_type.setdefault("TXT", by_type.get("SPF", []))
    found: dict[str, PlainAnswer] = {
        rdtype: [value for value in values if value != "NONE"] for rdtype, values in by_type.items()
    }
    if "TIMEOUT" in records:
        known = {rdtype for rdtype, values in found.items() if values}
        found |= {rdtype: Failure("TIMEOUT") for rdtype in {"TXT", "A", "AAAA", "MX", "PTR"} - known}
    return found


def typed(rdtype: str, value: Any) -> Any:
    if rdtype == "MX":
        return (value[0], value[1])
    return [part.encode() for part in value] if isinstance(value, list) else value


SUITE = fetch_suite()


def test_the_whole_suite_is_there() -> None:
    if SUITE is None:
        if os.environ.get("CI") == "true":
            pytest.fail("the openspf suite could not be fetched")
        pytest.skip("the openspf suite could not be fetched (offline)")
    assert len(list(cases(SUITE))) == 203


@pytest.mark.parametrize("case", list(cases(SUITE or "")), ids=lambda case: case.name)
async def test_openspf(case: Case) -> None:
    domain = case.mailfrom.rpartition("@")[2] or case.helo

    result = await check_host(case.host, domain, case.mailfrom, case.helo, MemoryResolver(case.zones))

    assert result.result == case.result
    if case.explanation is not None:
        assert (result.explanation or "DEFAULT") == case.explanation
