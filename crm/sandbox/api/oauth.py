"""Authorization (fact sheet, 3): a person's consent, tokens for codes, and where an account lives."""

from __future__ import annotations

import json
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from crm.sandbox.pages.rendering import render
from crm.sandbox.problems import Problem
from crm.sandbox.sandbox import Sandbox
from crm.sandbox.tokens import Grant

ERROR_TYPE = "https://developers.amocrm.ru/v3/errors/OAuthProblemJson"

router = APIRouter(tags=["authorization"])


class BadRequest(Problem):
    """A grant that is refused, with the hint of the library behind the service."""

    def __init__(self, status: Literal[400, 401], hint: str) -> None:
        super().__init__(
            status, "В запросе отсутствует ряд параметров или параметры невалидны", title="Некорректный запрос"
        )
        self.hint = hint

    def body(self) -> dict[str, Any]:
        """The hint comes first."""
        return {"hint": self.hint, **super().body(), "type": ERROR_TYPE}


class BadClient(Problem):
    """An unknown client id or a wrong secret; there is no hint."""

    def __init__(self) -> None:
        super().__init__(401, "Авторизация клиента не прошла", title="Некорректный клиент")

    def body(self) -> dict[str, Any]:
        """The envelope of this endpoint."""
        return {**super().body(), "type": ERROR_TYPE}


@router.get("/oauth", summary="The page on which a person grants access", response_class=HTMLResponse)
async def consent_page(request: Request, client_id: str, state: str = "") -> HTMLResponse:
    """Two buttons: grant and refuse."""
    sandbox: Sandbox = request.app.state.sandbox
    if client_id != sandbox.settings.client_id:
        raise BadClient
    return render("consent.html", sandbox, state=state, client_id=client_id)


@router.post("/oauth", summary="The person's answer")
async def answer_consent(request: Request) -> Response:
    """Redirects to the integration with a code, or with `error=access_denied`."""
    sandbox: Sandbox = request.app.state.sandbox
    form = dict(parse_qsl((await request.body()).decode(errors="replace")))
    state = form.get("state") or None
    if form.get("answer") != "grant":
        told = {"error": "access_denied", "client_id": sandbox.settings.client_id} | ({"state": state} if state else {})
        return RedirectResponse(f"{sandbox.settings.redirect_uri}?{urlencode(told)}", 302)
    return RedirectResponse(sandbox.authorize(state, referer=request.url.netloc), 302)


@router.post("/oauth2/access_token", summary="Tokens for a code or a refresh token")
async def access_token(request: Request) -> Response:
    """JSON and form bodies are both taken."""
    sandbox: Sandbox = request.app.state.sandbox
    if sandbox.switches.moved_from and request.url.hostname == sandbox.switches.moved_from:
        raise Problem(404, "Account not found")
    form = _form(await request.body(), request.headers.get("content-type", ""))
    for name in ("grant_type", "client_id", "client_secret", "redirect_uri"):
        if not form.get(name):
            raise BadRequest(400, f"Check the `{name}` parameter")
    settings = sandbox.settings
    if (form["client_id"], form["client_secret"]) != (settings.client_id, settings.client_secret):
        raise BadClient
    if sandbox.switches.unpaid:
        raise BadClient
    if form["grant_type"] == "authorization_code":
        return _pair(sandbox, _redeem_code(sandbox, form), None)
    if form["grant_type"] == "refresh_token":
        return _pair(sandbox, _redeem_refresh(sandbox, form), form["refresh_token"])
    raise BadRequest(400, "Check that all required parameters have been provided")


def _form(body: bytes, content_type: str) -> dict[str, str]:
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(errors="replace")))
    try:
        form = json.loads(body)
    except ValueError:
        form = None
    return {key: str(value) for key, value in form.items()} if isinstance(form, dict) else {}


def _redeem_code(sandbox: Sandbox, form: dict[str, str]) -> Grant:
    if not form.get("code"):
        raise BadRequest(400, "Check the `code` parameter")
    grant = sandbox.tokens.codes.get(form["code"])
    if grant is None:
        raise BadRequest(400, "Cannot decrypt the authorization code")
    if grant.expires_at <= sandbox.clock():
        raise BadRequest(400, "Authorization code has expired")
    if grant.revoked:
        raise BadRequest(400, "Authorization code has been revoked")
    if grant.client_id != form["client_id"]:
        raise BadRequest(400, "Authorization code was not issued to this client")
    if grant.redirect_uri != form["redirect_uri"]:
        raise BadRequest(400, "Invalid redirect URI")
    grant.revoked = True
    return grant


def _redeem_refresh(sandbox: Sandbox, form: dict[str, str]) -> Grant:
    if not form.get("refresh_token"):
        raise BadRequest(400, "Check the `refresh_token` parameter")
    if form["redirect_uri"] != sandbox.settings.redirect_uri:
        raise BadRequest(400, "Invalid redirect URI")
    grant = sandbox.tokens.refresh.get(form["refresh_token"])
    if grant is None:
        raise BadRequest(401, "Cannot decrypt the refresh token")
    if grant.expires_at <= sandbox.clock():
        raise BadRequest(401, "Token has expired")
    if grant.revoked:
        raise BadRequest(401, "Token has been revoked")
    sandbox.tokens.seal(grant)
    # In grace the token lives on until its successor is used: the answer may have been lost on the wire.
    grant.revoked = not sandbox.switches.refresh_grace
    return grant


def _pair(sandbox: Sandbox, grant: Grant, predecessor: str | None) -> Response:
    switches = sandbox.switches
    access = sandbox.tokens.issue_access(
        switches.access_token_lifetime, client_id=grant.client_id, user_id=grant.user_id, scopes=grant.scopes
    )
    sandbox.tokens.access[access].predecessor = predecessor
    refresh = sandbox.tokens.issue_refresh(switches.refresh_token_lifetime, grant, predecessor)
    return JSONResponse(
        {
            "token_type": "Bearer",
            "expires_in": int(switches.access_token_lifetime),
            "server_time": sandbox.store.now,
            "access_token": access,
            "refresh_token": refresh,
        }
    )


@router.get("/oauth2/account/subdomain", summary="Where the account of this access token lives")
async def subdomain(request: Request) -> Response:
    """Asked with the bearer."""
    sandbox: Sandbox = request.app.state.sandbox
    if sandbox.tokens.identify(request.headers.get("authorization", "").removeprefix("Bearer ")) is None:
        raise Problem(401, "Invalid user name or password")
    return _domain(sandbox)


@router.get("/oauth2/account/current/subdomain", summary="Where the account of this refresh token lives now")
async def current_subdomain(request: Request) -> Response:
    """Asked with `X-Refresh-Token`, when a refresh failed because the account had moved."""
    sandbox: Sandbox = request.app.state.sandbox
    grant = sandbox.tokens.refresh.get(request.headers.get("x-refresh-token", ""))
    if grant is None or grant.revoked:
        raise Problem(401, "Invalid user name or password")
    return _domain(sandbox)


def _domain(sandbox: Sandbox) -> Response:
    settings = sandbox.settings
    return JSONResponse(
        {
            "id": settings.account_id,
            "subdomain": settings.subdomain,
            "domain": settings.address.removeprefix("https://"),
            "top_level_domain": settings.domain.rpartition(".")[2],
        }
    )
