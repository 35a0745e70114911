"""What holds for any bytes that the reader is given."""

from __future__ import annotations

import json

from mailsync.reading.contract import to_json
from mailsync.reading.model import Kind, Reading, ReadingContext
from mailsync.reading.reader import read_or_raise


def check_reading(raw: bytes, context: ReadingContext) -> Reading:
    """Read, and fail where the reading is not as every reading has to be."""
    reading = read_or_raise(raw, context)
    message = reading.message
    for text in (message.subject, message.text, message.new_text, message.signature, message.quoted, message.forwarded):
        assert "\r" not in text
        assert "\0" not in text
        text.encode("utf-8")
    assert message.date is None or message.date.tzinfo is not None
    assert (reading.order is None) == (not reading.kind.by_person)
    assert (reading.bounce is None) == (reading.kind is not Kind.BOUNCE)
    assert reading.reasons
    assert all("/" not in one.filename and "\n" not in one.filename and one.filename for one in message.attachments)
    assert json.loads(json.dumps(to_json("x", reading)))["kind"] == reading.kind
    return reading
