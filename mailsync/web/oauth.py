"""`GET /webhook/amocrm`: where AmoCRM sends the administrator who granted access (fact sheet, 3.1)."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from mailsync.errors import MailsyncError, PermanentFailure
from mailsync.web.services import Here

router = APIRouter(tags=["AmoCRM"])

PAGE = """<!DOCTYPE html>
<html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head>
<body><main><h1>{title}</h1>{lines}</main></body></html>
"""
LONGEST = 4096
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "the redirect or its code is not accepted"},
    503: {"description": "AmoCRM is away: open the address again"},
}


@router.get("/webhook/amocrm", response_class=HTMLResponse, responses=REFUSALS, summary="OAuth2 redirect of AmoCRM")
async def redirected(request: Request, services: Here) -> HTMLResponse:
    """Exchanges the code where `state` is one that `mailsync auth url` gave out."""
    told = {name: value for name, value in request.query_params.items() if len(value) <= LONGEST}
    if services.authorize is None or not told:
        return _page(
            400, "Это адрес для AmoCRM", "Начните с команды mailsync auth url.", "Start with mailsync auth url."
        )
    try:
        await services.authorize(told)
    except PermanentFailure as failure:
        return _page(400, "Доступ не получен", str(failure), failure.cure)
    except MailsyncError as failure:
        return _page(503, "Доступ пока не получен", str(failure), failure.cure)
    return _page(
        200, "Доступ получен", "mailsync работает с AmoCRM. Страницу можно закрыть.", "You may close this page."
    )


def _page(status: int, title: str, *lines: str) -> HTMLResponse:
    shown = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    return HTMLResponse(PAGE.format(title=escape(title), lines=shown), status)
