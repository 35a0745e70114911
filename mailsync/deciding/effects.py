"""Effects: what is to be done outside, as values that the journal keeps and `explain` prints.

An effect says everything that carrying it out needs, beside the ids that earlier effects of its entry bring
(the lead that a note goes to). None of them is ever changed once it is in the journal.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Subject = Literal["leads", "contacts"]


class _Effect(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewContact(_Effect):
    """A contact that AmoCRM does not have yet."""

    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    telegram: str | None = None


class NewCompany(_Effect):
    name: str
    inn: str | None = None


class CreateLead(_Effect):
    """A new lead with its contact (an id, or one to be made) and company; found again by its reference."""

    action: Literal["create_lead"] = "create_lead"
    reference: str
    name: str
    tags: tuple[str, ...]
    contact_id: int | None = None
    contact: NewContact | None = None
    company_id: int | None = None
    company: NewCompany | None = None
    serial_number: str | None = None
    equipment_model: str | None = None
    telegram_id: str | None = None


class AddNote(_Effect):
    """A note; `entity_id` None means the lead that this entry creates. `marker` stands in the text."""

    action: Literal["add_note"] = "add_note"
    entity: Subject = "leads"
    entity_id: int | None = None
    text: str
    marker: str


class AddTask(_Effect):
    """A task for the responsible manager, due `within_hours` of being carried out."""

    action: Literal["add_task"] = "add_task"
    entity: Subject = "leads"
    entity_id: int | None = None
    text: str
    marker: str
    within_hours: int = 4
    serial_of: int | None = None  # the lead whose serial number is asked for: once for each lead


class UploadFile(_Effect):
    """A file of the letter (its place among the attachments; -1: the raw letter) for a lead's or contact's feed."""

    action: Literal["upload_file"] = "upload_file"
    entity: Subject = "leads"
    entity_id: int | None = None
    attachment: int
    filename: str
    content_type: str
    size: int
    marker: str


class Understood(_Effect):
    """What a confirmation repeats of the request."""

    name: str | None = None
    machines: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


class LeadStatus(_Effect):
    """That a lead came into a status, `changed_at` in Unix seconds."""

    lead_id: int
    status_id: int
    changed_at: float


class SendConfirmation(_Effect):
    """A letter of ours to the customer, sent at most once; its Message-ID is fixed here."""

    action: Literal["send_confirmation"] = "send_confirmation"
    template: str = "confirmation"
    to: str
    to_name: str | None = None
    subject: str
    reference: str
    message_id: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    understood: Understood = Understood()
    status: LeadStatus | None = None  # what a letter on a status is about; one for each lead and status


class StoreSentCopy(_Effect):
    """A copy of the letter sent by the effect at `letter` goes to the Sent folder."""

    action: Literal["store_sent_copy"] = "store_sent_copy"
    letter: int


class MarkDead(_Effect):
    """No letter is sent to this address any more."""

    action: Literal["mark_dead"] = "mark_dead"
    address: str
    reason: str


class SettleConfirmation(_Effect):
    """Evidence about a letter of ours whose fate was unknown: it went out."""

    action: Literal["settle_confirmation"] = "settle_confirmation"
    message_id: str
    evidence: str


class RegisterEquipment(_Effect):
    """What a lead says of its machine goes into the digital passport, in one transaction with this effect's end.

    `synced` holds the values of the fields that are in use (None: empty), as they were at `seen_at`, when the lead
    had last been changed (Unix seconds).
    """

    action: Literal["register_equipment"] = "register_equipment"
    serial_number: str
    lead_id: int
    seen_at: float
    model: str | None = None
    telegram_id: str | None = None
    contact_id: int | None = None
    synced: dict[Literal["service_status", "maintenance_date"], str | None] = {}


class FieldChange(_Effect):
    """A lead's field gets a value (a date as an ISO day, None: cleared) where it still holds what it held `before`."""

    name: Literal["service_status", "maintenance_date"]
    field_id: int
    value: str | None
    before: str | None


class UpdateLead(_Effect):
    """Changes made in the digital passport go into the lead's fields."""

    action: Literal["update_lead"] = "update_lead"
    lead_id: int
    serial_key: str
    changes: tuple[FieldChange, ...]


class RecordLeadStatus(_Effect):
    """The customer who asked by the Mini App sees how the lead of his request stands."""

    action: Literal["record_lead_status"] = "record_lead_status"
    lead_id: int
    status_id: int


Effect = Annotated[
    CreateLead
    | AddNote
    | AddTask
    | UploadFile
    | SendConfirmation
    | StoreSentCopy
    | MarkDead
    | SettleConfirmation
    | RegisterEquipment
    | UpdateLead
    | RecordLeadStatus,
    Field(discriminator="action"),
]

_adapter: TypeAdapter[Effect] = TypeAdapter(Effect)


def to_json(effect: Effect) -> str:
    return effect.model_dump_json()


def from_json(text: str) -> Effect:
    return _adapter.validate_json(text)
