"""The manager's pages, at the addresses AmoCRM has for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crm.sandbox import desk
from crm.sandbox.account import LOST, UNSORTED, WON, FieldDefinition, Pipeline, Status
from crm.sandbox.pages.rendering import render
from crm.sandbox.problems import Problem, ValidationFailed
from crm.sandbox.records import Company, Contact, Lead
from crm.sandbox.sandbox import Sandbox

MOST_CARDS = 50

router = APIRouter(include_in_schema=False)


def _sandbox(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


Box = Annotated[Sandbox, Depends(_sandbox)]


@dataclass(frozen=True, slots=True)
class Card:
    """A lead on the board with whom it is for."""

    lead: Lead
    contact: Contact | None
    company: Company | None
    tasks: int


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its newest leads, and the stage that a click moves them on to."""

    status: Status
    following: Status | None
    cards: list[Card]
    count: int
    price: int


@router.get("/", response_class=HTMLResponse)
async def main_board(box: Box) -> HTMLResponse:
    """The board of the main pipeline."""
    return _board(box, box.account.main_pipeline)


@router.get("/leads/pipeline/{pipeline_id:int}", response_class=HTMLResponse)
async def board(box: Box, pipeline_id: int) -> HTMLResponse:
    """The board of one pipeline."""
    if pipeline_id not in box.account.pipelines:
        raise Problem(404, "Нет такой воронки", html=True)
    return _board(box, box.account.pipelines[pipeline_id])


def _board(box: Sandbox, pipeline: Pipeline) -> HTMLResponse:
    by_status: dict[int, list[Lead]] = defaultdict(list)
    for lead in reversed(box.leads.values()):
        if lead.pipeline_id == pipeline.id and not lead.is_deleted:
            by_status[lead.status_id].append(lead)
    columns = [
        _column(box, status, _following(pipeline, status), by_status[status.id])
        for status in pipeline.statuses
        if status.type != UNSORTED or by_status[status.id]
    ]
    return render("board.html", box, pipeline=pipeline, columns=columns, total=sum(one.count for one in columns))


def _following(pipeline: Pipeline, status: Status) -> Status | None:
    """The next stage on the way to success; none after it, and none out of Unsorted, where leads are not yet leads."""
    if status.id in (WON, LOST) or status.type == UNSORTED:
        return None
    return pipeline.statuses[pipeline.statuses.index(status) + 1]


def _column(box: Sandbox, status: Status, following: Status | None, leads: list[Lead]) -> Column:
    cards = [_card(box, lead) for lead in leads[:MOST_CARDS]]
    return Column(status, following, cards, len(leads), sum(lead.price for lead in leads))


def _card(box: Sandbox, lead: Lead) -> Card:
    contacts = box.contacts_of(lead.id)
    open_tasks = [task for task in box.store.agenda("leads", lead.id) if not task.is_completed]
    return Card(lead, contacts[0] if contacts else None, _company(box, "leads", lead.id), len(open_tasks))


def _company(box: Sandbox, kind: str, record_id: int) -> Company | None:
    for company_id, _ in box.store.linked((kind, record_id), "companies"):
        return box.companies[company_id]
    return None


@router.get("/leads/detail/{lead_id:int}", response_class=HTMLResponse)
async def lead_card(box: Box, lead_id: int, error: str = "") -> HTMLResponse:
    """One lead with its people, fields, feed, files and tasks."""
    lead = box.leads.get(lead_id)
    pipeline = box.account.pipelines.get(lead.pipeline_id) if lead else None
    if lead is None or lead.is_deleted or pipeline is None:
        raise Problem(404, "Сделка не найдена", html=True)
    return render(
        "lead.html",
        box,
        lead=lead,
        error=error,
        pipeline=pipeline,
        responsible=box.account.users.get(lead.responsible_user_id),
        contacts=box.contacts_of(lead_id),
        company=_company(box, "leads", lead_id),
        notes=list(reversed(box.notes_of("leads", lead_id))),
        tasks=box.store.agenda("leads", lead_id),
        files=[box.files[file_uuid] for file_uuid in box.store.attached.get(("leads", lead_id), ())],
    )


@router.post("/leads/detail/{lead_id:int}/status")
async def move(box: Box, request: Request, lead_id: int) -> Response:
    """Moves the lead as a person would, which fires the webhooks."""
    form = await _form(request)
    pipeline_id, _, status_id = form.get("stage", "").partition(":")
    if not (pipeline_id.isdigit() and status_id.isdigit()) or lead_id not in box.leads:
        raise Problem(400, "Выберите этап", html=True)
    back = f"/leads/pipeline/{pipeline_id}" if form.get("back") == "board" else None
    return _changed(box, lead_id, {"pipeline_id": int(pipeline_id), "status_id": int(status_id)}, back)


@router.post("/leads/detail/{lead_id:int}/fields")
async def fill(box: Box, request: Request, lead_id: int) -> Response:
    """Takes over what a person typed into the fields; those left empty are cleared."""
    if lead_id not in box.leads:
        raise Problem(404, "Сделка не найдена", html=True)
    form = await _form(request)
    typed = [
        _typed(box, definition, form[str(definition.id)].strip())
        for definition in box.account.fields["leads"].values()
        if str(definition.id) in form
    ]
    return _changed(box, lead_id, {"custom_fields_values": typed})


def _typed(box: Sandbox, definition: FieldDefinition, text: str) -> dict[str, object]:
    value: object = text
    if definition.type == "date" and text:
        try:
            noon = datetime.combine(datetime.fromisoformat(text), time(12), ZoneInfo(box.account.time_zone))
        except ValueError:
            raise Problem(400, "Дата пишется как 2026-11-23", html=True) from None
        value = int(noon.timestamp())
    return {"field_id": definition.id, "values": [{"value": value}] if text else None}


def _changed(box: Sandbox, lead_id: int, item: dict[str, object], back: str | None = None) -> Response:
    """To the page that the change was made on, or to the card, which says what was refused."""
    card = f"/leads/detail/{lead_id}"
    try:
        desk.change(box, lead_id, item)
    except ValidationFailed as refused:
        places = ", ".join(one.path for _, refusals in refused.refused for one in refusals)
        return RedirectResponse(f"{card}?error={quote(places)}", 303)
    return RedirectResponse(back or card, 303)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(errors="replace"), keep_blank_values=True))


@router.get("/contacts/list", response_class=HTMLResponse)
async def contacts(box: Box) -> HTMLResponse:
    """All contacts, newest first."""
    rows = [
        (contact, _company(box, "contacts", contact.id), box.store.linked(("contacts", contact.id), "leads"))
        for contact in reversed(box.contacts.values())
        if not contact.is_deleted
    ]
    return render("contacts.html", box, rows=rows[: MOST_CARDS * 4], total=len(rows))


@router.get("/contacts/detail/{contact_id:int}", response_class=HTMLResponse)
async def contact_card(box: Box, contact_id: int) -> HTMLResponse:
    """One contact with fields, leads and feed."""
    contact = box.contacts.get(contact_id)
    if contact is None or contact.is_deleted:
        raise Problem(404, "Контакт не найден", html=True)
    leads = [box.leads[lead_id] for lead_id, _ in box.store.linked(("contacts", contact_id), "leads")]
    return render(
        "contact.html",
        box,
        contact=contact,
        company=_company(box, "contacts", contact_id),
        leads=[lead for lead in leads if not lead.is_deleted],
        notes=list(reversed(box.notes_of("contacts", contact_id))),
    )


@router.get("/hooks", response_class=HTMLResponse)
async def hooks(box: Box) -> HTMLResponse:
    """Who is told of changes, and the latest deliveries."""
    return render(
        "hooks.html",
        box,
        subscriptions=list(box.store.subscriptions.values()),
        deliveries=box.deliveries[: -MOST_CARDS - 1 : -1],
        total=len(box.deliveries),
    )


@router.get("/files/{file_uuid}")
async def download(box: Box, file_uuid: str) -> Response:
    """A file as it was uploaded; never shown in place, for strangers sent it."""
    file = box.files.get(file_uuid)
    if file is None:
        raise Problem(404, "Файл не найден", html=True)
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(file.content, media_type="application/octet-stream", headers={"Content-Disposition": disposition})
