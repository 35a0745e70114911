"""Jinja2, set up for the manager's pages; every text is escaped."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from crm.sandbox.sandbox import Sandbox

_MONTHS = "янв фев мар апр мая июн июл авг сен окт ноя дек".split()

_NOTE_KINDS = {
    "call_in": "входящий звонок",
    "call_out": "исходящий звонок",
    "sms_in": "входящее СМС",
    "sms_out": "исходящее СМС",
    "geolocation": "место",
    "message_cashier": "касса",
}

_environment = Environment(
    loader=PackageLoader("crm.sandbox.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _moment(seconds: float, zone: str) -> str:
    local = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def _short(seconds: float, zone: str) -> str:
    local = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    return f"{local.day}\u00a0{_MONTHS[local.month - 1]}, {local:%H:%M}"


def _day(seconds: float, zone: str) -> str:
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).date().isoformat()


def _money(rubles: int) -> str:
    return f"{rubles:,}".replace(",", "\u202f") + "\u00a0₽"


def _size(octets: int) -> str:
    return f"{octets}\u00a0Б" if octets < 1024 else f"{octets / 1024:.0f}\u00a0КБ"


def _words(params: dict[str, Any]) -> str:
    """What there is to read of a note's parameters."""
    return "\n".join(str(params[key]) for key in ("phone", "address", "text", "call_result") if params.get(key))


_environment.globals["kinds"] = _NOTE_KINDS
_environment.filters.update(moment=_moment, short=_short, day=_day, money=_money, size=_size, words=_words)


def render(template: str, sandbox: Sandbox, **values: Any) -> HTMLResponse:
    """A page of this account."""
    page = _environment.get_template(template)
    return HTMLResponse(page.render(account=sandbox.account, zone=sandbox.account.time_zone, **values))
