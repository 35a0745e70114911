"""What lives in an account, as frozen values. Moments are aware; `extra` keeps every key that has no name here."""

from crm.entities.cards import Company, Contact, Lead
from crm.entities.common import LOST, WON, EntityType, Linked, Tag, multitext
from crm.entities.feed import Event, File, Link, Note, Task
from crm.entities.setup import Account, CustomField, LossReason, Option, Pipeline, Status, User, Webhook
from crm.entities.writes import (
    Created,
    CreatedLead,
    Existing,
    LeadUpdate,
    NewCompany,
    NewContact,
    NewLead,
    NewTask,
    PersonUpdate,
)

__all__ = [
    "LOST",
    "WON",
    "Account",
    "Company",
    "Contact",
    "Created",
    "CreatedLead",
    "CustomField",
    "EntityType",
    "Event",
    "Existing",
    "File",
    "Lead",
    "LeadUpdate",
    "Link",
    "Linked",
    "LossReason",
    "NewCompany",
    "NewContact",
    "NewLead",
    "NewTask",
    "Note",
    "Option",
    "PersonUpdate",
    "Pipeline",
    "Status",
    "Tag",
    "Task",
    "User",
    "Webhook",
    "multitext",
]
