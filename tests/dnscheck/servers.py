"""Real DNS servers on loopback: Knot with whatever zones a test wants, and one that misbehaves as told."""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mailsync.dnscheck.lookup import Failure, Lookup, Mx, Records, Soa, Value, outcome
from mailsync.dnscheck.memory import Zones

CONFIGURATION = """\
server:
    rundir: "{directory}"
    listen: [ 127.0.0.1@{port} ]
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
  - domain: .
    storage: "{directory}"
    file: "root.zone"
    zonefile-sync: -1
    journal-content: none
"""


@dataclass
class Knot:
    """Serves one zone, the root, so that any name can be in it."""

    port: int
    _directory: Path
    _serial: int = 1

    def serve(self, zones: Zones) -> None:
        """Replace all that is served; failures, which no honest server can give, are not possible here."""
        self._serial += 1
        (self._directory / "root.zone").write_text(zone_file(zones, self._serial))
        self._control("-b", "zone-reload", ".")

    def _control(self, *arguments: str) -> None:
        command = ["knotc", "-s", str(self._directory / "control"), *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=10)
        assert done.returncode == 0, f"{done.stderr}\n{(self._directory / 'root.zone').read_text()[:2000]}"


@contextmanager
def running_knot(directory: Path) -> Iterator[Knot]:
    """A Knot on a free port, serving nothing yet; the test is skipped where it is not installed, except under CI."""
    if shutil.which("knotd") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("knotd is not installed")
        pytest.skip("knotd is not installed")
    port = free_port()
    (directory / "knot.conf").write_text(CONFIGURATION.format(directory=directory, port=port))
    (directory / "root.zone").write_text(zone_file({}, 1))
    with (
        (directory / "knot.log").open("wb") as log,
        subprocess.Popen(["knotd", "-c", str(directory / "knot.conf")], stdout=log, stderr=log) as process,
    ):
        try:
            _wait_until_it_answers(port, process)
            yield Knot(port, directory)
        finally:
            process.terminate()
            process.wait(10)


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    """TCP first: a refused connection is told at once, a lost datagram never is."""
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)  # between tries; nothing tells us when it listens
    pytest.fail("knotd did not start")


def free_port() -> int:
    """A port free for UDP and TCP at this moment."""
    for _ in range(100):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue  # somebody's datagrams have it
            return port
    raise OSError("no port is free for both")


def zone_file(zones: Zones, serial: int) -> str:
    lines = [f". 60 SOA ns.root. hostmaster.root. {serial} 60 60 60 60", ". 60 NS ns.root.", "ns.root. 60 A 127.0.0.1"]
    for name, types in zones.items():
        for rdtype, answer in types.items():
            found = outcome(rdtype, answer)
            assert not isinstance(found, Failure), "Knot cannot fail on demand"
            values: tuple[Value, ...] = found.values if isinstance(found, Records) else ()
            lines += [f"{name}. 60 {rdtype} {presented(rdtype, value)}" for value in values]
        if not types:
            lines.append(f"{name}. 60 HINFO there nothing")
    return "\n".join(lines) + "\n"


def presented(rdtype: str, value: Value) -> str:
    match value:
        case bytes():
            parts = [value[start : start + 255] for start in range(0, len(value), 255)] or [b""]
            return " ".join('"' + "".join(f"\\{octet:03}" for octet in part) + '"' for part in parts)
        case Mx(preference, exchange):
            return f"{preference} {exchange}."
        case Soa():
            return f"{value.mname}. {value.rname}. {value.serial} 60 60 60 {value.minimum}"
        case str() if rdtype in {"CNAME", "NS", "PTR"}:
            return f"{value}."
    return str(ip_address(value)) if rdtype in {"A", "AAAA"} else value


def possible_for_knot(zones: Zones) -> bool:
    """Whether an honest server can give these answers."""
    outcomes: list[Lookup] = [outcome(rdtype, answer) for types in zones.values() for rdtype, answer in types.items()]
    return not any(isinstance(found, Failure) for found in outcomes)


Behaviour = Callable[[dns.message.Message, bool], dns.message.Message | bytes | None]
"""From a question, and whether it came over TCP, to what is sent back; None is silence."""


def answering(*records: str, flags: int = 0, code: str = "NOERROR") -> Behaviour:
    """Records in presentation format (`"shop.test. 60 IN A 192.0.2.1"`), whatever was asked."""

    def respond(question: dns.message.Message, _tcp: bool) -> dns.message.Message:
        response = dns.message.make_response(question)
        response.flags |= flags
        response.set_rcode(dns.rcode.from_text(code))
        response.answer = [rrset(record) for record in records]
        return response

    return respond


def rrset(record: str) -> dns.rrset.RRset:
    name, ttl, rdclass, rdtype, data = record.split(" ", 4)
    return dns.rrset.from_text(name, int(ttl), rdclass, rdtype, data)


@asynccontextmanager
async def misbehaving_server(behaviours: Mapping[str, Behaviour]) -> AsyncIterator[tuple[int, list[str]]]:
    """A server on loopback that answers each name as told; yields its port and the questions as they came in."""
    asked: list[str] = []

    def respond(octets: bytes, *, tcp: bool) -> bytes | None:
        question = dns.message.from_wire(octets)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        asked.append(f"{'tcp' if tcp else 'udp'} {name}{'' if question.edns < 0 else ' edns'}")
        response = behaviours[name](question, tcp)
        return response.to_wire() if isinstance(response, dns.message.Message) else response

    class Udp(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.DatagramTransport", transport)

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            if (response := respond(data, tcp=False)) is not None:
                self.transport.sendto(response, addr)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2))
        response = respond(await reader.readexactly(length), tcp=True)
        if response is not None:
            writer.write(len(response).to_bytes(2) + response)
        writer.close()

    port = free_port()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Udp, local_addr=("127.0.0.1", port))
    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield port, asked
    finally:
        transport.close()
        server.close()
        await server.wait_closed()
