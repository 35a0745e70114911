"""OAuth2 as AmoCRM does it: the messages of the token endpoint and of the redirect, without network (fact sheet, 3)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from crm import cures
from crm.answers import decoded, problem
from crm.errors import Cure, Unauthorized
from crm.messages import Answer, Request
from crm.settings import Settings
from crm.tokens import TokenPair

ZONES = (".amocrm.ru", ".amocrm.com", ".kommo.com")
AUTHORIZE_PAGE = "https://www.amocrm.ru/oauth"


class RedirectError(ValueError):
    """The redirect to our address is not to be trusted or says no; `cure` tells what to do."""

    def __init__(self, message: str, cure: Cure) -> None:
        super().__init__(message)
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Redirect:
    """A checked redirect: the code to exchange and the origin to exchange it at."""

    code: str = field(repr=False)
    base_url: str


def authorize_url(settings: Settings, state: str, *, page: str = AUTHORIZE_PAGE) -> str:
    """Where an administrator of the account goes to grant access; `state` is random and kept by the caller."""
    return f"{page}?{urlencode({'client_id': settings.client_id, 'state': state, 'mode': 'popup'})}"


def read_redirect(settings: Settings, parameters: Mapping[str, str], expected_state: str) -> Redirect:
    """The query of the redirect, checked: anybody can send one, and the code is sent on together with our secret.

    RedirectError where access was refused, the state is not ours (an installation from the account's widget page
    has none), another integration is named, or `referer` is not an address of AmoCRM.
    """
    again = Cure(
        en="Start again from the address that `auth url` prints.", ru="Начните снова с адреса, который выдаёт auth url."
    )
    if parameters.get("error"):
        raise RedirectError("access was refused in AmoCRM", again)
    if not expected_state or not hmac.compare_digest(parameters.get("state", "").encode(), expected_state.encode()):
        raise RedirectError("the state of the redirect is not the one that was given out", again)
    if parameters.get("client_id", settings.client_id) != settings.client_id:
        raise RedirectError("the redirect is for another integration", again)
    code = parameters.get("code", "")
    if not code or len(code) > 4096:
        raise RedirectError("the redirect carries no code", again)
    return Redirect(code, account_origin(settings, parameters.get("referer", "")))


def account_origin(settings: Settings, referer: str) -> str:
    """The account's origin from a bare subdomain, a host or a URL; RedirectError where it is not AmoCRM's."""
    own = urlsplit(settings.base_url)
    name = referer.strip().lower()
    parts = urlsplit(name if "//" in name else f"//{name}")
    host = parts.hostname or ""
    if not name or parts.netloc in {own.netloc, own.hostname or ""}:
        return settings.base_url.rstrip("/")
    if host and "." not in host:
        host = f"{host}.amocrm.ru"
    if host.endswith(ZONES) and parts.username is None and parts.port in {None, 443}:
        return f"https://{host}"
    raise RedirectError(
        "the referer of the redirect is not an address of AmoCRM",
        Cure(en="Do not use this link; start from `auth url`.", ru="Не используйте эту ссылку; начните с auth url."),
    )


def exchange_request(settings: Settings, redirect: Redirect) -> Request:
    """Code for tokens (RFC 6749, 4.1.3), as JSON."""
    return _token_request(settings, redirect.base_url, {"grant_type": "authorization_code", "code": redirect.code})


def refresh_request(settings: Settings, pair: TokenPair) -> Request:
    """Refresh token for a new pair (RFC 6749, 6), as JSON; the old one dies with it."""
    return _token_request(settings, pair.base_url, {"grant_type": "refresh_token", "refresh_token": pair.refresh_token})


def moved_request(domain: str, pair: TokenPair) -> Request:
    """Asks where an account lives whose domain has changed (fact sheet, 3.6)."""
    return Request(
        "GET",
        f"https://{domain}/oauth2/account/current/subdomain",
        headers={"X-Refresh-Token": pair.refresh_token},
    )


def read_pair(answer: Answer, base_url: str, now: datetime) -> TokenPair:
    """The pair of a 200 answer; ValueError where it is none."""
    body: Any = decoded(answer)
    try:
        seconds = min(int(body["expires_in"]), 10 * 365 * 86_400)
        access, refresh = body["access_token"], body["refresh_token"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("the token endpoint's answer lacks a field") from error
    if not (isinstance(access, str) and isinstance(refresh, str) and access and refresh):
        raise ValueError("the token endpoint's answer holds no tokens")
    return TokenPair(access, refresh, now.astimezone(UTC) + timedelta(seconds=seconds), base_url)


def refusal(answer: Answer) -> Unauthorized:
    """The manual's known errors by name, each with its cure; decided on the hint only after the status has refused."""
    body = problem(answer)
    hint, title = str(body.get("hint", ""))[:200], str(body.get("title", ""))[:200]
    if "redirect uri" in hint.lower() or "cannot decrypt the authorization code" in hint.lower():
        name, cure = "Cannot decrypt the authorization code", cures.REDIRECT_URI
    elif "authorization code" in hint.lower():
        name, cure = "the auth_code is no longer valid", cures.CODE_USED
    elif not hint and ("клиент" in title.lower() or "client" in title.lower()):
        name, cure = "Incorrect client", cures.INCORRECT_CLIENT
    else:
        name, cure = "401 Unauthorized", cures.REAUTHORIZE
    return Unauthorized(name, cure=cure, hint=hint or title, status=answer.status, request_id=answer.request_id)


def _token_request(settings: Settings, base_url: str, fields: Mapping[str, str]) -> Request:
    body = {
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "redirect_uri": settings.redirect_uri,
        **fields,
    }
    return Request(
        "POST",
        f"{base_url}/oauth2/access_token",
        headers={"Content-Type": "application/json"},
        content=json.dumps(body).encode(),
    )
