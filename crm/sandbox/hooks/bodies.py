"""Webhook bodies in the dialect of API v2: other names, and strings for everything (fact sheet, 10.2, 10.3, 10.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm.sandbox.account import Account, FieldDefinition
from crm.sandbox.records import Contact, Lead, Note, Record, Task, Value
from crm.sandbox.store import Change, Store

Tree = dict[str, Any]
ELEMENT_TYPES = {"contacts": 1, "leads": 2, "companies": 3}
NOTE_TYPES = {"common": 4, "attachment": 5, "call_in": 10, "call_out": 11, "sms_in": 102, "sms_out": 103}
SERVICE_NOTE = 25
# Companies arrive among the contacts, told apart by `type`.
ROOTS = {"leads": "leads", "contacts": "contacts", "companies": "contacts", "tasks": "task"}
SINGULARS = {"leads": "lead", "contacts": "contact", "companies": "company", "tasks": "task"}


class Bodies:
    """Tells changes of one account; `address` is what `account[_links][self]` says."""

    def __init__(self, account: Account, store: Store, address: str) -> None:
        self._account = account
        self._store = store
        self._address = address

    def events(self, change: Change) -> list[str]:
        """The names of the subscriptions that a change concerns, in the order they are told."""
        singular = SINGULARS.get(change.entity)
        if singular is None or change.action not in ("add", "update", "delete", "restore", "note"):
            return []
        told = [change.action]
        if change.action == "update":
            if singular == "lead" and {"status_id", "pipeline_id"} & change.before.keys():
                told.append("status")
            if "responsible_user_id" in change.before:
                told.append("responsible")
        return [f"{one}_{singular}" for one in told]

    def entry(self, event: str, change: Change) -> tuple[str, str, Tree]:
        """Where one change stands in a body (root, action) and what stands there, as things are now."""
        action = event.partition("_")[0]
        root = ROOTS[change.entity]
        if action == "note":
            assert change.note is not None
            return root, "note", {"note": self._note(change.note)}
        if isinstance(change.subject, Lead):
            return root, action, self._lead(action, change.subject, change)
        if isinstance(change.subject, Task):
            return root, action, self._task(change.subject)
        # A new responsible user of a contact is told as an update that knows the old one.
        return root, "update" if action == "responsible" else action, self._person(action, change)

    def body(self, entries: list[tuple[str, str, Tree]]) -> Tree:
        """One body with all entries, numbered within their event; the account stands before what is added."""
        told: Tree = {}
        for root, action, tree in entries:
            told.setdefault(root, {}).setdefault(action, []).append(tree)
        account = {
            "account": {
                "subdomain": self._account.subdomain,
                "id": self._account.id,
                "_links": {"self": self._address},
            }
        }
        return account | told if entries[0][1] == "add" and entries[0][0] == "leads" else told | account

    def stage_body(self, change: Change) -> Tree | None:
        """What the digital pipeline tells of a lead that has come to a stage (10.5); None where none has."""
        lead, before = change.subject, change.before
        if not isinstance(lead, Lead) or change.action not in ("add", "update"):
            return None
        told = {"id": lead.id, "status_id": lead.status_id, "pipeline_id": lead.pipeline_id}
        if change.action == "update":
            if not {"status_id", "pipeline_id"} & before.keys():
                return None
            told["old_status_id"] = before.get("status_id", lead.status_id)
            told["old_pipeline_id"] = before.get("pipeline_id", lead.pipeline_id)
        action = "add" if change.action == "add" else "status"
        account = {"id": self._account.id, "subdomain": self._account.subdomain}
        return {"leads": {action: [told]}, "account": account}

    def _lead(self, action: str, lead: Lead, change: Change) -> Tree:
        if action == "delete":
            return {"id": lead.id, "status_id": lead.status_id, "pipeline_id": lead.pipeline_id}
        old_status = {"old_status_id": change.before.get("status_id", lead.status_id)} if action == "status" else {}
        old_responsible = (
            {"old_responsible_user_id": change.before["responsible_user_id"]} if action == "responsible" else {}
        )
        return {
            "id": lead.id,
            "name": lead.name,
            "status_id": lead.status_id,
            **old_status,
            "price": lead.price,
            "responsible_user_id": lead.responsible_user_id,
            **old_responsible,
            "last_modified": lead.updated_at,
            "modified_user_id": lead.updated_by,
            "created_user_id": lead.created_by,
            "date_create": lead.created_at,
            "pipeline_id": lead.pipeline_id,
            "tags": [{"id": tag.id, "name": tag.name} for tag in lead.tags],
            "account_id": self._account.id,
            "custom_fields": self._fields("leads", lead),
            "created_at": lead.created_at,
            "updated_at": lead.updated_at,
        }

    def _person(self, action: str, change: Change) -> Tree:
        record: Record = change.subject
        kind = "contact" if isinstance(record, Contact) else "company"
        if action == "delete":
            return {"id": record.id, "type": kind}
        leads = self._store.linked((change.entity, record.id), "leads")
        old = {"old_responsible_user_id": change.before["responsible_user_id"]} if action == "responsible" else {}
        return {
            "id": record.id,
            "name": record.name,
            "responsible_user_id": record.responsible_user_id,
            **old,
            "date_create": record.created_at,
            "last_modified": record.updated_at,
            "created_user_id": record.created_by,
            "modified_user_id": record.updated_by,
            **(self._company_of(record) if kind == "contact" else {}),
            "account_id": self._account.id,
            "tags": [{"id": tag.id, "name": tag.name} for tag in record.tags],
            "custom_fields": self._fields(change.entity, record),
            "linked_leads_id": {str(lead_id): {"ID": lead_id} for lead_id, _ in leads},
            "created_at": record.created_at,
            "updated_at": record.updated_at,
            "type": kind,
        }

    def _company_of(self, contact: Record) -> Tree:
        for company_id, _ in self._store.linked(("contacts", contact.id), "companies"):
            return {"company_name": self._store.companies[company_id].name, "linked_company_id": company_id}
        return {}

    def _fields(self, kind: str, record: Record) -> list[Tree]:
        definitions = self._account.fields[kind].values()
        return [_field(one, record.fields[one.id]) for one in definitions if record.fields.get(one.id)]

    def _note(self, note: Note) -> Tree:
        return {
            "text": note.params.get("text", ""),
            "attachement": note.params.get("file_name", ""),
            "date_create": self._local(note.created_at),
            "note_type": NOTE_TYPES.get(note.note_type, SERVICE_NOTE),
            "element_type": ELEMENT_TYPES[note.entity],
            "element_id": note.entity_id,
            "group_id": 0,
            "timestamp_x": self._local(note.updated_at),
            "account_id": self._account.id,
            "created_by": note.created_by,
            "modified_by": note.updated_by,
            "main_user_id": note.responsible_user_id,
            "id": note.id,
            "created_at": note.created_at,
            "updated_at": note.updated_at,
        }

    def _task(self, task: Task) -> Tree:
        return {
            "id": task.id,
            "element_id": task.entity_id or 0,
            "element_type": ELEMENT_TYPES.get(task.entity or "", 0),
            "task_type": task.task_type_id,
            "date_create": self._local(task.created_at),
            "text": task.text,
            "status": int(task.is_completed),
            "account_id": self._account.id,
            "created_user_id": task.created_by,
            "last_modified": self._local(task.updated_at),
            "responsible_user_id": task.responsible_user_id,
            "complete_till": self._local(task.complete_till),
            "created_at": task.created_at,
            "updated_at": task.updated_at,
        }

    def _local(self, moment: int) -> str:
        return datetime.fromtimestamp(moment, ZoneInfo(self._account.time_zone)).strftime("%Y-%m-%d %H:%M:%S")


def _field(definition: FieldDefinition, values: tuple[Value, ...]) -> Tree:
    head: Tree = {"id": definition.id, "name": definition.name}
    if definition.code is not None:
        head["code"] = definition.code
    if definition.type in ("date", "date_time", "birthday"):
        return head | {"values": [one.value for one in values]}
    shown = [{"value": one.value} | ({"enum": one.enum_id} if one.enum_id else {}) for one in values]
    return head | {"values": shown[0] if definition.type == "radiobutton" else shown}
