"""A Knot with proper zones, delegations and signatures, for what one root zone cannot show."""

import shutil
import socket
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.query
import pytest

_SERVER = """\
server:
    rundir: "{directory}"
    listen: [ {address}@{port} ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "{directory}/control"
database:
    storage: "{directory}"
log:
  - target: stderr
    any: warning
zone:
"""
_ZONE = """\
  - domain: {zone}
    storage: "{directory}"
    file: "{zone}.zone"
    zonefile-sync: -1
    dnssec-signing: {signing}
"""


@contextmanager
def serving(
    directory: Path, address: str, port: int, zones: Mapping[str, str], signed: Collection[str] = ()
) -> Iterator[None]:
    """Serve zone files (zone to text) from an address of loopback; `signed` zones get keys of their own."""
    if shutil.which("knotd") is None:
        pytest.skip("knotd is not installed")
    directory.mkdir()
    configuration = _SERVER.format(directory=directory, address=address, port=port)
    for zone, text in zones.items():
        (directory / f"{zone}.zone").write_text(text)
        configuration += _ZONE.format(zone=zone, directory=directory, signing="on" if zone in signed else "off")
    (directory / "knot.conf").write_text(configuration)
    with (
        (directory / "knot.log").open("wb") as log,
        subprocess.Popen(["knotd", "-c", str(directory / "knot.conf")], stdout=log, stderr=log) as process,
    ):
        try:
            _wait_for_the_server(address, port, process)
            for zone in zones:
                _wait_for_the_zone(address, port, zone, "DNSKEY" if zone in signed else "SOA")
            yield
        finally:
            process.terminate()
            process.wait(10)


def delegation_signers(directory: Path, zone: str) -> list[str]:
    """The DS of a signed zone, for its parent."""
    command = ["keymgr", "-c", str(directory / "knot.conf"), zone, "ds"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10)
    return [line.partition(" DS ")[2] for line in done.stdout.splitlines()]


def _wait_for_the_server(address: str, port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((address, port)) == 0:
                return
        time.sleep(0.01)  # between tries; nothing tells us when it listens
    pytest.fail("knotd did not start")


def _wait_for_the_zone(address: str, port: int, zone: str, rdtype: str) -> None:
    """Zones are loaded, and signed, after the server has begun to listen."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if dns.query.udp(dns.message.make_query(zone, rdtype), address, timeout=5, port=port).answer:
            return
        time.sleep(0.01)  # between tries, as above
    pytest.fail(f"the zone {zone} is not served")
