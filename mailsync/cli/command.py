"""`mailsync`: chooses the command, loads the settings, turns failures into words and an exit status."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from mailsync import __version__
from mailsync.config import Config, load
from mailsync.errors import MailsyncError, SettingsError, where

CANNOT_START = 2
WITHOUT_TERMINAL = 170  # columns

# Each module offers add_parser(subparsers); it is imported only where its command is asked for, or for the help.
COMMANDS = {
    "run": "fetch, carry out, serve",
    "demo": "try it: embedded servers, sample letters, the real worker",
    "sandbox": "the demo's servers alone, for development",
    "explain": "what would be done with these letters, and why",
    "check-dns": "SPF, DKIM, DMARC and neighbours of a domain",
    "journal": "look, repeat, prove, forget",
    "letters": "what customers will read: a preview of every template",
    "auth": "AmoCRM authorization by hand",
    "doctor": "try each neighbour and say what to do",
}

Run = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; every failure is told in words, never as a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="mailsync", description="Letters to a mailbox become AmoCRM leads.")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config.toml where it exists)")
    parser.add_argument("--version", action="version", version=f"mailsync {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((word for word in arguments if word in COMMANDS), None)
    usage_error = CANNOT_START
    for name, summary in COMMANDS.items():
        if name == asked:
            module = importlib.import_module(f"mailsync.cli.{name.replace('-', '_')}")
            module.add_parser(subparsers, summary)
            usage_error = getattr(module, "USAGE_ERROR", CANNOT_START)
        else:
            subparsers.add_parser(name, help=summary, add_help=False)
    try:
        options = parser.parse_args(arguments)
    except SystemExit as error:  # argparse's own way out: 0 after --help, 2 for wrong arguments
        return usage_error if error.code else 0
    try:
        return int(options.run(options))
    except SettingsError as error:
        complain("The settings cannot be used:", *(f"  {key}: {problem}" for key, problem in error.problems))
    except MailsyncError as error:
        complain(str(error), *([f"  → {error.cure}"] if error.cure else []))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
    except Exception as error:  # noqa: BLE001 - a defect: told by kind and place, its values may be a customer's
        complain(f"An unexpected failure, please report it: {type(error).__name__} at {where(error, 1)}")
    return CANNOT_START


def settings(options: argparse.Namespace) -> Config:
    """The settings that a command runs with. Raises SettingsError."""
    default = Path("config.toml")
    return load(options.config or (default if default.exists() else None))


def wide_console() -> Console:
    """As wide as the terminal; wide enough for a table where there is none."""
    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=WITHOUT_TERMINAL)


def complain(*lines: str) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for number, line in enumerate(lines):
        console.print(Text(line, style="bold red" if not number else ""))
