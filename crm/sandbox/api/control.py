"""`/_sandbox`: what tests and demonstrations turn while the sandbox runs. AmoCRM has nothing like it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from crm.sandbox import desk, state
from crm.sandbox.faults import Fault
from crm.sandbox.problems import Problem
from crm.sandbox.records import StageHook
from crm.sandbox.sandbox import Sandbox
from crm.sandbox.switches import Switches

router = APIRouter(prefix="/_sandbox", tags=["control"])


def _sandbox(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


Box = Annotated[Sandbox, Depends(_sandbox)]


class Move(BaseModel):
    """Where a lead is dragged to."""

    model_config = ConfigDict(extra="forbid")

    status_id: int
    pipeline_id: int | None = None
    user_id: int | None = None


class Merge(BaseModel):
    """Which lead is swallowed."""

    model_config = ConfigDict(extra="forbid")

    swallowed_id: int


@router.get("/switches", summary="The switches as they stand")
async def get_switches(box: Box) -> Switches:
    """All of them, with today's position."""
    return box.switches


@router.put("/switches", summary="Turn some switches")
async def turn_switches(box: Box, changes: dict[str, Any]) -> Switches:
    """Those that are named; the others stay."""
    try:
        turned = Switches.model_validate(box.switches.model_dump() | changes)
    except ValueError as error:
        raise Problem(400, str(error)) from error
    for name in Switches.model_fields:
        setattr(box.switches, name, getattr(turned, name))
    return box.switches


@router.get("/faults", summary="Faults that wait")
async def get_faults(box: Box) -> list[Fault]:
    """Oldest first."""
    return box.faults.waiting


@router.post("/faults", summary="Queue a fault", status_code=201)
async def add_fault(box: Box, fault: Fault) -> Fault:
    """It strikes the next calls that match."""
    box.fail(fault)
    return fault


@router.delete("/faults", summary="Forget all faults", status_code=204)
async def forget_faults(box: Box) -> None:
    """What has struck has struck."""
    box.faults.waiting.clear()


@router.get("/state", summary="Everything, as JSON")
async def get_state(box: Box) -> dict[str, Any]:
    """Leads, contacts, companies, notes, tasks, files, applied writes, requests, deliveries."""
    return state.dump(box)


@router.get("/token", summary="The long-lived token")
async def get_token(box: Box) -> dict[str, str]:
    """And what a refresh would need."""
    settings = box.settings
    return {
        "long_lived_token": box.long_lived_token,
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "redirect_uri": settings.redirect_uri,
    }


@router.post("/leads/{lead_id:int}/status", summary="Move a lead as a person", status_code=204)
async def move_lead(box: Box, lead_id: int, move: Move) -> None:
    """Fires the webhooks."""
    _require_lead(box, lead_id)
    desk.move(box, lead_id, move.status_id, move.pipeline_id, user_id=move.user_id)


@router.delete("/leads/{lead_id:int}", summary="Delete a lead as a person", status_code=204)
async def delete_lead(box: Box, lead_id: int) -> None:
    """From now on the API answers 204 for it."""
    _require_lead(box, lead_id)
    desk.delete(box, lead_id)


@router.post("/leads/{lead_id:int}/restore", summary="Restore a deleted lead", status_code=204)
async def restore_lead(box: Box, lead_id: int) -> None:
    """Takes it out of the bin."""
    _require_lead(box, lead_id)
    desk.restore(box, lead_id)


@router.post("/leads/{lead_id:int}/merge", summary="Merge another lead into this one", status_code=204)
async def merge_leads(box: Box, lead_id: int, merge: Merge) -> None:
    """The swallowed one is gone."""
    _require_lead(box, lead_id)
    _require_lead(box, merge.swallowed_id)
    desk.merge(box, lead_id, merge.swallowed_id)


@router.post("/webhooks/enable", summary="Switch webhooks on again that were switched off", status_code=204)
async def enable_webhooks(box: Box) -> None:
    """As an administrator would by hand."""
    box.hooks.enable()


@router.put("/stage-hooks", summary="The addresses that the digital pipeline calls")
async def set_stage_hooks(box: Box, hooks: list[StageHook]) -> list[StageHook]:
    """All of them: those set before are forgotten."""
    box.store.stage_hooks = hooks
    return hooks


@router.post("/disconnect", summary="Switch the integration off", status_code=204)
async def disconnect(box: Box) -> None:
    """Revokes its tokens and calls its disconnect address."""
    await box.disconnect()


@router.delete("/users/{user_id:int}", summary="Delete a user", status_code=204)
async def delete_user(box: Box, user_id: int) -> None:
    """Their tokens answer 403, and nothing can be theirs any more."""
    box.account.users.pop(user_id, None)


@router.delete("/fields/{kind}/{field_id:int}", summary="Delete a custom field", status_code=204)
async def delete_field(box: Box, kind: str, field_id: int) -> Response:
    """Writes that name it are refused from now on."""
    if kind not in box.account.fields:
        raise Problem(404, "No such entity kind")
    box.account.fields[kind].pop(field_id, None)
    return Response(status_code=204)


def _require_lead(box: Sandbox, lead_id: int) -> None:
    if lead_id not in box.leads:
        raise Problem(404, "Lead not found")
