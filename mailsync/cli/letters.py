"""`mailsync letters preview [TEMPLATE] [--html]`: what customers will read, with sample values."""

from __future__ import annotations

import argparse
from typing import Any

from mailsync.cli.command import settings
from mailsync.confirmation.samples import TEMPLATES, sample
from mailsync.worker.assembly import composer_of


def add_parser(subparsers: Any, summary: str) -> None:
    parser = subparsers.add_parser("letters", help=summary, description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    preview = actions.add_parser("preview", help="print one template, or all")
    preview.add_argument("template", nargs="?", metavar="TEMPLATE", help=f"{', '.join(TEMPLATES)}, or one of your own")
    preview.add_argument("--html", action="store_true", help="the HTML part, to be opened in a browser")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0. PermanentFailure where a template is missing or broken."""
    composer = composer_of(settings(options))
    names = [options.template] if options.template else list(TEMPLATES)
    for name in names:
        text, html = composer.render(sample(name))
        if len(names) > 1:
            print(f"<!-- {name} -->" if options.html else f"=== {name}: {TEMPLATES[name]} ===\n")
        print(html if options.html else f"{text.strip()}\n")
    return 0
