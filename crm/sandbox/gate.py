"""Who gets in: the address list, the block, the rate limit, payment, the token, in the order of the service."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from crm.sandbox.problems import Problem
from crm.sandbox.sandbox import Sandbox
from crm.sandbox.tokens import Grant

GUARDED = ("/api/", "/drive/")
METERED = (*GUARDED, "/oauth2/")


class Gate:
    """ASGI middleware before the API. The people's page, the control address and the documentation pass freely."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, or answer it here."""
        try:
            if scope["type"] == "http" and scope["path"].startswith(METERED):
                self._admit(scope)
        except Problem as problem:
            await problem.response()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _admit(self, scope: Scope) -> None:
        box, now = self._sandbox, self._sandbox.clock()
        client = scope.get("client")
        if box.switches.allowed_ips and (client is None or client[0] not in box.switches.allowed_ips):
            raise Problem(403, "Your IP is not allowed")
        if not scope["path"].startswith(GUARDED):
            # The token endpoint feels a block, but does not count towards the limit.
            if box.limiter.is_blocked(now):
                raise Problem(403, "Blocked", html=True)
            return
        grant = box.tokens.identify(_header(scope, b"authorization").removeprefix("Bearer "))
        refused = box.limiter.check(grant.client_id if grant else "", now, box.switches)
        if refused is not None:
            raise refused
        if box.switches.unpaid:
            raise Problem(402, "Payment required")
        self._authorize(grant, scope)

    def _authorize(self, grant: Grant | None, scope: Scope) -> None:
        # Upload addresses carry their own secret and work once.
        if scope["path"].startswith("/drive/upload/"):
            return
        host = _header(scope, b"host").partition(":")[0]
        if grant is None or host == self._sandbox.switches.moved_from:
            raise Problem(401, "Invalid user name or password")
        if grant.user_id not in self._sandbox.account.active_users:
            raise Problem(403, "The user of this token has been deleted or switched off")
        if scope["path"].startswith("/drive/") and "files" not in grant.scopes:
            raise Problem(403, "The integration has no access to files")
        scope.setdefault("state", {})["grant"] = grant


def _header(scope: Scope, name: bytes) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers.get(name, b"").decode("latin-1")
