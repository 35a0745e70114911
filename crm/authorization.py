"""Which token a call carries, and what happens when it is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crm import cures, oauth
from crm.answers import Effect, decoded, failure
from crm.clock import Clock
from crm.errors import CrmError, NotSent, Unauthorized, Unavailable
from crm.messages import Answer, Request
from crm.settings import Settings
from crm.tokens import TokenPair, TokenStore, read_claims

Send = Callable[[Request], Awaitable[Answer]]  # limited and timed; raises NotSent, or Unavailable for a lost answer

EARLY = timedelta(minutes=2)  # a token is renewed before it dies under a call


@dataclass(frozen=True, slots=True)
class Access:
    """A bearer token and the origin it is good for."""

    token: str = field(repr=False)
    base_url: str


class Authorization:
    """The long-lived token while it is accepted, else the pair in the store, refreshed by one process at a time."""

    def __init__(self, settings: Settings, store: TokenStore, clock: Clock, send: Send) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._send = send
        self._refused: dict[str, float] = {}  # token -> when it may be tried again (monotonic)
        self._pair: TokenPair | None = None

    async def access(self) -> Access:
        """The token to use now. Raises Unauthorized where there is none, NotSent where a refresh got no answer."""
        long_lived = self._settings.long_lived_token
        if self.long_lived_accepted():
            return Access(long_lived, self._settings.base_url.rstrip("/"))
        if self._pair is None or not self._may_try(self._pair.refresh_token):
            self._pair = await self._store.load()  # somebody may have authorized anew
        if self._pair is None:
            raise _nothing_left(long_lived)
        if not self._may_try(self._pair.refresh_token):
            raise _refused()
        if self._pair.expires_at - EARLY <= self._now():
            return await self.renew(self._pair.access_token)
        return Access(self._pair.access_token, self._pair.base_url)

    async def renew(self, refused: str) -> Access:
        """Another token than the `refused` one: somebody else's newer pair, or a refreshed one, saved before use."""
        if refused == self._settings.long_lived_token:
            if self.long_lived_accepted() and not await self._still_good(refused):
                self._refuse(refused)
            return await self.access()
        async with self._store.lock():
            pair = await self._store.load()
            if pair is None:
                raise _nothing_left(self._settings.long_lived_token)
            if pair.access_token == refused:
                pair = await self._refresh(pair)
            self._pair = pair
        return Access(pair.access_token, pair.base_url)

    async def exchange(self, redirect: oauth.Redirect) -> TokenPair:
        """Trade a code for a pair and keep it. Raises Unauthorized with one of the manual's known errors."""
        async with self._store.lock():
            answer = await self._send(oauth.exchange_request(self._settings, redirect))
            pair = self._read(answer, redirect.base_url)
            await self._store.save(pair)
            self._pair = pair
        return pair

    async def show(self) -> TokenPair | None:
        """The stored pair, for telling when it expires."""
        return await self._store.load()

    def long_lived_accepted(self) -> bool:
        """Whether there is a long-lived token that has not been refused."""
        return bool(self._settings.long_lived_token) and self._may_try(self._settings.long_lived_token)

    async def _refresh(self, pair: TokenPair) -> TokenPair:
        if not self._may_try(pair.refresh_token):
            raise _refused()
        try:
            return await self._refresh_at(pair)
        except Unauthorized as error:
            self._refuse(pair.refresh_token)
            stored = await self._store.load()
            if stored is not None and stored.refresh_token != pair.refresh_token:
                return stored  # a process without our lock was faster
            moved = await self._moved(pair)
            if moved is None:
                raise
            try:
                return await self._refresh_at(moved)
            except Unauthorized:
                raise error from None

    async def _refresh_at(self, pair: TokenPair) -> TokenPair:
        answer = await self._send(oauth.refresh_request(self._settings, pair))
        fresh = self._read(answer, pair.base_url)
        await self._store.save(fresh)
        return fresh

    async def _moved(self, pair: TokenPair) -> TokenPair | None:
        """The same pair at the account's new domain, None where it did not move."""
        domain = read_claims(pair.access_token).api_domain
        if domain is None:
            return None
        try:
            oauth.account_origin(self._settings, domain)
            answer = await self._send(oauth.moved_request(domain, pair))
            body = decoded(answer) if answer.status == 200 else None
            found = body.get("domain") or body.get("subdomain") if isinstance(body, dict) else None
            origin = oauth.account_origin(self._settings, found) if isinstance(found, str) else pair.base_url
        except (ValueError, CrmError):
            return None
        if origin == pair.base_url:
            return None
        return TokenPair(pair.access_token, pair.refresh_token, pair.expires_at, origin)

    def _read(self, answer: Answer, base_url: str) -> TokenPair:
        if answer.status in {400, 401, 404}:
            raise oauth.refusal(answer)
        error = failure(Effect.READ, answer, now=self._clock.time())
        if isinstance(error, NotSent):
            raise error  # 402, 403, 429 and 5xx say nothing about the token: it is kept
        if error is not None:
            raise Unavailable(str(error), cure=error.cure, status=answer.status)
        try:
            return oauth.read_pair(answer, base_url, self._now())
        except ValueError as reason:
            raise Unavailable(str(reason), cure=cures.UNREACHABLE, status=answer.status) from reason

    async def _still_good(self, token: str) -> bool:
        """Ask the account once before a token is put aside: a lone 401 may be the service's own slip."""
        url = f"{self._settings.base_url.rstrip('/')}/api/v4/account"
        answer = await self._send(Request("GET", url, (), {"Authorization": f"Bearer {token}"}, b""))
        return answer.status == 200

    def _refuse(self, token: str) -> None:
        """A refused token is not tried again with every call, but now and then: some refusals are the service's own."""
        now = self._clock.monotonic()
        self._refused = {known: until for known, until in self._refused.items() if until > now}
        self._refused[token] = now + self._settings.probe_interval

    def _may_try(self, token: str) -> bool:
        return self._clock.monotonic() >= self._refused.get(token, -1.0)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.time(), UTC)


def _refused() -> Unauthorized:
    return Unauthorized("the refresh token was refused", cure=cures.REAUTHORIZE, status=401)


def _nothing_left(long_lived: str) -> Unauthorized:
    cure = cures.LONG_LIVED if long_lived else cures.NO_TOKEN
    return Unauthorized("no token is accepted" if long_lived else "no token", cure=cure, status=401)
