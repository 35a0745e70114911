"""`mailsync check-dns`: arguments, and exit codes for monitoring (0 ok, 1 warning, 2 critical, 3 unknown).

Everything heavy is loaded when the command runs, so that `--help` and usage errors answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NoReturn

from mailsync import __version__

if TYPE_CHECKING:
    from mailsync.dnscheck.settings import DnsSettings

UNKNOWN = USAGE_ERROR = 3
"""The exit code for wrong arguments, bad configuration and faults of the program: 2 would cry "critical"."""

_LONGEST_TIMEOUT = 600.0
_SPREADING = 600.0  # seconds in which a committed RU-CENTER zone is usually served everywhere


class MonitoringParser(argparse.ArgumentParser):
    """Leaves with 3 on wrong arguments; argparse's own 2 means "critical" to monitoring."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(UNKNOWN, f"{self.prog}: error: {message}\n")


def add_parser(subparsers: Any, summary: str) -> None:
    """Add `check-dns` to the commands of `mailsync`; a chosen command is found as `args.run`."""
    parser = subparsers.add_parser("check-dns", help=summary, description=_DESCRIPTION)
    _add_arguments(parser)
    parser.set_defaults(run=_run_with_settings)


def main(argv: Sequence[str] | None = None, settings: DnsSettings | None = None) -> int:
    """The command by itself, as `scripts/check_dns.py` has it."""
    parser = MonitoringParser(prog="check-dns", description=_DESCRIPTION)
    _add_arguments(parser)
    return run(parser.parse_args(argv), settings)


def _run_with_settings(args: argparse.Namespace) -> int:
    from mailsync.cli.command import complain, settings  # noqa: PLC0415 - as below
    from mailsync.dnscheck.configured import dns_settings  # noqa: PLC0415 - as below
    from mailsync.errors import SettingsError  # noqa: PLC0415 - as below

    try:
        chosen = dns_settings(settings(args))
    except SettingsError as error:
        complain("The settings cannot be used:", *(f"  {key}: {problem}" for key, problem in error.problems))
        return UNKNOWN
    return run(args, chosen)


def run(args: argparse.Namespace, settings: DnsSettings | None = None) -> int:
    """Check, print, and return the exit code; whatever goes wrong in here is "unknown", never a false verdict."""
    from mailsync.cli.dns_session import check_and_print  # noqa: PLC0415 - dnspython and rich take their time to load

    try:
        return check_and_print(args, settings)
    except BrokenPipeError:  # `| head`: whoever read has enough, and there is nobody to tell the verdict
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNKNOWN
    except Exception as error:  # noqa: BLE001 - the last line of defence: monitoring must not read a crash as a verdict
        if args.trace:
            traceback.print_exc()
        cure = getattr(error, "cure", "")
        said = " ".join(f"{_kind(error)}{error} {cure}".split())
        print(f"check-dns: {said}", file=sys.stderr)
        if args.format == "nagios":
            print(f"MAILDNS UNKNOWN - {said.replace('|', '/')}")
        return UNKNOWN


def _kind(error: Exception) -> str:
    """Nothing for errors that were written for people to read."""
    from mailsync.dnscheck.names import BadNameError  # noqa: PLC0415 - as above
    from mailsync.errors import MailsyncError  # noqa: PLC0415 - as above

    return "" if isinstance(error, MailsyncError | BadNameError) else f"internal error, {type(error).__name__}: "


_DESCRIPTION = (
    "Checks the DNS records that a domain's mail depends on and prints what to enter where. "
    "Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown (also for wrong arguments)."
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("domains", nargs="*", metavar="DOMAIN", help="Cyrillic names are fine; default: dns.domain of the settings")
    add("--selector", action="append", metavar="NAME", help="DKIM selector; may be repeated")
    add("--ip", action="append", type=_address, metavar="ADDRESS", help="a sending address; may be repeated")
    add("--eml", metavar="FILE", help="a letter of the domain, as another provider received it; - reads stdin")
    add(
        "--profile",
        choices=("beget", "any"),
        help="what to expect of the domains; default: the settings' for their own",
    )
    add("--resolver", metavar="HOST[:PORT]", help="DNS server to ask; default: the system's")
    add("--timeout", type=_seconds, metavar="SECONDS", help="for the whole check of a domain (default 30)")
    add(
        "--wait",
        type=_seconds,
        nargs="?",
        const=_SPREADING,
        metavar="SECONDS",
        help=f"check again until all is well, for so long at most (default {_SPREADING:g})",
    )
    add("--starttls", action="store_true", help="also greet the mail servers on port 25")
    add(
        "--fail-on",
        choices=("critical", "warning", "never"),
        default="warning",
        help="least severity to exit non-zero for",
    )
    add("--dns-failure", choices=("unknown", "critical"), default="unknown", help="how bad an unanswered question is")
    add("--ignore", action="append", default=[], metavar="ID", help="accept this finding; may be repeated")
    add("--lang", choices=("ru", "en"), default="ru", help="language of explanations and remedies (default ru)")
    add("--format", choices=("table", "json", "nagios"), default="table", help="(default table)")
    add("--json", action="store_const", const="json", dest="format", help="the same as --format json: JSON Lines")
    add("--quiet", action="store_true", help="print nothing when the exit code is 0")
    add("--version", action="version", version=f"mailsync {__version__}")
    add("--trace", action="store_true", help="also print every question asked and the terms of SPF")


def _address(text: str) -> str:
    return str(ip_address(text))


_address.__name__ = "IP address"  # argparse names the type in its message


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= _LONGEST_TIMEOUT:
        raise argparse.ArgumentTypeError(f"more than 0 and at most {_LONGEST_TIMEOUT:g} seconds, not {text}")
    return seconds


_seconds.__name__ = "number of seconds"
