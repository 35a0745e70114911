"""`check-dns` as operators and monitoring see it: exit codes, streams, forms; the zones are served by Knot."""

import asyncio
import json
import os
import pty
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from mailsync.cli.check_dns import main
from mailsync.dnscheck.memory import Zones
from mailsync.dnscheck.profile import ANY
from mailsync.dnscheck.settings import DnsSettings
from tests.dnscheck.dkim_signer import Signer
from tests.dnscheck.servers import Behaviour, Knot, answering, misbehaving_server
from tests.dnscheck.test_real_check import UNDELEGATED

pytestmark = pytest.mark.servers

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check_dns.py"
NO_DMARC: Zones = {name: types for name, types in UNDELEGATED.items() if name != "_dmarc.shop.test"}
NO_REPORTS: Zones = {**UNDELEGATED, "_dmarc.shop.test": {"TXT": ["v=DMARC1; p=reject"]}}


def check(knot: Knot, *arguments: str, settings: DnsSettings | None = None) -> int:
    return main(["--resolver", f"127.0.0.1:{knot.port}", "--selector", "main", *arguments], settings)


@pytest.mark.parametrize(
    ("zones", "options", "code"),
    [
        (UNDELEGATED, [], 0),
        (NO_REPORTS, [], 1),
        (NO_DMARC, [], 2),
        (NO_REPORTS, ["--fail-on", "critical"], 0),
        (NO_DMARC, ["--fail-on", "critical"], 2),
        (NO_DMARC, ["--fail-on", "never"], 0),
        (NO_REPORTS, ["--ignore", "dmarc.no-rua"], 0),
        (NO_DMARC, ["--ignore", "dmarc.missing", "--ignore", "other"], 0),
        (UNDELEGATED, ["--selector", "wrong"], 2),
        (UNDELEGATED, ["--ip", "192.0.2.25"], 0),
        (UNDELEGATED, ["--ip", "192.0.2.26"], 2),
        (UNDELEGATED, ["--profile", "beget"], 2),
    ],
)
@pytest.mark.parametrize("form", ["table", "json", "nagios"])
def test_the_exit_code_tells_the_verdict_in_every_form(
    form: str, zones: Zones, options: list[str], code: int, knot: Knot, capsys: pytest.CaptureFixture[str]
) -> None:
    knot.serve(zones)
    assert check(knot, "shop.test", "--format", form, *options) == code
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--bogus"],
        ["--timeout", "soon"],
        ["--timeout", "-1"],
        ["--ip", "192.0.2"],
        ["--format", "xml"],
        ["--lang", "fr"],
        ["--fail-on", "anything"],
        ["a..b"],
        ["zakaz@shop.test"],
        ["https://shop.test/"],
        ["x" * 64 + ".test"],
        ["--resolver", "not an address", "shop.test"],
        ["--eml", "/nonexistent/letter.eml"],
        ["--eml", "x.eml", "one.test", "two.test"],
    ],
)
def test_wrong_arguments_are_unknown_and_say_so_on_stderr(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: Any = main(arguments)
    except SystemExit as leaving:
        code = leaving.code
    told = capsys.readouterr()
    assert (code, told.out) == (3, "")
    assert told.err.splitlines()[-1].startswith("check-dns: ")


@pytest.mark.parametrize(("argument", "said"), [("--version", "mailsync "), ("--help", "usage: ")])
def test_the_script_itself_knows_help_and_version(argument: str, said: str) -> None:
    done = subprocess.run([SCRIPT, argument], check=False, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout[: len(said)], done.stderr) == (0, said, "")


def test_a_reader_that_has_had_enough_is_no_crash(knot: Knot) -> None:
    knot.serve(UNDELEGATED)
    reading, writing = os.pipe()
    os.close(reading)
    command = [str(SCRIPT), "--resolver", f"127.0.0.1:{knot.port}", "--json", "shop.test"]
    done = subprocess.run(command, check=False, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writing)

    assert (done.returncode, done.stderr) == (3, "")


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_are_no_failure(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main([argument])
    assert leaving.value.code == 0
    assert capsys.readouterr().out


def test_bad_configuration_and_crashes_are_unknown(knot: Knot, capsys: pytest.CaptureFixture[str]) -> None:
    knot.serve(UNDELEGATED)
    assert main([], DnsSettings(resolver="nonsense")) == 3
    assert "not a resolver's address" in capsys.readouterr().err
    crashing = DnsSettings(domain="shop.test", sending_ips=("no address",), profile=ANY)
    assert check(knot, "--format", "nagios", settings=crashing) == 3
    told = capsys.readouterr()
    assert told.out.startswith("MAILDNS UNKNOWN - internal error, ValueError: ")
    assert "Traceback" not in told.err


@pytest.mark.parametrize(("options", "code"), [([], 3), (["--dns-failure", "critical"], 2)])
def test_a_dns_that_does_not_answer_is_unknown_unless_told_otherwise(options: list[str], code: int) -> None:
    async def asked() -> int:
        behaviours: dict[str, Behaviour] = defaultdict(lambda: answering(code="SERVFAIL"))
        async with misbehaving_server(behaviours) as (port, _):
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(SCRIPT), "shop.test", "--resolver", f"127.0.0.1:{port}", *options,
                stdout=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            return await process.wait()

    assert asyncio.run(asked()) == code


def test_json_is_one_line_a_domain_in_the_order_given(knot: Knot, capsys: pytest.CaptureFixture[str]) -> None:
    knot.serve(NO_DMARC)
    assert check(knot, "--json", "станки.рф", "shop.test") == 2
    told = capsys.readouterr()
    first, second = (json.loads(line) for line in told.out.splitlines())
    assert (first["domain"], first["domain_unicode"]) == ("xn--80aqflsg.xn--p1ai", "станки.рф")
    assert (second["domain"], second["result"], second["findings"][0]["id"]) == (
        "shop.test",
        "critical",
        "dmarc.missing",
    )
    assert second["spf"]["records"] == ["v=spf1 ip4:192.0.2.25 -all"]
    assert second["dkim"][0]["key_bits"] == 2048
    assert second["dmarc"]["organizational_domain"] == "shop.test"
    assert second["mx"] == [{"preference": 10, "exchange": "mx.shop.test"}]
    assert told.err == ""


def test_the_domain_comes_from_the_settings_where_none_is_named(knot: Knot, capsys: pytest.CaptureFixture[str]) -> None:
    knot.serve(UNDELEGATED)
    settings = DnsSettings(domain="shop.test", profile=ANY, sending_ips=("192.0.2.25",), mailbox="zakaz@shop.test")
    assert check(knot, "--json", settings=settings) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["domain"] == "shop.test"
    assert report["spf"]["results"] == {
        "192.0.2.25": {"result": "pass", "reason": "shop.test: ip4:192.0.2.25 matches", "explanation": None}
    }


def test_quiet_is_silent_only_when_all_is_well(knot: Knot, capsys: pytest.CaptureFixture[str]) -> None:
    knot.serve(UNDELEGATED)
    assert check(knot, "shop.test", "--quiet") == 0
    assert capsys.readouterr().out == ""
    knot.serve(NO_DMARC)
    assert check(knot, "shop.test", "--quiet") == 2
    assert "dmarc.missing" in capsys.readouterr().out


def test_remedies_are_russian_unless_english_is_asked_for(knot: Knot, capsys: pytest.CaptureFixture[str]) -> None:
    knot.serve(NO_DMARC)
    check(knot, "shop.test", "--profile", "beget")
    assert (
        "RU-CENTER, DNS-хостинг, зона shop.test: TXT, имя `_dmarc`: "
        "`v=DMARC1; p=none; rua=mailto:dmarc@shop.test`; затем «Выгрузить зону»"
    ) in capsys.readouterr().out
    check(knot, "shop.test", "--lang", "en")
    assert "Open a mailbox dmarc@shop.test, add the record." in capsys.readouterr().out


def test_a_letter_is_judged_from_a_file(knot: Knot, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    knot.serve({**UNDELEGATED, **Signer().zones})
    letter = Signer().sign(b"From: zakaz@shop.test\r\nSubject: order\r\n\r\nHello\r\n")
    (tmp_path / "good.eml").write_bytes(letter)
    (tmp_path / "bad.eml").write_bytes(letter.replace(b"Hello", b"Goodbye"))
    assert check(knot, "shop.test", "--json", "--eml", str(tmp_path / "good.eml")) == 0
    assert json.loads(capsys.readouterr().out)["signatures"][0]["result"] == "pass"
    assert check(knot, "shop.test", "--json", "--eml", str(tmp_path / "bad.eml")) == 2
    found = [finding["id"] for finding in json.loads(capsys.readouterr().out)["findings"]]
    assert {"dkim.verify", "dmarc.eval"} <= set(found)


def test_a_letter_is_read_from_standard_input(knot: Knot) -> None:
    knot.serve({**UNDELEGATED, **Signer().zones})
    letter = Signer().sign(b"From: zakaz@shop.test\r\nSubject: order\r\n\r\nHello\r\n")
    command = [sys.executable, str(SCRIPT), "shop.test", "--resolver", f"127.0.0.1:{knot.port}", "--eml", "-", "--json"]
    done = subprocess.run(command, input=letter, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["signatures"][0]["result"] == "pass"


def test_waiting_ends_when_the_zone_is_in_order(knot: Knot, capsys: pytest.CaptureFixture[str]) -> None:
    knot.serve(UNDELEGATED)
    assert check(knot, "shop.test", "--wait", "--json") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_waiting_ends_when_the_time_is_over(knot: Knot) -> None:
    knot.serve(NO_DMARC)
    assert check(knot, "shop.test", "--wait", "1.2", "--quiet", "--json") == 2


def test_the_trace_lists_questions_and_spf_terms(knot: Knot, capsys: pytest.CaptureFixture[str]) -> None:
    knot.serve(UNDELEGATED)
    check(knot, "shop.test", "--json", "--trace", "--ip", "192.0.2.25")
    report = json.loads(capsys.readouterr().out)
    assert {"name": "_dmarc.shop.test", "type": "TXT"}.items() <= {
        key: value for query in report["queries"] for key, value in query.items() if query["name"] == "_dmarc.shop.test"
    }.items()
    assert report["spf"]["results"]["192.0.2.25"]["trace"] == ["shop.test: ip4:192.0.2.25 [0] match"]


def test_the_script_needs_no_installation(knot: Knot) -> None:
    knot.serve(UNDELEGATED)
    command = [sys.executable, str(SCRIPT), "shop.test", "--resolver", f"127.0.0.1:{knot.port}", "--selector", "main"]
    done = subprocess.run([*command, "--format", "nagios"], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("MAILDNS OK - shop.test: ok | critical=0 warnings=0 unknown=0 spf_lookups=0;8;10")


def test_several_domains_show_progress_on_a_terminal(knot: Knot) -> None:
    knot.serve(UNDELEGATED)
    ours, theirs = pty.openpty()
    arguments = ["shop.test", "other.test", "--resolver", f"127.0.0.1:{knot.port}", "--json"]
    try:
        done = subprocess.run(
            [sys.executable, str(SCRIPT), *arguments],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm"},
            timeout=30,
            check=False,
        )
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "2/2" in shown
    assert len(done.stdout.splitlines()) == 2
