"""API JSON to entities (pure): ValueError for what is no such entity, unknown keys go to `extra`."""

from crm.from_json.cards import company, contact, custom_value, lead, linked, tag, value
from crm.from_json.feed import event, file, link, note, task
from crm.from_json.reader import Reader, objects
from crm.from_json.setup import account, custom_field, loss_reason, option, pipeline, status, user, webhook

__all__ = [
    "Reader",
    "account",
    "company",
    "contact",
    "custom_field",
    "custom_value",
    "event",
    "file",
    "lead",
    "link",
    "linked",
    "loss_reason",
    "note",
    "objects",
    "option",
    "pipeline",
    "status",
    "tag",
    "task",
    "user",
    "value",
    "webhook",
]
