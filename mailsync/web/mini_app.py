"""`/app`: the Mini App's page, three small files without anything foreign."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from importlib import resources
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors https://web.telegram.org https://*.telegram.org"
)
FILES = {
    "/app": ("index.html", "text/html"),
    "/app/app.css": ("app.css", "text/css"),
    "/app/app.js": ("app.js", "text/javascript"),
}


def _page(name: str, media_type: str) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    content = (resources.files("mailsync.web") / "app_page" / name).read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Content-Security-Policy": POLICY}

    async def page(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=media_type, headers=headers)

    return page


for _path, (_name, _type) in FILES.items():
    router.add_api_route(_path, _page(_name, _type), methods=["GET", "HEAD"])
