"""Letters of other libraries' test suites: all are read, and as those libraries expect where they expect something.

mail-parser 4.8.0 (Apache-2.0): 22 letters, spam and broken ones among them; its own subjects, senders, file names.
flufl.bounce 6.0.0 (Apache-2.0): 117 bounces of thirty years; the recipients that it finds.
talon 1.4.4 (Apache-2.0): answers of mail programs; the text that is the answer.
dkimpy 1.1.8 (BSD): signed letters.
"""

from __future__ import annotations

import email
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import mailparser
import pytest

from mailsync.reading.model import Kind, Reading, ReadingContext
from mailsync.reading.reader import read_or_raise
from tests.reading.corpora import Offline, sources

CONTEXT = ReadingContext()


def _folder(package: str, version: str) -> Path:
    try:
        return sources(package, version)
    except Offline as missing:
        pytest.skip(f"{missing}: source distribution not available")


def _files(folder: Path, pattern: str, count: int) -> list[Path]:
    """The files of a corpus, which has to be there as a whole."""
    found = sorted(folder.glob(pattern))
    assert len(found) == count, f"{len(found)} of {count} in {folder}"
    return found


def _read(path: Path) -> Reading:
    return read_or_raise(path.read_bytes(), CONTEXT)


@pytest.fixture(scope="module")
def bounces() -> Iterator[list[Path]]:
    folder = _folder("flufl_bounce", "6.0.0")
    sys.path.insert(0, str(folder / "src"))
    yield sorted((folder / "tests" / "data").glob("*.txt"))
    sys.path.remove(str(folder / "src"))


def test_letters_of_mail_parser_are_read_as_it_reads_them() -> None:
    lossy = {"mail_test_9"}  # mail-parser drops the octets of an unlabelled GB2312 subject
    for path in _files(_folder("mail_parser", "4.8.0") / "tests" / "mails", "*", 23):
        reading, expected = _read(path), mailparser.parse_from_bytes(path.read_bytes())
        if path.name not in lossy:
            assert " ".join(reading.message.subject.split()) == " ".join(str(expected.subject).split()), path.name
        if expected.from_:
            assert reading.message.sender is not None, path.name
            assert reading.message.sender.address == expected.from_[0][1].lower(), path.name


def test_files_of_mail_parsers_letters_have_the_names_that_it_gives_them() -> None:
    for path in _files(_folder("mail_parser", "4.8.0") / "tests" / "mails", "*", 23):
        expected = [one["filename"] for one in mailparser.parse_from_bytes(path.read_bytes()).attachments]
        named = sorted(name for name in expected if not name.startswith("<") and not name.startswith("DSN"))
        found = sorted(one.filename for one in _read(path).message.attachments)
        assert [name for name in found if not name.startswith("без имени")] == named, path.name


def test_bounces_of_flufl_are_told_as_bounces(bounces: list[Path]) -> None:
    # A moderator's notice, a French answer to one, a virus gateway's and two letters of people: no delivery reports.
    others = {"microsoft_03.txt", "simple_20.txt", "simple_22.txt", "dumbass_01.txt"}
    missed = {path.name for path in bounces if _read(path).kind is not Kind.BOUNCE}
    assert missed - others - {path.name for path in bounces if not _recipients(path)} == set()


def test_bounces_of_flufl_name_the_recipients_that_it_finds(bounces: list[Path]) -> None:
    expected = {path: _recipients(path) for path in bounces if _recipients(path)}
    right = [
        path for path, known in expected.items() if (found := _read(path).bounce) and set(found.recipients) == known
    ]
    assert len(expected) >= 105
    assert len(right) / len(expected) >= 0.92


def _recipients(path: Path) -> set[str]:
    scan = importlib.import_module("flufl.bounce").all_failures
    temporary, permanent = scan(email.message_from_bytes(path.read_bytes()))
    return {address.decode().lower().strip("<>") for address in temporary | permanent}


def test_answers_in_talons_letters_are_cut_out() -> None:
    folder = _folder("talon", "1.4.4") / "tests" / "fixtures" / "standard_replies"
    unsure = {"outlook.eml"}  # neither "Re:" nor In-Reply-To: what follows might have been forwarded, so it is kept
    for path in _files(folder, "*.eml", 12):
        if path.name not in unsure:
            assert _read(path).message.new_text == "Hello", path.name


def test_answers_in_talons_html_are_cut_out() -> None:
    folder = _folder("talon", "1.4.4") / "tests" / "fixtures" / "html_replies"
    for path in _files(folder, "*.html", 9):
        head = b"From: a@b.example\nSubject: Re: x\nContent-Type: text/html; charset=utf-8\n\n"
        message = read_or_raise(head + path.read_bytes(), CONTEXT).message
        words = re.sub(r"\s", "", message.new_text + message.signature)
        assert words == "Hi.Iamfine.Thanks,Alex", path.name


def test_signed_letters_of_dkimpy_are_read() -> None:
    folder = _folder("dkimpy", "1.1.8") / "dkim" / "tests" / "data"
    letters = [
        path for path in sorted(folder.iterdir()) if path.suffix in {".msg", ".mbox"} or path.name.startswith("test")
    ]
    assert len(letters) >= 10
    for path in letters:
        assert "не разобрано" not in " ".join(_read(path).message.defects), path.name
