"""What keeps a command from starting is told in one clear line, never as a traceback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mailsync.cli.command import main
from mailsync.errors import PermanentFailure
from mailsync.journal.journal import Journal
from mailsync.single import only_worker


def test_a_data_folder_that_cannot_be_made_is_named_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the folder should be")
    url = f"sqlite:///{tmp_path}/data/mailsync.db"
    with pytest.raises(PermanentFailure, match="cannot be made") as caught:
        Journal.open(url)
    assert "journal.url" in caught.value.cure
    with pytest.raises(PermanentFailure, match="cannot be made"), only_worker(url):
        pass


def test_a_lock_that_cannot_be_written_is_named_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "mailsync.db.lock").mkdir()
    with (
        pytest.raises(PermanentFailure, match="cannot be written") as caught,
        only_worker(f"sqlite:///{tmp_path}/mailsync.db"),
    ):
        pass
    assert "right to write" in caught.value.cure


def test_a_defect_is_one_line_without_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[journal]\nurl = "sqlite:///{tmp_path}/journal.db"\n')
    assert main(["--config", str(config), "journal", "list", "--limit", "9" * 30]) == 2
    told = capsys.readouterr().err
    assert told.startswith("An unexpected failure, please report it: OverflowError at mailsync.journal.")
    assert len(told.splitlines()) == 1


def test_a_port_that_another_program_has_is_named_with_its_cure(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        others = ["--imap-port", "0", "--submission-port", "0", "--smtp-port", "0"]
        assert main(["sandbox", "--crm-port", str(port), *others]) == 2
    told, cure = capsys.readouterr().err.splitlines()
    assert told == f"port {port} of 127.0.0.1 cannot be used: Address already in use"
    assert cure.startswith("  → stop the program that has it")


def test_authorization_without_the_secret_names_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["auth", "url"]) == 2
    assert "set MAILSYNC_AMOCRM__CLIENT_SECRET" in capsys.readouterr().err
