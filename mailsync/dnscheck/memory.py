"""A resolver filled from a literal map, held to the same contract suite as the real one."""

from __future__ import annotations

from collections.abc import Mapping

from mailsync.dnscheck.lookup import Failure, Lookup, NoData, NxDomain, PlainAnswer, Records, outcome

Zones = Mapping[str, Mapping[str, PlainAnswer]]
"""Name to type to an outcome or plain values: `{"shop.test": {"TXT": ["v=spf1 -all"], "MX": [(10, "mx.test")]}}`."""

_CNAME_LIMIT = 8


class MemoryResolver:
    """Answers from `zones`; names above a given one exist without records, `*.name` is a wildcard (RFC 4592).

    `servers` are the zones that single name servers answer from, by address. `queries` holds what was asked, in order.
    """

    def __init__(self, zones: Zones, servers: Mapping[str, Zones] | None = None) -> None:
        self._zones = _typed(zones)
        self._servers = {server: _typed(zones) for server, zones in (servers or {}).items()}
        self.queries: list[tuple[str, str]] = []

    async def lookup(self, name: str, rdtype: str) -> Lookup:
        name = name.lower().removesuffix(".")
        self.queries.append((name, rdtype))
        return _follow(self._zones, name, rdtype)

    async def lookup_at(self, server: str, name: str, rdtype: str) -> Lookup:
        name = name.lower().removesuffix(".")
        self.queries.append((name, rdtype))
        if server not in self._servers:
            return Failure("TIMEOUT")
        return _follow(self._servers[server], name, rdtype)


_Typed = dict[str, dict[str, Lookup]]


def _typed(zones: Zones) -> _Typed:
    return {
        name.lower().removesuffix("."): {rdtype: outcome(rdtype, answer) for rdtype, answer in types.items()}
        for name, types in zones.items()
    }


def _follow(zones: _Typed, name: str, rdtype: str) -> Lookup:
    aliases: list[str] = []
    while len(aliases) <= _CNAME_LIMIT:
        types = _types_at(zones, name)
        if types is None:
            return NxDomain(tuple(aliases))
        alias = types.get("CNAME")
        if not isinstance(alias, Records) or rdtype == "CNAME":
            return _with_aliases(types.get(rdtype, NoData()), tuple(aliases))
        name = alias.names[0]
        aliases.append(name)
    return Failure("CNAME-LOOP")


def _types_at(zones: _Typed, name: str) -> dict[str, Lookup] | None:
    if name in zones:
        return zones[name]
    if any(known.endswith(f".{name}") for known in zones):
        return {}
    parent = name
    while "." in parent:
        parent = parent.partition(".")[2]
        if f"*.{parent}" in zones:
            return zones[f"*.{parent}"]
        if parent in zones:
            return None
    return None


def _with_aliases(found: Lookup, aliases: tuple[str, ...]) -> Lookup:
    match found:
        case Records(values, own, authenticated, ttl):
            return Records(values, aliases + own, authenticated, ttl)
        case NoData(own, authenticated):
            return NoData(aliases + own, authenticated)
        case NxDomain(own, authenticated):
            return NxDomain(aliases + own, authenticated)
        case Failure():
            return found
