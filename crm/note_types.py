"""The kinds of note that the API lets us create (fact sheet, 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from crm.entities import EntityType
from crm.fields import Leftover, cut

TEXT_LIMIT = 10_000  # characters; not documented, so a careful guess
NAME_LIMIT = 250


@dataclass(frozen=True, slots=True)
class Text:
    """A person's plain note (`common`); line ends are kept."""

    text: str


@dataclass(frozen=True, slots=True)
class ServiceMessage:
    """A note of a program, `service` shown as its author; `folded` hides a long text behind a click."""

    service: str
    text: str
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file shown in the feed."""

    file_uuid: str
    file_name: str
    version_uuid: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A telephone call; `duration` in seconds, `status` 1 to 8."""

    direction: Literal["in", "out"]
    uniq: str
    duration: int
    source: str
    phone: str
    link: str | None = None
    result: str | None = None
    status: int | None = None
    responsible: str | int | None = None


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message."""

    direction: Literal["in", "out"]
    text: str
    phone: str


@dataclass(frozen=True, slots=True)
class Geolocation:
    """A place."""

    text: str
    address: str
    longitude: str
    latitude: str


@dataclass(frozen=True, slots=True)
class CashierMessage:
    """A message of a cash register; `status` is "created", "shown" or "canceled"."""

    status: str
    text: str


Content = Text | ServiceMessage | Attachment | Call | Sms | Geolocation | CashierMessage


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note to be created. `triggers_pipeline` lets bots of the digital pipeline start on it; ours do not."""

    entity_type: EntityType
    entity_id: int
    content: Content
    created_by: int | None = None
    responsible_user_id: int | None = None
    created_at: datetime | None = None
    triggers_pipeline: bool = False


def fit(content: Content) -> tuple[Content, tuple[Leftover, ...]]:
    """A content that the service will take, and the whole text where it had to be cut: `split` makes several notes."""
    text = getattr(content, "text", "")
    if not isinstance(content, Text | ServiceMessage | Sms | CashierMessage) or len(text) <= TEXT_LIMIT:
        return content, ()
    return replace(content, text=cut(text, TEXT_LIMIT)), (Leftover("text", text),)


def split(text: str, limit: int = TEXT_LIMIT) -> tuple[str, ...]:
    """The text in parts of at most `limit` characters, parted at a line end where there is one in the second half."""
    parts = []
    while len(text) > limit:
        at = text.rfind("\n", limit // 2, limit) + 1 or limit
        parts.append(text[:at])
        text = text[at:]
    return (*parts, text)


def note_type(content: Content) -> str:
    """The API's `note_type`."""
    match content:
        case Text():
            return "common"
        case ServiceMessage(folded=folded):
            return "extended_service_message" if folded else "service_message"
        case Attachment():
            return "attachment"
        case Call(direction=direction):
            return f"call_{direction}"
        case Sms(direction=direction):
            return f"sms_{direction}"
        case Geolocation():
            return "geolocation"
        case CashierMessage():
            return "message_cashier"


def params(content: Content) -> dict[str, Any]:
    """The API's `params`."""
    match content:
        case Text(text=text):
            return {"text": text}
        case ServiceMessage(service=service, text=text):
            return {"service": cut(service, NAME_LIMIT), "text": text}
        case Attachment(file_uuid=uuid, file_name=name, version_uuid=version):
            return {"file_uuid": uuid, "file_name": name} | ({"version_uuid": version} if version else {})
        case Call():
            return _call_params(content)
        case Sms(text=text, phone=phone):
            return {"text": text, "phone": phone}
        case Geolocation(text=text, address=address, longitude=longitude, latitude=latitude):
            return {"text": text, "address": address, "longitude": longitude, "latitude": latitude}
        case CashierMessage(status=status, text=text):
            return {"status": status, "text": text}


def _call_params(call: Call) -> dict[str, Any]:
    optional = {
        "link": call.link,
        "call_result": call.result,
        "call_status": call.status,
        "call_responsible": call.responsible,
    }
    return {"uniq": call.uniq, "duration": call.duration, "source": call.source, "phone": call.phone} | {
        key: value for key, value in optional.items() if value is not None
    }
