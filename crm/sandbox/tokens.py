"""Access tokens, refresh tokens and codes that the sandbox has handed out, and the key that signs the first kind."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from crm.sandbox.settings import SandboxSettings


@dataclass(slots=True)
class Grant:
    """What a token or code allows, to whom, and until when (Unix seconds)."""

    client_id: str
    user_id: int
    expires_at: float
    scopes: tuple[str, ...]
    redirect_uri: str = ""
    revoked: bool = False
    predecessor: str | None = None


class Tokens:
    """Issues and recognises tokens of one account."""

    def __init__(self, settings: SandboxSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self.access: dict[str, Grant] = {}
        self.refresh: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}

    def issue_access(
        self, lifetime: float, *, client_id: str | None = None, user_id: int | None = None, scopes: tuple[str, ...] = ()
    ) -> str:
        """A signed JWT that is good for `lifetime` seconds; a long-lived token is one with years."""
        grant = self._grant(lifetime, client_id, user_id, scopes)
        token = _signed(self._claims(grant))
        self.access[token] = grant
        return token

    def issue_refresh(self, lifetime: float, grant: Grant, predecessor: str | None = None) -> str:
        """An opaque successor of a code or of an earlier refresh token."""
        token = _opaque()
        self.refresh[token] = Grant(
            grant.client_id, grant.user_id, self._clock() + lifetime, grant.scopes, predecessor=predecessor
        )
        return token

    def issue_code(self, lifetime: float, redirect_uri: str, *, client_id: str | None = None) -> str:
        """What the redirect after a person's consent carries."""
        code = _opaque()
        self.codes[code] = self._grant(lifetime, client_id, None, ())
        self.codes[code].redirect_uri = redirect_uri
        return code

    def identify(self, token: str) -> Grant | None:
        """The grant behind an access token that is good now."""
        grant = self.access.get(token)
        if grant is None or grant.revoked or grant.expires_at <= self._clock():
            return None
        self.seal(grant)
        return grant

    def seal(self, grant: Grant) -> None:
        """The use of a token ends the grace of the refresh token that it came from."""
        if grant.predecessor is not None:
            self.refresh[grant.predecessor].revoked = True

    def revoke(self, client_id: str) -> None:
        """Everything of one integration dies, as when a person switches it off."""
        for grant in (*self.access.values(), *self.refresh.values(), *self.codes.values()):
            if grant.client_id == client_id:
                grant.revoked = True

    def _grant(self, lifetime: float, client_id: str | None, user_id: int | None, scopes: tuple[str, ...]) -> Grant:
        settings = self._settings
        return Grant(
            client_id or settings.client_id,
            user_id or settings.current_user_id,
            self._clock() + lifetime,
            scopes or settings.scopes,
        )

    def _claims(self, grant: Grant) -> dict[str, Any]:
        settings = self._settings
        now = int(self._clock())
        return {
            "aud": grant.client_id,
            "jti": secrets.token_hex(40),
            "iat": now,
            "nbf": now,
            "exp": int(grant.expires_at),
            "sub": str(grant.user_id),
            "grant_type": "",
            "account_id": settings.account_id,
            "base_domain": settings.domain,
            "version": 2,
            "scopes": list(grant.scopes),
            "hash_uuid": hashlib.md5(grant.client_id.encode(), usedforsecurity=False).hexdigest(),
            "api_domain": settings.address.removeprefix("https://"),
        }


@functools.cache
def _signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _signed(claims: dict[str, Any]) -> str:
    head = _base64url(json.dumps({"typ": "JWT", "alg": "RS256"}).encode())
    body = _base64url(json.dumps(claims).encode())
    signature = _signing_key().sign(f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{body}.{_base64url(signature)}"


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _opaque() -> str:
    return "def502" + secrets.token_hex(320)
