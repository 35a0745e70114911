"""The octets of attached files are those that the standard library decodes, in every letter that both can read."""

from __future__ import annotations

import email
from pathlib import Path

import pytest

from mailsync.reading.model import ReadingContext
from mailsync.reading.reader import read_letter
from tests.paths import SAMPLES

LETTERS = sorted(Path(__file__).parent.glob("letters/*/*.eml")) + sorted(SAMPLES.glob("*.eml"))
NO_FILES = ("text/", "multipart/", "message/", "application/pgp-signature", "application/pkcs7-signature")
BROKEN = {"base64", "boundary"}  # these letters are broken on purpose: there is no one answer


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_files_are_decoded_to_the_octet(path: Path) -> None:
    raw = path.read_bytes()
    if BROKEN.intersection(path.stem.split("-")):
        pytest.skip("broken on purpose")
    parts = [part for part in email.message_from_bytes(raw).walk() if not part.get_content_type().startswith(NO_FILES)]
    wanted = [bytes(part.get_payload(decode=True) or b"") for part in parts]
    found = [one.content for one in read_letter(raw, ReadingContext(documents=False)).message.attachments]
    assert [one for one in wanted if one not in found] == []
