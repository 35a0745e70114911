"""Settings: defaults, the environment, and all problems told together."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailsync.config import Config, load
from mailsync.errors import SettingsError
from tests.paths import ROOT


def test_config_toml_says_what_the_program_assumes() -> None:
    assert load(ROOT / "config.toml", {}) == Config()


def test_the_environment_overrides_the_file_and_secrets_come_from_files(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("geheim\n")
    config = load(
        None,
        {
            "MAILSYNC_MAILBOX__HOST": "imap.example",
            "MAILSYNC_MAILBOX__PASSWORD_FILE": str(secret),
            "MAILSYNC_AMOCRM__FIELDS__REFERENCE": "77",
            "MAILSYNC_CONFIRMATIONS__ON_STATUS__142": "won",
            "MAILSYNC_DNS__SELECTORS": "a, b",
        },
    )
    assert config.mailbox.host == "imap.example"
    assert config.mailbox.password.get_secret_value() == "geheim"
    assert config.amocrm.fields.reference == 77
    assert config.confirmations.on_status == {"142": "won"}
    assert config.dns.selectors == ("a", "b")


def test_tables_come_from_the_environment_as_json() -> None:
    config = load(
        None,
        {
            "MAILSYNC_FORMS": '[{"sender": "form@site.example"}]',
            "MAILSYNC_DNS__ACCEPTED": '[{"id": "SPF-1", "reason": "old", "until": "2027-01-01"}]',
            "MAILSYNC_CONFIRMATIONS__ON_STATUS": '{"142": "won", "143": "none"}',
            "MAILSYNC_CONFIRMATIONS__ON_STATUS__143": "lost",
            "MAILSYNC_DNS__PROFILES": '{"ours": {"rsa_bits": 4096}}',
            "MAILSYNC_SHARED": "no setting",
        },
    )
    assert [form.sender for form in config.forms] == ["form@site.example"]
    assert [one.id for one in config.dns.accepted] == ["SPF-1"]
    assert config.confirmations.on_status == {"142": "won", "143": "lost"}
    assert config.dns.profiles["ours"].rsa_bits == 4096


@pytest.mark.parametrize(
    ("variable", "given", "problem"),
    [
        ("MAILSYNC_FORMS", "[{", ("MAILSYNC_FORMS", "is not valid JSON: ")),
        ("MAILSYNC_CONFIRMATIONS__ON_STATUS", "142=won", ("MAILSYNC_CONFIRMATIONS__ON_STATUS", "is not valid JSON: ")),
        ("MAILSYNC_DNS__ACCEPTED", '{"id": "geheim"}', ("dns.accepted", "input should be a valid tuple")),
    ],
)
def test_json_that_cannot_be_used_is_a_problem_without_its_value(
    variable: str, given: str, problem: tuple[str, str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(None, {variable: given})
    ((key, said),) = caught.value.problems
    assert key == problem[0]
    assert said.startswith(problem[1])
    assert given not in said


def test_all_problems_are_told_together_by_key_and_without_values(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[mailbox]\nport = "abc"\npassword = "hunter2"\n[smtp]\nsecurity = "plain"\n[mailbax]\nhost = "x"\n'
    )
    with pytest.raises(SettingsError) as caught:
        load(file, {"MAILSYNC_AMOCRM__REQUESTS_PER_SECOND": "9"})
    assert {key for key, _ in caught.value.problems} == {
        "mailbox.password",
        "mailbox.port",
        "smtp",
        "mailbax",
        "amocrm.requests_per_second",
    }
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "given", "problem"),
    [
        (
            "MAILSYNC_DNS__INTERVAL",
            "daily",
            (
                "dns.interval",
                'has to be seconds between two runs (300), or a cron line of five fields ("15 3 * * *")',
            ),
        ),
        (
            "MAILSYNC_MAILBOX__AFTER",
            "delete",
            ("mailbox.after", 'has to be "", "seen", "flag:NAME" or "move:FOLDER"'),
        ),
        (
            "MAILSYNC_JOURNAL__URL",
            "data.db",
            ("journal.url", 'has to be "sqlite:///FILE" (or "postgresql://…")'),
        ),
    ],
)
def test_a_value_of_the_wrong_shape_is_told_the_right_one(variable: str, given: str, problem: tuple[str, str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load(None, {variable: given})
    assert caught.value.problems == [problem]


def test_a_job_is_timed_by_a_number_or_a_cron_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[dns]\ninterval = 900\n[schedule]\nreconcile = "*/5 * * * *"\n')
    config = load(file, {})
    assert (config.dns.interval, config.schedule.reconcile) == ("900", "*/5 * * * *")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[mailbox\n", "is not valid TOML"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        load(file, {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load(tmp_path / "absent.toml", {})
