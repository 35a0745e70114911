"""The account as plain JSON, for tests that live in another process."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from crm.sandbox.records import Record, StoredFile
from crm.sandbox.sandbox import Sandbox


def dump(sandbox: Sandbox) -> dict[str, Any]:
    """Everything but the octets of files: records with bare field values by field id, tag names and linked ids."""
    store = sandbox.store
    return {
        "leads": [_record(sandbox, "leads", one) for one in store.leads.values()],
        "contacts": [_record(sandbox, "contacts", one) for one in store.contacts.values()],
        "companies": [_record(sandbox, "companies", one) for one in store.companies.values()],
        "notes": [asdict(one) for one in store.notes.values()],
        "tasks": [asdict(one) for one in store.tasks.values()],
        "files": [_file(one) for one in store.files.values()],
        "webhooks": [asdict(one) for one in store.subscriptions.values()],
        "applied": [asdict(one) for one in store.applied],
        "requests": [asdict(one) for one in sandbox.requests],
        "deliveries": [asdict(one) for one in sandbox.deliveries],
        "max_calls_per_second": sandbox.max_calls_per_second(),
    }


def _record(sandbox: Sandbox, kind: str, record: Record) -> dict[str, Any]:
    shown = asdict(record)
    linked = {
        other: [other_id for other_id, _ in sandbox.store.linked((kind, record.id), other)]
        for other in ("leads", "contacts", "companies")
        if other != kind
    }
    return {
        **shown,
        "fields": {str(field_id): record.values(field_id) for field_id in record.fields},
        "tags": [tag.name for tag in record.tags],
        "files": list(sandbox.store.attached.get((kind, record.id), ())),
        **linked,
    }


def _file(file: StoredFile) -> dict[str, Any]:
    shown = asdict(file)
    return {key: shown[key] for key in shown if key != "content"} | {"size": len(file.content)}
