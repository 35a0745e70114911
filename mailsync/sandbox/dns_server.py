"""An authoritative DNS server for one zone in this process, so that `check-dns` has something to look at in the demo.

dnslib's own resolver answers NXDOMAIN where the name exists without the type asked for, hence the lookup below
(RFC 1034, 4.3.2; RFC 2308: NODATA and NXDOMAIN carry the SOA; RFC 8020: a name with names below it exists).
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any

from dnslib import CLASS, QTYPE, RCODE, RR, DNSError, DNSHeader, DNSRecord

_UDP_LIMIT = 512  # octets, RFC 1035, 4.2.1, for a client without EDNS
_CHAIN_LIMIT = 8  # CNAMEs followed within the zone


class Zone:
    """The records of one zone, from master file text (RFC 1035, 5.1) whose first record is the SOA."""

    def __init__(self, text: str) -> None:
        records = RR.fromZone(text)
        if not records or records[0].rtype != QTYPE.SOA:
            raise ValueError("the first record of the zone must be its SOA")
        self.soa = records[0]
        self._origin = _name(self.soa.rname)
        self._records: dict[str, list[Any]] = {}
        for record in records:
            self._records.setdefault(_name(record.rname), []).append(record)

    def answer(self, query: DNSRecord) -> DNSRecord:
        """The authoritative answer; REFUSED for names outside the zone."""
        reply = query.reply(ra=0, aa=1)
        name = _name(query.q.qname)
        if query.q.qclass != CLASS.IN or not self._holds(name):
            reply.header.aa = 0
            reply.header.rcode = RCODE.REFUSED
            return reply
        for _ in range(_CHAIN_LIMIT):
            matching, alias = self._lookup(name, query.q.qtype)
            reply.add_answer(*matching, *([alias] if alias else []))
            if matching or alias is None:
                break
            name = _name(alias.rdata.label)
            if not self._holds(name):
                return reply
        if not reply.rr or not matching:
            reply.add_auth(self.soa)
            reply.header.rcode = RCODE.NOERROR if self._exists(name) else RCODE.NXDOMAIN
        return reply

    def _lookup(self, name: str, qtype: int) -> tuple[list[Any], Any]:
        """The records that answer the question, or the CNAME that stands in their place."""
        records = self._records.get(name, [])
        matching = [record for record in records if qtype in {record.rtype, QTYPE.ANY}]
        alias = next((record for record in records if record.rtype == QTYPE.CNAME), None)
        return matching, None if matching else alias

    def _holds(self, name: str) -> bool:
        return name == self._origin or name.endswith(f".{self._origin}")

    def _exists(self, name: str) -> bool:
        return name in self._records or any(owner.endswith(f".{name}") for owner in self._records)


class EmbeddedDnsServer:
    """Serves a zone over UDP and TCP on one port of 127.0.0.1; `port` 0 takes a free one."""

    def __init__(self, zone: Zone, *, port: int = 0) -> None:
        self.port = port
        self._zone = zone
        self._udp: asyncio.DatagramTransport
        self._tcp: asyncio.Server
        self._connections: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._serve_tcp, "127.0.0.1", self.port)
        self.port = self._tcp.sockets[0].getsockname()[1]
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._respond), local_addr=("127.0.0.1", self.port)
        )

    def _respond(self, packet: bytes, limit: int | None) -> bytes | None:
        try:
            query = DNSRecord.parse(packet)
        except DNSError:
            return _format_error(packet)
        if query.header.qr or len(query.questions) != 1:
            return None
        reply = self._zone.answer(query)
        packed = bytes(reply.pack())
        if limit and len(packed) > max(limit, _payload_size(query)):
            packed = _truncated(query)
        return packed

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                reply = self._respond(await reader.readexactly(length), None)
                if reply is None:
                    return
                writer.write(struct.pack("!H", len(reply)) + reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.transport.abort()
        finally:
            writer.close()
            self._connections.discard(task)

    async def stop(self) -> None:
        self._udp.close()
        self._tcp.close()
        connections = list(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await self._tcp.wait_closed()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, respond: Any) -> None:
        self._respond = respond

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if reply := self._respond(data, _UDP_LIMIT):
            self._transport.sendto(reply, addr)


def _name(label: Any) -> str:
    return str(label).rstrip(".").lower()


def _payload_size(query: DNSRecord) -> int:
    """How large an answer the client takes over UDP (EDNS, RFC 6891, 6.2.3)."""
    return max((int(record.rclass) for record in query.ar if record.rtype == QTYPE.OPT), default=0)


def _truncated(query: DNSRecord) -> bytes:
    """The question with TC set, so that the client asks again over TCP (dnslib's own drops the question)."""
    reply = query.reply(ra=0, aa=1)
    reply.header.tc = 1
    return bytes(reply.pack())


def _format_error(packet: bytes) -> bytes | None:
    if len(packet) < 12:
        return None
    header = DNSHeader(id=struct.unpack("!H", packet[:2])[0], qr=1, rcode=RCODE.FORMERR)
    return bytes(DNSRecord(header).pack())
