"""Walks the terms of a record and those it includes, within the limits of RFC 7208, 4.6."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address, ip_network

from mailsync.dnscheck.lookup import Failure, Lookup, Records, Resolver, ask
from mailsync.dnscheck.spf import terms
from mailsync.dnscheck.spf.client import Client
from mailsync.dnscheck.spf.macro import MacroString, MacroSyntaxError, expand, fit_name, letters_of, parse_macro_string
from mailsync.dnscheck.spf.parse import SpfSyntaxError, is_spf, parse
from mailsync.dnscheck.spf.result import Limits, SpfResult, Step

_RESULTS: dict[str, SpfResult] = {
    "+": SpfResult.PASS,
    "-": SpfResult.FAIL,
    "~": SpfResult.SOFTFAIL,
    "?": SpfResult.NEUTRAL,
}
_LONGEST_EXPLANATION = 1000  # octets before expansion; what goes into an SMTP reply is far shorter


class PermanentError(Exception):
    """The record cannot be evaluated: permerror. The text is the reason."""


class TransientError(Exception):
    """The DNS did not answer: temperror. The text is the reason."""


class Evaluation:
    """One run of check_host; counts what it uses and writes the trace."""

    def __init__(self, client: Client, resolver: Resolver, limits: Limits) -> None:
        self.limits = limits
        self.lookups = 0
        self.voids = 0
        self._client = client
        self._resolver = resolver
        self._steps: list[Step] = []
        self._validated: tuple[str, ...] | None = None
        self._failed: tuple[str, terms.Explanation] | None = None

    @property
    def trace(self) -> tuple[Step, ...]:
        return tuple(self._steps)

    async def run(self, domain: str, depth: int = 0) -> tuple[SpfResult, str]:
        """The result for a domain and why. Raises PermanentError, TransientError."""
        record = await self._record(domain)
        if record is None:
            return SpfResult.NONE, f"{domain} has no SPF record"
        for directive in record.directives:
            if await self._step(directive, domain, depth):
                result = _RESULTS[directive.qualifier]
                if result is SpfResult.FAIL and record.explanation:
                    self._failed = (domain, record.explanation)
                elif result is SpfResult.FAIL:
                    self._failed = None
                return result, f"{domain}: {directive} matches"
        if record.redirect:
            return await self._redirect(record.redirect, domain, depth)
        return SpfResult.NEUTRAL, f"{domain}: no term matches"

    async def _record(self, domain: str) -> terms.Record | None:
        """The domain's record (RFC 7208, 4.3 to 4.5); None where there is none or the name cannot be asked for."""
        if not _can_be_asked(domain):
            return None
        answer = await self._ask(domain, "TXT")
        texts = [text for text in answer.texts if is_spf(text)] if isinstance(answer, Records) else []
        if len(texts) > 1:
            raise PermanentError(f"{domain} has {len(texts)} SPF records")
        try:
            return parse(texts[0]) if texts else None
        except SpfSyntaxError as error:
            raise PermanentError(f"{domain}: {error}") from error

    async def _step(self, directive: terms.Directive, domain: str, depth: int) -> bool:
        """Evaluate one directive and note it; an error is noted before it goes on."""
        place = len(self._steps)
        cost = int(directive.mechanism.costs_lookup)
        step = Step(depth, domain, str(directive), cost, "")
        self._steps.append(step)
        try:
            self._count(cost)
            matches = await self._matches(directive.mechanism, domain, depth)
        except (PermanentError, TransientError) as error:
            self._steps[place] = replace(step, outcome=str(error))
            raise
        self._steps[place] = replace(step, outcome="match" if matches else "no match")
        return matches

    async def _redirect(self, redirect: terms.Redirect, domain: str, depth: int) -> tuple[SpfResult, str]:
        place = len(self._steps)
        step = Step(depth, domain, str(redirect), 1, "")
        self._steps.append(step)
        try:
            self._count(1)
            target = await self._target(redirect.domain, domain)
            result, reason = await self.run(target, depth + 1)
            if result is SpfResult.NONE:
                raise PermanentError(f"redirect to {target}, which has no SPF record")  # noqa: TRY301 - noted below
        except (PermanentError, TransientError) as error:
            self._steps[place] = replace(step, outcome=str(error))
            raise
        self._steps[place] = replace(step, outcome=result)
        return result, reason

    async def _matches(self, mechanism: terms.Mechanism, domain: str, depth: int) -> bool:
        match mechanism:
            case terms.All():
                return True
            case terms.Ip4(network) | terms.Ip6(network):
                return network.version == self._client.address.version and self._client.address in network.network
            case terms.Include(spec):
                return await self._include(await self._target(spec, domain), depth)
            case terms.Exists(spec):
                return isinstance(await self._counted(await self._target(spec, domain), "A"), Records)
            case terms.A(spec, cidr):
                target = await self._target(spec, domain)
                return self._holds(await self._counted(target, self._client.address_type), cidr)
            case terms.Mx(spec, cidr):
                return await self._mx(await self._target(spec, domain), cidr)
            case terms.Ptr(spec):
                target = await self._target(spec, domain)
                names = await self._validated_names(counted=True)
                return any(_is_within(name, target) for name in names)

    async def _include(self, target: str, depth: int) -> bool:
        failed = self._failed  # an included record's explanation is not used (RFC 7208, 6.2)
        result, _ = await self.run(target, depth + 1)
        self._failed = failed
        if result is SpfResult.NONE:
            raise PermanentError(f"include of {target}, which has no SPF record")
        return result is SpfResult.PASS

    async def _mx(self, target: str, cidr: terms.DualCidr) -> bool:
        answer = await self._counted(target, "MX")
        exchanges = answer.exchanges if isinstance(answer, Records) else ()
        if len(exchanges) > self.limits.mx:
            raise PermanentError(f"{target} has more than {self.limits.mx} MX records")
        found = False
        for mx in exchanges:
            if mx.exchange and _can_be_asked(mx.exchange):
                addresses = await self._ask(mx.exchange, self._client.address_type)
                found = found or isinstance(addresses, Records)
                if self._holds(addresses, cidr):
                    return True
        if exchanges and not found:
            self._count_void(f"no MX of {target} has an address")
        return False

    def _holds(self, answer: Lookup | None, cidr: terms.DualCidr) -> bool:
        if not isinstance(answer, Records):
            return False
        prefix = cidr.ip4 if self._client.address.version == 4 else cidr.ip6
        return any(self._client.address in ip_network((name, prefix), strict=False) for name in answer.names)

    async def _validated_names(self, *, counted: bool) -> tuple[str, ...]:
        """Names of the client that lead back to it (RFC 7208, 5.5), of the first ten; a failed query skips a name."""
        if self._validated is None:
            reverse = self._client.address.reverse_pointer
            answer = await ask(self._resolver, reverse, "PTR")
            if counted and not isinstance(answer, Records | Failure):
                self._count_void(f"{reverse} PTR found nothing")
            names = answer.names[: self.limits.ptr] if isinstance(answer, Records) else ()
            self._validated = tuple([name for name in names if await self._leads_back(name)])
        return self._validated

    async def _leads_back(self, name: str) -> bool:
        if not _can_be_asked(name):
            return False
        answer = await ask(self._resolver, name, self._client.address_type)
        return isinstance(answer, Records) and self._client.address in map(ip_address, answer.names)

    async def _target(self, spec: terms.DomainSpec | None, domain: str) -> str:
        return fit_name(await self._expanded(spec.parts, domain)) if spec else domain

    async def _expanded(self, parts: MacroString, domain: str) -> str:
        values = self._client.macro_values(domain)
        if "p" in letters_of(parts):
            values["p"] = _best_name(await self._validated_names(counted=False), domain)
        return expand(parts, values)

    async def _counted(self, name: str, rdtype: str) -> Lookup | None:
        """The answer to a term's own query; NXDOMAIN and NODATA count as void (RFC 7208, 4.6.4)."""
        if not _can_be_asked(name):
            return None
        answer = await self._ask(name, rdtype)
        if not isinstance(answer, Records):
            self._count_void(f"{name} {rdtype} found nothing")
        return answer

    async def _ask(self, name: str, rdtype: str) -> Lookup:
        answer = await ask(self._resolver, name, rdtype)
        if isinstance(answer, Failure):
            raise TransientError(f"{name} {rdtype}: {answer.reason}")
        return answer

    def _count(self, cost: int) -> None:
        self.lookups += cost
        if self.lookups > self.limits.lookups:
            raise PermanentError(f"more than {self.limits.lookups} terms that need lookups")

    def _count_void(self, what: str) -> None:
        self.voids += 1
        if self.voids > self.limits.voids:
            raise PermanentError(f"more than {self.limits.voids} void lookups, the last: {what}")

    async def explanation(self) -> str | None:
        """The failing record's own words (RFC 7208, 6.2); None if they are missing, ambiguous or broken."""
        if self._failed is None:
            return None
        domain, modifier = self._failed
        name = await self._target(modifier.domain, domain)
        answer = await ask(self._resolver, name, "TXT") if _can_be_asked(name) else None
        if not isinstance(answer, Records) or len(answer.texts) != 1 or len(answer.texts[0]) > _LONGEST_EXPLANATION:
            return None
        try:
            text = answer.texts[0].decode("ascii")
            return await self._expanded(parse_macro_string(text, explanation=True), domain)
        except (UnicodeDecodeError, MacroSyntaxError):
            return None


def _can_be_asked(name: str) -> bool:
    """A name that fits into a DNS message; macros and records can make others, which match nothing."""
    return 0 < len(name) <= 253 and all(0 < len(label) <= 63 for label in name.split("."))


def _is_within(name: str, domain: str) -> bool:
    name, domain = name.lower().removesuffix("."), domain.lower()
    return name == domain or name.endswith(f".{domain}")


def _best_name(names: Iterable[str], domain: str) -> str:
    """The value of the p macro: the domain itself, else a name below it, else any (RFC 7208, 7.3)."""
    names = tuple(names)
    below = (name for name in names if _is_within(name, domain))
    return next((name for name in names if name.lower() == domain), None) or next(below, None) or (*names, "unknown")[0]
