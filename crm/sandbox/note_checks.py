"""What may stand in a note, and in the `params` of each type that the API creates (fact sheet, 6)."""

from __future__ import annotations

from collections.abc import Mapping

from crm.sandbox.actor import Actor
from crm.sandbox.call import Json
from crm.sandbox.checks import Check, anything, boolean, integer, mapping, moment, shape, string
from crm.sandbox.problems import Refusal, not_a_choice
from crm.sandbox.records import Note

NOTE_KEYS: dict[str, Check] = {
    "entity_id": integer,
    "note_type": string,
    "params": mapping,
    "created_by": integer,
    "responsible_user_id": integer,
    "created_at": moment,
    "updated_at": moment,
    "request_id": anything,
    "is_need_to_trigger_digital_pipeline": boolean,
}

_CALL: Mapping[str, Check] = {
    "uniq": string,
    "duration": integer,
    "source": string,
    "link": string,
    "phone": string,
    "call_result": string,
    "call_status": integer,
    "call_responsible": anything,
}
_SMS: Mapping[str, Check] = {"text": string, "phone": string}
_SERVICE: Mapping[str, Check] = {"service": string, "text": string}

# Types that the API may create, what their params may hold and what they must. Mail letters are not among them.
PARAMS: Mapping[str, tuple[Mapping[str, Check], tuple[str, ...]]] = {
    "common": ({"text": string}, ("text",)),
    "service_message": (_SERVICE, ("service", "text")),
    "extended_service_message": (_SERVICE, ("service", "text")),
    "attachment": ({"file_uuid": string, "version_uuid": string, "file_name": string}, ("file_uuid", "file_name")),
    "call_in": (_CALL, ("uniq", "duration", "source", "phone")),
    "call_out": (_CALL, ("uniq", "duration", "source", "phone")),
    "sms_in": (_SMS, ("text", "phone")),
    "sms_out": (_SMS, ("text", "phone")),
    "geolocation": (
        {"text": string, "address": string, "longitude": anything, "latitude": anything},
        ("text", "address", "longitude", "latitude"),
    ),
    "message_cashier": ({"status": string, "text": string}, ("status", "text")),
}


def check_note(actor: Actor, kind: str, item: Json, *, note: Note | None = None) -> list[Refusal]:
    """What is wrong with a note to be added, or changed if there is one already."""
    keys = NOTE_KEYS if note is None else NOTE_KEYS | {"id": integer}
    required = ("entity_id", "note_type", "params") if note is None else ()
    if refusals := shape(item, keys, required=required, unknown_keys=actor.switches.unknown_keys):
        return refusals
    refusals = []
    if note is None and actor.store.find(kind, item["entity_id"]) is None:
        refusals.append(not_a_choice("entity_id"))
    refusals += [
        not_a_choice(key)
        for key in ("created_by", "responsible_user_id")
        if key in item and item[key] not in {0, *actor.account.users}
    ]
    note_type = item.get("note_type", note.note_type if note else "")
    if note_type not in PARAMS:
        return [*refusals, not_a_choice("note_type")]
    return refusals + (_check_params(actor, note_type, item["params"]) if "params" in item else [])


def _check_params(actor: Actor, note_type: str, params: Json) -> list[Refusal]:
    keys, required = PARAMS[note_type]
    refusals = shape(params, keys, required=required, unknown_keys=actor.switches.unknown_keys)
    if "text" in required and params.get("text") == "":
        refusals.append(Refusal("NotBlank", "text", "This value should not be blank."))
    if note_type == "attachment" and not refusals and params["file_uuid"] not in actor.store.files:
        refusals.append(not_a_choice("file_uuid"))
    return [one.under("params") for one in refusals]
